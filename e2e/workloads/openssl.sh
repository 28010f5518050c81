# TLS between two processes: a file served by s_server, fetched three times.
. "${BASH_SOURCE%/*}/lib.sh"
cp "$E2E_DATA/words" words
openssl s_server -quiet -WWW -accept "127.0.0.1:$E2E_PORT" \
  -key "$E2E_DATA/key.pem" -cert "$E2E_DATA/cert.pem" >server.log 2>&1 </dev/null &
server=$!
await listening_tcp "$E2E_PORT"
for _ in 1 2 3; do
  printf 'GET /words HTTP/1.0\r\n\r\n' |
    openssl s_client -quiet -connect "127.0.0.1:$E2E_PORT" 2>client.log | cksum
done
stop $server
