# socat over Unix stream, datagram and seqpacket sockets, and through a relay of two of them.
. "${BASH_SOURCE%/*}/lib.sh"
socat -t 60 UNIX-LISTEN:one,fork EXEC:cat &
first=$!
await listening_unix one
socat -t 60 UNIX-LISTEN:two,fork UNIX-CONNECT:one &
second=$!
await listening_unix two
cat "$E2E_DATA/words" | socat -t 60 - UNIX-CONNECT:two | cksum
stop $second
stop $first
socat -u UNIX-LISTEN:packets,type=5 CREATE:seqpacket &
server=$!
await listening_unix packets
socat -u "FILE:$E2E_DATA/lines" UNIX-CONNECT:packets,type=5
wait $server
cksum <seqpacket
socat -u UNIX-RECV:datagrams CREATE:datagram &
server=$!
await test -S datagrams
socat -u "FILE:$E2E_DATA/lines" UNIX-SENDTO:datagrams
size=$(wc -c <"$E2E_DATA/lines")
await sh -c "test \$(wc -c <datagram) -eq $size"
cksum <datagram
stop $server
