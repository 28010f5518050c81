# socat over a FIFO and over an unnamed pipe.
mkfifo fifo
socat -u PIPE:fifo,rdonly CREATE:received &
reader=$!
socat -u "FILE:$E2E_DATA/blob" PIPE:fifo,wronly
wait $reader
cksum <received
socat -u OPEN:fifo,rdonly STDOUT | cksum &
reader=$!
cat "$E2E_DATA/words" | socat -u - OPEN:fifo,wronly
wait $reader
