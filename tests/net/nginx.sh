#!/bin/sh
# nginx as module proxy: HTTP/2, rate limits, passwords, a broken server behind it.
# Usage: nginx.sh FOLDER-OF-DRIVERS
set -u
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || { echo "skipped: nginx is not installed"; exit 77; }
. "$(dirname "$0")/harness"

free_port
mkdir -p "$work/files"
head -c 300000 /dev/urandom >"$work/files/big"
printf 'user:%s\n' "$(openssl passwd -apr1 secret)" >"$work/htpasswd"
N=https://localhost:$port
ca="--ca $work/cert"
start_nginx $N/big <<END
limit_req_zone \$server_name zone=few:1m rate=2r/s;
limit_req_status 429;
server {
    listen 127.0.0.1:$port ssl http2;
    server_name localhost;
    root $work/files;
    gzip on; gzip_min_length 1; gzip_types *;
    location /limited/ { limit_req zone=few; error_page 429 @later; alias $work/files/; }
    location @later { add_header Retry-After 1 always; return 429 "slower\n"; }
    location /closed/ { auth_basic x; auth_basic_user_file $work/htpasswd; alias $work/files/; }
    location /behind/ { gzip off; proxy_pass $H/; proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; }
}
END
big=$(sha256sum <"$work/files/big" | cut -d' ' -f1)

# one connection for many requests, HTTP/2, compressed answers
: >"$work/access.log"
urls=$(for i in $(seq 50); do echo "$N/big?$i"; done)
expect 50 sh -c "'$driver' get $ca --parallel 32 1000000 $(echo $urls) | grep -c '^ok 200 300000 $big$'"
expect "HTTP/2.0 200" sh -c "cut -d' ' -f1,2 '$work/access.log' | sort -u"
expect few sh -c "[ \$(cut -d' ' -f4 '$work/access.log' | sort -u | wc -l) -le 2 ] && echo few || cut -d' ' -f4 '$work/access.log' | sort -u"

# a rate limit is waited for
expect 4 sh -c "'$driver' get $ca 1000000 $N/limited/big?1 $N/limited/big?2 $N/limited/big?3 $N/limited/big?4 | grep -c '^ok 200 300000 $big$'"
expect "*HTTP/2.0 429 /limited/big*" cat "$work/access.log"

# passwords
expect "status 401 0 " get $ca 1000000 $N/closed/big
expect "ok 200 300000 $big" get $ca 1000000 https://user:secret@localhost:$port/closed/big
expect "status 401 0 " get $ca 1000000 https://user:wrong@localhost:$port/closed/big
expect 0 sh -c "grep -c -e secret -e wrong '$work/access.log'"

# a pack through a proxy with a password, and the password nowhere in what it leaves
make_modules "$work/files/modules"
pack 1 "https://user:secret@localhost:$port/closed/modules" >"$work/pack.log"
expect '*"id": *' cat "$work/pack.log"
pack 2 "https://user:secret2@localhost:$port/closed/modules/none" >>"$work/pack.log"
expect "*https://localhost:$port/closed/modules/none: 401 Unauthorized*next: correct user and password in the URL*" cat "$work/pack.log"
expect "*401 Unauthorized*next: put user and password for that host into ~/.netrc*" pack 5 "$N/closed/modules/none"
echo "machine localhost:$port login user password secret3" >"$work/.netrc"
expect "*401 Unauthorized*next: correct user and password for that host in ~/.netrc*" pack 6 "$N/closed/modules/none"
rm "$work/.netrc"
pack 3 "https://user:secret@localhost:$port/behind/status/403" >>"$work/pack.log"
pack 4 "https://user:secret@localhost:1/x" >>"$work/pack.log"
expect "*403 Forbidden*connection refused*" cat "$work/pack.log"
zstd -dc "$work/bundle" >"$work/bundle.tar"
expect "" sh -c "grep -rl -e secret -e 'dXNlcjpzZWNyZXQ' '$work/pack.log' '$work/cache' '$work/bundle.tar' '$work/access.log'"

# what breaks behind nginx arrives as an error of one HTTP/2 stream, or as 502
digits=$(printf '0123456789%.0s' 1 2 3 4 5 6 7 8 9 10)
expect "ok 200 100 $(sum $digits)" get $ca --tries 2 1000 $N/behind/ranged/etag/n1/30
expect '- -; 30 "v1"; 60 "v1"; 90 "v1"' asked ranges/n1
expect "failed 0 5 network: *localhost port $port*" get $ca --tries 2 100 $N/behind/truncated/n2/1000
expect "ok 200 7 $(sum 'at last')" get $ca 100 $N/behind/drop/n3/3
expect "ok 200 7 $(sum 'at last')" get $ca 100 $N/behind/flaky/503/n4/3

finish
