# A clone, a fetch and a listing over git's own protocol from a daemon on the loopback interface.
. "${BASH_SOURCE%/*}/lib.sh"
export HOME=$PWD
cp -r "$E2E_DATA/repository" origin
git config --global safe.directory '*'
git daemon --listen=127.0.0.1 --port="$E2E_PORT" --base-path="$PWD" --export-all --reuseaddr \
  2>server.log &
server=$!
await listening_tcp "$E2E_PORT"
at=git://127.0.0.1:$E2E_PORT/origin
git clone -q "$at" clone
git -C clone log --format='%H %s'
git -C clone fsck --full 2>/dev/null && echo sound
cksum clone/*
git -C origin -c user.name=e2e -c user.email=e2e@example.org tag extra
git -C clone fetch -q --tags && git -C clone tag
git ls-remote "$at"
# `git daemon` is started by git, so the server is the child of what we started.
daemon=$(cat /proc/$server/task/$server/children 2>/dev/null)
kill $daemon 2>/dev/null
stop $server
true
