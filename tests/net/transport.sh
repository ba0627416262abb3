#!/bin/sh
# Transfers from servers that misbehave, all on the loopback interface.
# Usage: transport.sh FOLDER-OF-DRIVERS
set -u
driver=$1/diff_online_fetch
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null && command -v openssl >/dev/null && [ -x "$driver" ] || exit 77
work=$(mktemp -d)
servers=
clean_up()
{
    [ -z "$servers" ] || kill $servers 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR NETRC
HOME=$work
export HOME
failures=0
cases=0

# start NAME [CERT KEY]: sets port
start()
{
    name=$1
    shift
    python3 "$here/badserver.py" "$work/$name.port" "$@" &
    servers="$servers $!"
    for _ in $(seq 100); do
        [ -s "$work/$name.port" ] && break
        sleep 0.1
    done
    port=$(cat "$work/$name.port")
}

# expect PATTERN COMMAND...: the whole output matches the shell pattern
expect()
{
    pattern=$1
    shift
    cases=$((cases + 1))
    out=$("$@" 2>&1)
    case $out in
    $pattern) return ;;
    esac
    failures=$((failures + 1))
    printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$*" "$pattern" "$out"
}

get()
{
    timeout 60 "$driver" get --backoff 20 "$@"
}

# fetch NAMES FILE...: NAMES are entries of GOPROXY on the server, with , and |
fetch()
{
    proxies=$(printf '%s' "$1" | sed "s|[a-z][a-z]*|http://127.0.0.1:$http/p/&|g")
    shift
    timeout 60 "$driver" fetch --backoff 20 "$proxies" "$work/store" "$@"
}

fresh()
{
    rm -rf "$work/store"
}

