# redis-server over TCP and over a Unix socket, with pipelined commands and a blocking pop.
. "${BASH_SOURCE%/*}/lib.sh"
redis-server --port "$E2E_PORT" --bind 127.0.0.1 --unixsocket "$PWD/redis.sock" --save '' \
  --appendonly no --dir "$PWD" >server.log 2>&1 &
server=$!
await listening_tcp "$E2E_PORT"
await test -S redis.sock
cli() { redis-cli -p "$E2E_PORT" "$@"; }
cli ping
cli set key value
cli get key
redis-cli -s "$PWD/redis.sock" -x set words <"$E2E_DATA/words"
cli --raw get words | cksum
seq 1 300 | sed 's/.*/INCRBY total &/' | cli | tail -n 1
seq 1 500 | sed 's/.*/RPUSH list &/' | cli --pipe | tail -n 1
cli lrange list 0 -1 | cksum
cli --raw blpop waiting 30 >popped &
popper=$!
await sh -c "redis-cli -p $E2E_PORT info clients | grep -q blocked_clients:1"
cli lpush waiting done
wait $popper
cat popped
stop $server
