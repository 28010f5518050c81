# Job control in a shell that sleeps and waits by itself: a sleep that says wrongly what is left never ends.
set -m
(sleep 0.1; exit 3) &
first=$!
seq 1 300 | while read -r number; do echo "$number"; done | tail -n 1
wait $first; echo $?
sleep 100 & second=$!
kill -STOP $second; sleep 0.02; kill -CONT $second; kill -TERM $second
wait $second 2>/dev/null; echo $?
trap 'echo USR1' USR1; kill -USR1 $$
for i in 1 2 3 4 5 6; do (exit $i) & done; wait; echo $?
mkfifo fifo; seq 1 3 >fifo & cat fifo; wait
