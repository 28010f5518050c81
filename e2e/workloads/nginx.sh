# nginx with two workers; curl takes files one by one, over one connection, and in parallel.
. "${BASH_SOURCE%/*}/lib.sh"
mkdir -p logs temporary
cat >nginx.conf <<END
daemon off;
worker_processes 2;
user $(id -un) $(id -gn);
pid $PWD/nginx.pid;
error_log $PWD/logs/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $PWD/temporary/body;
  proxy_temp_path $PWD/temporary/proxy;
  fastcgi_temp_path $PWD/temporary/fastcgi;
  uwsgi_temp_path $PWD/temporary/uwsgi;
  scgi_temp_path $PWD/temporary/scgi;
  gzip on;
  gzip_types text/plain;
  server {
    listen 127.0.0.1:$E2E_PORT;
    location / { root $E2E_DATA; types {} default_type text/plain; }
    location /again/ { proxy_pass http://127.0.0.1:$E2E_PORT/; }
  }
}
END
nginx -p "$PWD" -c "$PWD/nginx.conf" 2>/dev/null &
server=$!
await listening_tcp "$E2E_PORT"
at=http://127.0.0.1:$E2E_PORT
curl -sS "$at/words" | cksum
curl -sS --compressed "$at/words" | cksum
curl -sS "$at/blob" -o one "$at/again/words" -o two "$at/lines" -o three && cksum one two three
curl -sS --parallel --parallel-max 4 "$at/tree/file[01-19:2]" -o "tree#1" && cat tree* | cksum
curl -sS -o /dev/null -w '%{http_code}\n' "$at/missing"
stop $server
