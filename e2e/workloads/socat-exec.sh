# socat's ways to a child: a socket pair, pipes, two commands joined, and a shell.
cat "$E2E_DATA/words" | socat -t 60 - EXEC:'tr a-z A-Z' | cksum
socat -u EXEC:"cat $E2E_DATA/words",pipes - | cksum
# Once all is written, socat ends its child with SIGTERM and does not wait for it: hence the trap and the pipe.
socat -t 60 -u "EXEC:cat $E2E_DATA/blob" SYSTEM:"trap '' TERM; cksum" | cat
socat -t 60 -u SYSTEM:"sort $E2E_DATA/words | uniq -c" STDOUT | cksum
seq 1 2000 | socat -t 60 - SYSTEM:'sort -rn | cat' | cksum
