#!/bin/sh
# Goal: the shim works without the command, disturbs what it can see and nothing that it cannot judge, and
# says so once; and a plan that cannot be had ends the program instead of testing nothing.
# Usage: standalone_test.sh SHIM
set -u
shim=$1
failures=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
# Not what may stand under its name and execute it: each exec is a beginning of its own.
python=$(python3 -c 'import sys; print(sys.executable)') || exit 1

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# plan NAME RULE…: a plan with these rules.
plan() {
  file=$folder/$1.toml
  shift
  printf 'flinch = 1\nseed = 7\n' >"$file"
  for rule in "$@"; do printf '[[policy]]\nrule = "%s"\n' "$rule" >>"$file"; done
}

# under PLAN PROGRAM…: the program under the shim alone; what it says is in err.
under() {
  with=$folder/$1.toml
  shift
  env LD_PRELOAD="$shim" FLINCH_PLAN="$with" "$@" 2>"$folder/err"
}

# same WHAT GOT WANTED
same() { [ "$2" = "$3" ] || fail "$1: '$2', not '$3'; stderr: $(cat "$folder/err")"; }

plan short '%read:short=1'
plan tenth 'read:short=1:rate=1/3'
plan second 'read:short=1:process=0.1'
plan third 'read:short=1:thread=1'
plan limited 'read:short=1:limit=2'
plan signal 'read:signal=CHLD:when=2'
plan full 'write:full'
plan eintr 'read:eintr'
plan eagain 'read:eagain'
plan wrong 'read:shrt=1'

# How many reads take all of standard input.
count='
import os
reads = 0
size = 0
while True:
    got = os.read(0, 100)
    if not got: break
    reads += 1
    size += len(got)
print(reads, size)'

# Two messages of a child over a pipe: what the parent reads, when both are there.
messages='
import os, sys
r, w = os.pipe()
if os.fork() == 0:
    os.write(w, b"hello ")
    os.write(w, b"world")
    os._exit(0)
os.wait()
os.close(w)
while True:
    got = os.read(r, 100)
    if not got: break
    print(got.decode(), end="|")
print()'

# From outside, any split is right.
same 'outside' "$(printf 'abcdefgh' | under short "$python" -c "$count")" '8 8'
[ "$(grep -c 'without the command' "$folder/err")" = 1 ] || fail "the line on stderr: $(cat "$folder/err")"
[ "$(wc -l <"$folder/err")" = 1 ] || fail "more than one line: $(cat "$folder/err")"

# What the tree wrote is split where its writes ended, and nowhere else.
same 'two messages' "$(under short "$python" -c "$messages")" 'hello |world|'
same 'bare' "$("$python" -c "$messages")" 'hello world|'
[ "$(grep -c 'without the command' "$folder/err")" = 1 ] || fail "a forked child says it again"

# A message whose write nobody saw (stdio writes inside libc) stays whole, also beside one that was seen.
# perl reads and writes by wrappers, and cat is a program of its own.
unseen='
import os, subprocess
r, w = os.pipe()
subprocess.run(["/bin/sh", "-c", "printf 12345678"], stdout=w)
os.close(w)
print(os.read(r, 100).decode())'
same 'unseen writer' "$(under short "$python" -c "$unseen")" '12345678'
mixed='
import ctypes, os
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.fputs.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
r, w = os.pipe()
def child(act):
    if os.fork() == 0:
        act()
        os._exit(0)
    os.wait()
def seen():
    os.write(w, b"abcd")
    os.write(w, b"efgh")
def unseen():
    stream = libc.fdopen(w, b"w")
    libc.fputs(b"12345678", stream)
    libc.fflush(stream)
child(seen)
while os.read(r, 8) != b"efgh": pass
child(unseen)
print(os.read(r, 100).decode())'
same 'stdio' "$(under short "$python" -c "$mixed")" '12345678'

# Who looked at what is queued is not lied to.
peeked='
import array, fcntl, os, termios
queued = array.array("i", [0])
fcntl.ioctl(0, termios.FIONREAD, queued)
print(queued[0] == len(os.read(0, queued[0])))'
same 'FIONREAD' "$(printf 'abcdefgh' | under short "$python" -c "
import select
select.select([0], [], [])$peeked")" 'True'

