# The same from an rsync daemon on the loopback interface, both ways.
. "${BASH_SOURCE%/*}/lib.sh"
mkdir store to
cat >rsyncd.conf <<END
use chroot = no
address = 127.0.0.1
port = $E2E_PORT
pid file = $PWD/rsyncd.pid
log file = $PWD/rsyncd.log
uid = $(id -un)
gid = $(id -gn)
[data]
  path = $E2E_DATA/tree
[store]
  path = $PWD/store
  read only = no
END
rsync --daemon --no-detach --config=rsyncd.conf </dev/null 2>server.log &
server=$!
await listening_tcp "$E2E_PORT"
rsync -a "rsync://127.0.0.1:$E2E_PORT/data/" to/ && echo fetched
rsync -az to/ "rsync://127.0.0.1:$E2E_PORT/store/" && echo sent
(cd store && find . -type f | sort | xargs cksum)
stop $server
