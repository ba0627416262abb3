#!/bin/sh
# Transfers from servers that misbehave, all on the loopback interface.
# Usage: transport.sh FOLDER-OF-DRIVERS
set -u
. "$(dirname "$0")/harness"

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
expect 6 asked hits/a
expect "ok 200 10 $(sum 0123456789)" get --to-file 100 $H/truncated/b/2
expect "ok 200 10 $(sum 0123456789)" get 100 $H/truncated/c/2
expect "failed 0 5 network: *" get --tries 1 100 $H/truncated/d/1
expect "ok 200 7 $(sum 'at last')" get 100 $H/drop/e/2
expect "failed 0 0 network: *$here_name: *" get 100 $H/drop/f/1000
expect "ok 200 7 $(sum 'at last')" get 100 $H/flaky/503/g/2
expect "status 500 0 not yet" get 100 $H/flaky/500/h/1000
expect 6 asked hits/h
expect "status 501 0 not yet" get 100 $H/flaky/501/i/1
expect 1 asked hits/i
expect "ok 200 7 $(sum 'at last')" get 100 $H/flaky/429/j/1/1
expect "status 429 0 not yet" get 100 $H/flaky/429/k/1/3600
expect 1 asked hits/k
expect "failed 0 0 upstream: $here_name: the head of the answer does not end" get 100 $H/head
expect "ok 200 5 $(sum 01234)
ok 200 4 $(sum fine)" get --parallel 1 100 $H/lying $H/ok
expect "failed 0 0 upstream: $here_name: the answer is not HTTP" get 100 "$H/raw/$(hex 'SSH-2.0-x')0d0a"

# time: what stands still fails, what is slow lives
expect "failed 0 5 network: read from $here_name: nothing arrived for 1 seconds, after 5 bytes" \
    get --tries 1 --stall 1 100 $H/stalled
expect "ok 200 10 $(sum 0123456789)" get --stall 1 100 $H/stalled/s/1
expect "failed 0 0 network: read from $here_name: no answer began within 1 seconds" get --tries 1 --answer 1 100 $H/mute
expect "ok 200 10 $(sum 0123456789)" get --tries 1 --stall 1 --answer 1 100 $H/slow/0.25
start silent silent.py
expect "failed 0 0 network: connect to 127.0.0.1 port $port: no connection within 1 seconds" \
    get --tries 1 --connect 1 100 https://127.0.0.1:$port/x

# a body that broke off: the rest is asked for, and believed if it can be the rest
digits=$(printf '0123456789%.0s' 1 2 3 4 5 6 7 8 9 10)
letters=$(printf 'abcdefghij%.0s' 1 2 3 4 5 6 7 8 9 10)
for to in "" --to-file; do
    key=k$to
    expect "ok 200 100 $(sum $digits)" get $to --tries 2 1000 $H/ranged/etag/1$key/30
    expect '- -; 30 "v1"; 60 "v1"; 90 "v1"' asked ranges/1$key
    expect "ok 200 100 $(sum $digits)" get $to --tries 2 1000 $H/ranged/date/2$key/50
    expect '- -; 50 Thu, 01 Jan 2026 00:00:00 GMT' asked ranges/2$key
    expect "ok 200 100 $(sum $digits)" get $to --tries 2 1000 $H/ranged/length/3$key/50
    expect '- -; 50 -' asked ranges/3$key
    expect "ok 200 100 $(sum $digits)" get $to --tries 2 1000 $H/ranged/weak/4$key/50
    expect '- -; 50 -' asked ranges/4$key
    expect "ok 200 100 $(sum $digits)" get $to 1000 $H/ranged/none/5$key/50
    expect '- -; - -' asked ranges/5$key
    expect "ok 200 100 $(sum $letters)" get $to 1000 $H/ranged/changed/6$key/50
    expect '- -; 50 "v1"' asked ranges/6$key
    for lie in overlap total nonsense unsatisfied; do
        expect "ok 200 100 $(sum $digits)" get $to 1000 $H/ranged/$lie/$lie$key/50
        expect '- -; 50 "v1"; - -' asked ranges/$lie$key
    done
