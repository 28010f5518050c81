# rsync between two local folders (two processes and socket pairs), then an update with deltas.
cp -r "$E2E_DATA/tree" from
mkdir to
rsync -a from/ to/ && echo copied
head -c 4000 "$E2E_DATA/blob" >>from/file01
rm from/file03
rsync -a --no-whole-file --checksum --delete from/ to/ && echo updated
(cd to && find . -type f | sort | xargs cksum)
diff -r from to && echo same