sum()
{
    printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

hex()
{
    printf '%s' "$1" | od -An -tx1 | tr -d ' \n'
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key" -out "$work/cert" 2>/dev/null || exit 77
start http
http=$port
start https "$work/cert" "$work/key"
https=$port
H=http://127.0.0.1:$http
S=https://localhost:$https
here_name="127.0.0.1 port $http"

# answers
expect "ok 200 4 $(sum fine)" get 100 $H/ok
expect "ok 200 4 $(sum fine)" get 4 $H/ok
expect "ok 200 4 $(sum fine)" get --to-file 4 $H/ok
expect "ok 200 0 $(sum '')" get 0 $H/empty
expect "ok 200 13 $(sum modferry/test)" get 100 $H/agent
for status in 400 403 404 410 451; do
    expect "status $status 0 no such thing here
ask elsewhere

this is not shown" get 100 $H/status/$status
done
expect "status 404 0 " get 100 $H/html/404
expect "status 204 0 " get 100 $H/nocontent
expect "status 404 0 xxxxxxxx*" get 100 $H/endless/404

# too large: announced, endless, and only after decompression
expect "too-big 0 0 limit: *larger than the limit of 3 bytes" get 3 $H/ok
expect "too-big 0 * limit: *" get 100000 $H/endless/200
expect "too-big 0 * limit: *" get --to-file 100000 $H/endless/200
expect "too-big 0 * limit: *" get 1000000 $H/bomb
expect "ok 200 8 $(sum unpacked)" get 100 $H/gzip
expect "failed 0 0 upstream: $here_name: the answer does not decompress" get 100 $H/badgzip

# broken answers; a second or third try may help
expect "failed 0 5 network: read from $here_name: the answer ended early, after 5 bytes" get 100 $H/truncated/a/1000
expect "ok 200 1 $(sum 3)" get 100 $H/hits/a
expect "ok 200 10 $(sum 0123456789)" get --to-file 100 $H/truncated/b/2
expect "ok 200 10 $(sum 0123456789)" get 100 $H/truncated/c/2
expect "failed 0 5 network: *" get --tries 1 100 $H/truncated/d/1
expect "ok 200 7 $(sum 'at last')" get 100 $H/drop/e/2
expect "failed 0 0 network: *$here_name: *" get 100 $H/drop/f/1000
expect "ok 200 7 $(sum 'at last')" get 100 $H/flaky/503/g/2
expect "status 500 0 not yet" get 100 $H/flaky/500/h/1000
expect "ok 200 1 $(sum 3)" get 100 $H/hits/h
expect "status 501 0 not yet" get 100 $H/flaky/501/i/1
expect "ok 200 1 $(sum 1)" get 100 $H/hits/i
expect "ok 200 7 $(sum 'at last')" get 100 $H/flaky/429/j/1/1
expect "status 429 0 not yet" get 100 $H/flaky/429/k/1/3600
expect "ok 200 1 $(sum 1)" get 100 $H/hits/k
expect "failed 0 5 network: read from $here_name: the server sent nothing for too long" \
    get --tries 1 --stall 2 100 $H/stalled
expect "failed 0 0 network: read from $here_name: *" get --tries 1 --stall 2 100 $H/mute

# redirects
expect "ok 200 7 $(sum arrived)" get 100 $H/redirect/10
expect "failed 0 0 upstream: $here_name: stopped after 10 redirects" get 100 $H/redirect/11
expect "failed 0 0 upstream: *not secure*" get 100 $H/goto/$(hex file:///etc/passwd)
expect "ok 200 4 $(sum fine)" get --ca "$work/cert" 100 $H/goto/$(hex $S/ok)
expect "failed 0 0 upstream: *not secure*" get --ca "$work/cert" 100 $S/goto/$(hex $H/ok)

# TLS and credentials
expect "ok 200 4 $(sum fine)" get --ca "$work/cert" 100 $S/ok
expect "failed 0 0 network: TLS with localhost port $https: *certificate*" get 100 $S/ok
expect "ok 200 4 $(sum fine)" env SSL_CERT_FILE="$work/cert" "$driver" get 100 $S/ok
expect "failed 0 0 network: TLS with *" get --tries 1 100 https://127.0.0.1:$http/ok
expect "status 401 0 who are you" get --ca "$work/cert" 100 $S/auth
expect "ok 200 7 $(sum welcome)" get --ca "$work/cert" 100 https://user:secret@localhost:$https/auth
echo "machine localhost login user password secret" >"$work/.netrc"
expect "ok 200 7 $(sum welcome)" get --netrc --ca "$work/cert" 100 $S/auth
expect "status 401 0 who are you" get --ca "$work/cert" 100 $S/auth
mv "$work/.netrc" "$work/rc"
expect "ok 200 7 $(sum welcome)" env NETRC="$work/rc" "$driver" get --netrc --ca "$work/cert" 100 $S/auth
expect "failed 0 0 network: connect to localhost port 1: connection refused" \
    get 100 https://user:secret@localhost:1/x
expect "failed 0 0 network: resolve nowhere.invalid port 443: *" get 100 https://user:secret@nowhere.invalid/x

# HTTP proxies: never for loopback, not where NO_PROXY says so
expect "ok 200 28 $(sum 'by proxy: http://m.invalid/x')" env HTTP_PROXY=$H "$driver" get 100 http://m.invalid/x
expect "ok 200 28 $(sum 'by proxy: http://m.invalid/x')" env http_proxy=127.0.0.1:$http "$driver" get 100 http://m.invalid/x
expect "ok 200 4 $(sum fine)" env HTTP_PROXY=http://127.0.0.1:1 "$driver" get 100 $H/ok
expect "ok 200 4 $(sum fine)" env HTTP_PROXY=http://127.0.0.1:1 "$driver" get 100 http://localhost:$http/ok
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$H NO_PROXY='x.test, *.invalid' "$driver" get 100 http://m.invalid/x
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$H NO_PROXY='*' "$driver" get 100 http://m.invalid/x
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$H REQUEST_METHOD=GET "$driver" get 100 http://m.invalid/x
expect "failed 0 0 network: connect to the HTTP proxy 127.0.0.1 port 1: connection refused" \
    env HTTP_PROXY=http://127.0.0.1:1 "$driver" get --backoff 20 100 http://m.invalid/x

# many at once over few connections
connections()
{
    python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' $H/connections
}
before=$(connections)
urls=$(for i in $(seq 200); do echo $H/bytes/$i; done)
expect 200 sh -c "'$driver' get --parallel 4 1000 $(echo $urls) | grep -c '^ok 200 '"
after=$(connections)
expect few sh -c "[ $((after - before)) -le 5 ] && echo few || echo $((after - before))"

# an interruption is seen at once, a termination has its own status
for signal in INT:130:interrupted TERM:143:terminated; do
    "$driver" get 100 $H/stalled >"$work/out" 2>&1 &
    pid=$!
    (sleep 1; kill -"${signal%%:*}" $pid) &
    wait $pid
    code=$?
    rest=${signal#*:}
    expect "${rest%:*} ${rest#*:}: ${rest#*:}" echo "$code $(cat "$work/out")"
done

# files
mkdir -p "$work/tree/a b"
printf fine >"$work/tree/a b/f"
mkfifo "$work/tree/fifo"
ln -s f "$work/tree/a b/link"
expect "ok 200 4 $(sum fine)" get 4 "file://$work/tree/a%20b/f"
expect "ok 200 4 $(sum fine)" get --to-file 4 "file://$work/tree/a%20b/link"
expect "too-big 0 * limit: *" get 3 "file://$work/tree/a%20b/f"
expect "too-big 0 * limit: *" get --to-file 3 "file://$work/tree/a%20b/f"
expect "status 404 0 " get 4 "file://$work/tree/nothing"
expect "failed 0 0 upstream: *not a regular file" get 4 "file://$work/tree"
expect "failed 0 0 upstream: *not a regular file" get 4 "file://$work/tree/fifo"
expect "failed 0 0 upstream: *" get 4 "file://$work/tree/a%20b/f/g"
expect "failed 0 0 upstream: *not a path" get 4 "file://$work/%00"

# fallback along GOPROXY
M=example.com/M@v1.0.0
gone="no such thing here ask elsewhere"
expect "error $M.mod not-found $M: not found by any proxy ($H/p/notfound: 404 Not Found: $gone; $H/p/gone: 410 Gone: $gone)
requests=2 bytes=0 store=0" fetch notfound,gone $M.mod
expect "ok $M.mod $H/p/good
requests=3 *" fetch notfound,gone,good $M.mod
expect "ok $M.mod 
requests=0 bytes=0 store=1" fetch notfound $M.mod
fresh
for bad in forbidden broken busy; do
    expect "error $M.mod upstream $M: fetch .mod: $H/p/$bad: *: $gone*" fetch $bad,good $M.mod
    expect "ok $M.mod $H/p/good*" fetch "$bad|good" $M.mod
    fresh
done
expect "error $M.info upstream *the answer is not JSON*" fetch html,good $M.info
expect "ok $M.info $H/p/good*" fetch "html|good" $M.info
expect "error $M.mod not-found *404 Not Found: ?x1b[[]2Jgone ?xff?xfe)*" fetch rude $M.mod
fresh
expect "error $M.info upstream *info for version v1.0.1 instead of v1.0.0*" fetch other $M.info
expect "error $M.mod upstream */p/broken: 500 *; */p/notfound: 404*" fetch "broken|notfound" $M.mod
expect "error $M.zip network *the answer ended early*" fetch cut,good $M.zip
expect "" find "$work/store" -name '*.zip'
expect "" find "$work/store" -name '.modferry*'
expect "ok $M.zip $H/p/good*" fetch "cut|good" $M.zip
expect "100002" sh -c "wc -c <'$work/store/example.com/!m/@v/v1.0.0.zip'"
expect "ok $M.zip 
requests=0 *" "$driver" fetch --offline off "$work/store" $M.zip
expect "error $M.mod offline $M: fetch .mod: it is not in the store*" "$driver" fetch --offline off "$work/store" $M.mod
expect "error $M.mod offline $M: *GOPROXY=off*" "$driver" fetch off "$work/store" $M.mod
expect "error $M.mod unsupported *direct*" "$driver" fetch direct "$work/store" $M.mod
expect "error $M.mod unsupported *GONOPROXY*" "$driver" fetch --noproxy "example.com/*" "$H/p/good" "$work/store" $M.mod
expect "error $M.mod not-found *404*; direct: not supported yet)*" "$driver" fetch "$H/p/notfound,direct" "$work/store" $M.mod
expect "error example.com/M@v1.0.mod gomod *not canonical*" fetch good example.com/M@v1.0.mod

echo "$cases cases, $failures failed"
[ $failures -eq 0 ]
