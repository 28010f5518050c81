# redis-benchmark, 20 clients; the figures are dropped, the tests that ended well are told.
. "${BASH_SOURCE%/*}/lib.sh"
redis-server --port "$E2E_PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$PWD" \
  >server.log 2>&1 &
server=$!
await listening_tcp "$E2E_PORT"
redis-benchmark -p "$E2E_PORT" -c 20 -n 300 -q -t set,get,incr,lpush --csv | cut -d, -f1
echo "status ${PIPESTATUS[0]}"
redis-cli -p "$E2E_PORT" get counter:__rand_int__
redis-cli -p "$E2E_PORT" llen mylist
stop $server
