# What the server workloads share. Readiness is read from /proc/net, since a trial connection would be
# served as a client.

await() {  # await COMMAND...: until it succeeds, 30 s at most
  for _ in $(seq 600); do
    "$@" && return 0
    sleep 0.05
  done
  echo "gave up waiting: $*"
  exit 90
}

listening_tcp() {  # listening_tcp PORT
  grep -q ":$(printf %04X "$1") 00000000:0000 0A " /proc/net/tcp
}

listening_unix() {  # listening_unix PATH: the flag is __SO_ACCEPTCON
  grep -q " 00010000 .* $1\$" /proc/net/unix
}

stop() {  # stop PID: ends a server; its status is of no interest
  kill "$1"
  wait "$1"
} 2>/dev/null
