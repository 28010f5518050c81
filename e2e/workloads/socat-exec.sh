# socat's ways to a child: a socket pair, pipes, two commands joined, and a shell.
cat "$E2E_DATA/words" | socat -t 60 - EXEC:'tr a-z A-Z' | cksum
socat -u EXEC:"cat $E2E_DATA/words",pipes - | cksum
socat -t 60 -u "EXEC:cat $E2E_DATA/blob" EXEC:cksum
socat -t 60 -u SYSTEM:"sort $E2E_DATA/words | uniq -c" STDOUT | cksum
seq 1 2000 | socat -t 60 - SYSTEM:'sort -rn | cat' | cksum
