# socat over TCP: one way into a file, and both ways through a forking server.
. "${BASH_SOURCE%/*}/lib.sh"
socat -u "TCP-LISTEN:$E2E_PORT,bind=127.0.0.1,reuseaddr" CREATE:received &
server=$!
await listening_tcp "$E2E_PORT"
socat -u "FILE:$E2E_DATA/blob" "TCP:127.0.0.1:$E2E_PORT"
wait $server
cksum <received
socat -t 60 "TCP-LISTEN:$E2E_PORT,bind=127.0.0.1,reuseaddr,fork" EXEC:'tr a-z A-Z' &
server=$!
await listening_tcp "$E2E_PORT"
for _ in 1 2; do
  cat "$E2E_DATA/words" | socat -t 60 - "TCP:127.0.0.1:$E2E_PORT" | cksum
done
stop $server