# Who starts the program, with the shim as well, does not stand in the way of what comes from outside.
# (Where Yama keeps a child from reading its parent's memory, it does: the child can't know.)
[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" != 0 ] ||
  same 'launcher' "$(printf 'abcdefgh' | under short timeout 20 "$python" -c "$count")" '8 8'
printf 'a' | under short timeout 20 cat >"$folder/out"
[ "$(wc -l <"$folder/err")" = 1 ] || fail "an executed child says it again: $(cat "$folder/err")"
written='
import os, subprocess, sys
r, w = os.pipe()
os.write(w, b"abcdefgh")
os.close(w)
subprocess.run([sys.executable, "-c", sys.argv[1]], stdin=r)'
same 'executed child' "$(under short "$python" -c "$written" "$count")" '1 8'

# The same plan chooses the same calls.
numbers=$(seq 1 2000)
first=$(echo "$numbers" | under tenth "$python" -c "$count")
second=$(echo "$numbers" | under tenth "$python" -c "$count")
same 'the same again' "$second" "$first"
bare=$(echo "$numbers" | "$python" -c "$count")
[ "${first%% *}" -gt "${bare%% *}" ] || fail "nothing was cut: $first, bare $bare"
same 'the bytes' "${first##* }" "${bare##* }"
same 'limit' "$(printf 'abcdefgh' | under limited "$python" -c "$count")" '3 8'

# Processes and threads have their names.
forked='
import os, sys, threading
def reads(fd):
    n = 0
    while os.read(fd, 100): n += 1
    return n
def fill():
    pass
child = sys.argv[1]
if child == "fork":
    if os.fork() == 0:
        print(reads(0))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
elif child == "thread":
    t = threading.Thread(target=lambda: print(reads(0)))
    t.start()
    t.join()
else:
    print(reads(0))'
for who in fork:second thread:third; do
  same "$who" "$(printf abcd | under "${who#*:}" "$python" -c "$forked" "${who%:*}")" 4
  same "not $who" "$(printf abcd | under "${who#*:}" "$python" -c "$forked" main)" 1
done
# A thread that is gone leaves neither its number nor its counts to the next one on its stack.
same 'next thread' "$(printf abcd | under third "$python" -c '
import os, threading
for _ in range(2):
    t = threading.Thread(target=lambda: print(len(os.read(0, 2)), end=" "))
    t.start()
    t.join()')" '1 2 '
many='
import os, threading
r, w = os.pipe()
def work():
    for _ in range(50):
        a, b = os.pipe()
        os.write(b, b"x")
        os.read(a, 9)
        os.close(a)
        os.close(b)
for _ in range(20):
    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
pids = []
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    pids.append(pid)
print(sum(os.waitpid(pid, 0)[1] for pid in pids))'
same 'many' "$(under short "$python" -c "$many")" 0

# A signal before the second read.
same 'signal' "$(printf abcd | under signal "$python" -c '
import os, signal
seen = []
signal.signal(signal.SIGCHLD, lambda *_: seen.append(1))
os.read(0, 1)
before = len(seen)
os.read(0, 1)
print(before, len(seen))')" '0 1'

# The pipe is made small, unless the program has set its size.
size='
import fcntl, os, sys
r, w = os.pipe()
if len(sys.argv) > 1: fcntl.fcntl(w, 1031, 65536)
os.write(w, b"x")
print(fcntl.fcntl(w, 1032))'
same 'full' "$(under full "$python" -c "$size")" 8192
same 'full, known' "$(under full "$python" -c "$size" set)" 65536

# What only the supervisor can do, or could know to be right, is left out.
same 'eintr' "$(printf abcd | under eintr "$python" -c "$count")" '1 4'
same 'eagain' "$(printf abcd | under eagain "$python" -c "import os
os.set_blocking(0, False)$count")" '1 4'

same 'edges' "$(printf abcd | under short "$python" -c "import select
select.epoll().register(0, select.EPOLLIN | select.EPOLLET)$count")" '1 4'

# Real programs.
echo "$numbers" >"$folder/numbers"
got=$( (export LD_PRELOAD="$shim" FLINCH_PLAN="$folder/short.toml"
        gzip -c <"$folder/numbers" | gunzip -c | cat | perl -pe 1) 2>"$folder/err" | cksum)
same 'gzip | gunzip' "$got" "$(cksum <"$folder/numbers")"
same 'sh' "$(under short sh -c 'seq 1 2000 | cat | sort -n | tail -1')" 2000
owner='
import ctypes, fcntl, os
os.setpgid(0, 0)
r, w = os.pipe()
fcntl.fcntl(r, fcntl.F_SETOWN, -os.getpgrp())
print(ctypes.CDLL(None).fcntl(r, fcntl.F_GETOWN) == -os.getpgrp())'
same 'F_GETOWN' "$(under short "$python" -c "$owner")" True

# SIGCHLD that is ignored, and closed standard streams, are nothing to the plan's process.
same 'SIG_IGN' "$("$python" -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.environ.update(LD_PRELOAD=sys.argv[1], FLINCH_PLAN=sys.argv[2])
os.execvp("echo", ["echo", "well"])' "$shim" "$folder/short.toml" 2>"$folder/err")" well
"$python" -c 'import os, sys
os.closerange(0, 3)
os.environ.update(LD_PRELOAD=sys.argv[1], FLINCH_PLAN=sys.argv[2])
os.execvp("true", ["true"])' "$shim" "$folder/short.toml"
same 'closed streams' $? 0

# A plan that cannot be had ends the program, with one line.
for bad in wrong missing; do
  out=$(under "$bad" echo ran)
  same "$bad: status" $? 125
  same "$bad: output" "$out" ''
  [ "$(wc -l <"$folder/err")" = 1 ] && grep -q "$bad.toml" "$folder/err" || fail "$bad: $(cat "$folder/err")"
done
cp "$shim" "$folder/libflinch_preload.so"
env LD_PRELOAD="$folder/libflinch_preload.so" FLINCH_PLAN="$folder/short.toml" echo ran >"$folder/out" 2>"$folder/err"
same 'no command: status' $? 125
grep -q 'beside libflinch_preload.so' "$folder/err" || fail "no command: $(cat "$folder/err")"

# No plan, nothing.
same 'no plan' "$(printf abcd | env -u FLINCH_PLAN LD_PRELOAD="$shim" "$python" -c "$count" 2>"$folder/err")" '1 4'
[ -s "$folder/err" ] && fail "no plan: $(cat "$folder/err")"
same 'empty plan' "$(printf abcd | env FLINCH_PLAN= LD_PRELOAD="$shim" "$python" -c "$count" 2>"$folder/err")" '1 4'

[ "$failures" = 0 ] && echo 'all well'
[ "$failures" = 0 ]
