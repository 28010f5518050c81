# sshd, whose child for what comes before the login confines itself with seccomp; with and without a terminal.
. "${BASH_SOURCE%/*}/lib.sh"
# Debian's package expects that somebody has made it (systemd, otherwise).
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f key
cat >config <<END
Port $E2E_PORT
ListenAddress 127.0.0.1
HostKey $PWD/host
AuthorizedKeysFile $PWD/key.pub
UsePAM no
StrictModes no
PermitRootLogin yes
PidFile none
END
/usr/sbin/sshd -D -f config -E log &
server=$!
await listening_tcp "$E2E_PORT"
there() {
  ssh -F none -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -p "$E2E_PORT" "$@"
}
me=$(id -un)@127.0.0.1
there -T "$me" "cat $E2E_DATA/words" </dev/null | cksum
there -T "$me" cksum <"$E2E_DATA/blob"
there -tt "$me" 'seq 1 300; echo end' </dev/null | cksum
there -T "$me" 'exit 3' </dev/null || echo "status $?"
stop $server