done
expect "too-big 0 * limit: *" get 60 $H/ranged/none/6/50

# redirects
expect "ok 200 7 $(sum arrived)" get 100 $H/redirect/10
expect "failed 0 0 upstream: $here_name: stopped after 10 redirects" get 100 $H/redirect/11
expect "failed 0 0 upstream: *not secure or not HTTP" get 100 $H/goto/$(hex file:///etc/passwd)
expect "failed 0 0 upstream: *not secure or not HTTP" get 100 $H/goto/$(hex 'http://[')
expect "ok 200 4 $(sum fine)" get --ca "$work/cert" 100 $H/goto/$(hex $S/ok)
expect "failed 0 0 upstream: *not secure*" get --ca "$work/cert" 100 $S/goto/$(hex $H/ok)

# TLS
expect "ok 200 4 $(sum fine)" get --ca "$work/cert" 100 $S/ok
expect "failed 0 0 network: TLS with localhost port $https: *certificate*" get 100 $S/ok
expect "failed 0 0 network: TLS with *" get --tries 1 100 https://127.0.0.1:$http/ok
expect "failed 0 0 network: resolve nowhere.invalid port 443: *" get 100 https://user:secret@nowhere.invalid/x
expect "failed 0 0 network: connect to localhost port 1: connection refused" \
    get 100 https://user:secret@localhost:1/x

# many at once over few connections
before=$(asked connections)
urls=$(for i in $(seq 200); do echo $H/bytes/$i; done)
expect 200 sh -c "'$driver' get --parallel 4 1000 $(echo $urls) | grep -c '^ok 200 '"
after=$(asked connections)
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
expect "error $M.mod upstream *: 429 Too Many Requests: $gone (it asks to wait 3600 s)*" fetch later,good $M.mod
for kind in info mod zip; do
    expect "error $M.$kind upstream $M: fetch .$kind: $H/p/html: the answer is a web page (text/html) *" fetch html,good $M.$kind
done
expect "ok $M.zip $H/p/good*" fetch "html|good" $M.zip
fresh
expect "ok $M.info $H/p/good*" fetch "html|good" $M.info
expect "error $M.mod not-found *404 Not Found: ?x1b[[]2Jgone ?xff?xfe)*" fetch rude $M.mod
fresh
expect "error $M.info upstream *info for version v1.0.1 instead of v1.0.0*" fetch other $M.info
expect "error $M.mod upstream */p/broken: 500 *; */p/notfound: 404*" fetch "broken|notfound" $M.mod
expect "error $M.zip network *the answer ended early*" fetch cut,good $M.zip
expect "" find "$work/store" -name '*.zip'
expect "" find "$work/store" -name '.modferry-*'
expect "ok $M.zip $H/p/good*" fetch "cut|good" $M.zip
expect "100002" sh -c "wc -c <'$work/store/example.com/!m/@v/v1.0.0.zip'"
expect "ok $M.zip 
requests=0 *" "$driver" fetch --offline off "$work/store" $M.zip
expect "error $M.mod offline $M: fetch .mod: it is not in the store*" "$driver" fetch --offline off "$work/store" $M.mod
expect "error $M.mod offline $M: *GOPROXY=off*" "$driver" fetch off "$work/store" $M.mod
expect "error $M.mod unsupported *direct*" "$driver" fetch direct "$work/store" $M.mod
expect "error $M.mod unsupported *direct: *" "$driver" fetch --noproxy "example.com/*" "$H/p/good" "$work/store" $M.mod
expect "error $M.mod unsupported *404*; direct: fetching without a proxy is not possible here*" "$driver" fetch "$H/p/notfound,direct" "$work/store" $M.mod
expect "error example.com/M@v1.0.mod gomod *not canonical*" fetch good example.com/M@v1.0.mod

finish
