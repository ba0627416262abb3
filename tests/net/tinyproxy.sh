#!/bin/sh
# tinyproxy as forward proxy: both schemes, a password, its rules, servers that it does not reach, a pack, the doctor.
# Usage: tinyproxy.sh FOLDER-OF-DRIVERS
set -u
PATH=$PATH:/usr/sbin:/sbin
for tool in tinyproxy nginx unshare; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
# No proxy is used for loopback addresses: names lead there, in a mount namespace with its own /etc/hosts.
if [ -z "${TINYPROXY_INSIDE:-}" ]; then
    map=r
    [ "$(id -u)" -ne 0 ] || map=
    unshare -m$map true 2>/dev/null || { echo "skipped: this system permits no mount namespace"; exit 77; }
    TINYPROXY_INSIDE=1 exec unshare -m$map sh "$0" "$@"
fi
. "$(dirname "$0")/harness"
echo '127.0.0.1 localhost m.invalid denied.invalid' >"$work/hosts"
mount --bind "$work/hosts" "$(realpath /etc/hosts)" || exit 1

# tiny NAME LINE...: a proxy with these lines in its configuration; sets port
tiny()
{
    name=$1
    shift
    free_port
    printf '%s\n' "Port $port" "Listen 127.0.0.1" "LogFile \"$work/$name.log\"" "LogLevel Connect" "$@" >"$work/$name.conf"
    tinyproxy -d -c "$work/$name.conf" >"$work/start.log" 2>&1 &
    await tinyproxy http://127.0.0.1:$port/
    : >"$work/$name.log"
}

# seen NAME: what a proxy was asked for since the last time
seen()
{
    sed -n 's/^CONNECT .* Request (file descriptor [0-9]*): \(.*\) HTTP.*/\1/p' "$work/$1.log"
    : >"$work/$1.log"
}

mkdir "$work/files"
printf fine >"$work/files/ok"
make_modules "$work/files/modules"
free_port
plain=$port
free_port
secure=$port
start_nginx http://127.0.0.1:$plain/ok <<END
server { listen 127.0.0.1:$plain; listen 127.0.0.1:$secure ssl http2; server_name m.invalid; root $work/files; }
END
M=http://m.invalid:$plain
T=https://m.invalid:$secure
ca="--ca $work/cert"
fine="ok 200 4 $(sum fine)"
echo '^denied' >"$work/filter"
tiny open "ConnectPort $secure" "ConnectPort 1" "Filter \"$work/filter\"" "FilterExtended On"
open=http://127.0.0.1:$port
tiny guarded "BasicAuth me secret" "ConnectPort $secure"
guarded=127.0.0.1:$port

# plain and by CONNECT; what NO_PROXY names goes past it
expect "$fine" env HTTP_PROXY=$open "$driver" get 100 $M/ok
expect "$fine" env HTTPS_PROXY=$open "$driver" get $ca 100 $T/ok
expect "GET $M/ok
CONNECT m.invalid:$secure" seen open
expect "$fine
$fine" env HTTP_PROXY=$open HTTPS_PROXY=$open NO_PROXY=.invalid "$driver" get $ca 100 $M/ok $T/ok
expect "" seen open

# the password: right, wrong (tinyproxy says 401, not 407), none
refused="failed 0 0 network: connect to m.invalid port $secure through the HTTP proxy 127.0.0.1 port ${guarded#*:}:"
expect "$fine" env HTTP_PROXY=http://me:secret@$guarded "$driver" get 100 $M/ok
expect "$fine" env HTTPS_PROXY=http://me:secret@$guarded "$driver" get $ca 100 $T/ok
expect "status 401 0 " env HTTP_PROXY=http://me:wrongword@$guarded "$driver" get 100 $M/ok
expect "$refused 401 Unauthorized" env HTTPS_PROXY=http://me:wrongword@$guarded "$driver" get $ca 100 $T/ok
expect "status 407 0 " env HTTP_PROXY=http://$guarded "$driver" get 100 $M/ok
expect "$refused 407 Proxy Authentication Required" env HTTPS_PROXY=http://$guarded "$driver" get $ca 100 $T/ok

# its rules: a port, a host; a server that it does not reach, which is asked for again
: >"$work/open.log"
expect "failed 0 0 network: connect to m.invalid port 443 through the HTTP proxy 127.0.0.1 port *: status 403" \
    env HTTPS_PROXY=$open "$driver" get 100 https://m.invalid/ok
expect "failed 0 0 network: connect to denied.invalid port $secure through the HTTP proxy 127.0.0.1 port *: status 403" \
    env HTTPS_PROXY=$open "$driver" get 100 https://denied.invalid:$secure/ok
expect "status 403 0 " env HTTP_PROXY=$open "$driver" get 100 http://denied.invalid:$plain/ok
expect "CONNECT m.invalid:443
CONNECT denied.invalid:$secure
GET http://denied.invalid:$plain/ok" seen open
expect "failed 0 0 network: connect to m.invalid port 1 through the HTTP proxy 127.0.0.1 port *: status 500" \
    env HTTPS_PROXY=$open "$driver" get --backoff 20 100 https://m.invalid:1/ok
expect "status 500 0 " env HTTP_PROXY=$open "$driver" get --backoff 20 100 http://m.invalid:1/ok
expect "3 CONNECT
6 GET" sh -c "sed -n 's/.* Request .*: \([A-Z]*\) .*/\1/p' '$work/open.log' | sort | uniq -c | sed 's/^ *//'"

# a pack is the same with it and without
# pack_by PROXY STORE GOPROXY
pack_by()
{
    (
        HTTP_PROXY=$1
        https_proxy=$1
        export HTTP_PROXY https_proxy
        pack "$2" "$3"
    )
}
id_of()
{
    "$@" | sed -n 's/^ *"id": "\(.*\)",*$/\1/p'
}
for url in $T $M; do
    direct=$(id_of pack direct${url%%:*} $url/modules)
    expect 64 printf %s ${#direct}
    : >"$work/guarded.log"
    expect "$direct" id_of pack_by http://me:secret@$guarded through${url%%:*} $url/modules
    expect "[CG]*m.invalid:*" seen guarded
done
expect "*connect to m.invalid port $secure through the HTTP proxy *: 401 Unauthorized*into https_proxy*" \
    pack_by http://me:wrongword@$guarded wrong $T/modules
expect "*$M/modules: 401 Unauthorized*if the forward proxy says so and not the server, *into HTTP_PROXY: http://user:*" \
    pack_by http://me:wrongword@$guarded wrong $M/modules
expect "*$M/modules: 407 Proxy Authentication Required*into HTTP_PROXY*" pack_by http://$guarded none $M/modules

# what the doctor says
# doctor PROXY URL
doctor()
{
    env GOENV=off GOSUMDB=off XDG_CACHE_HOME="$work/cache/doctor" GOPROXY=off HTTP_PROXY=$1 HTTPS_PROXY=$1 "$program" doctor $ca "$2"
}
expect "*proxy-auth: * answers CONNECT with status 407: *USER:PASSWORD@$guarded*" doctor http://$guarded $T/modules
expect "*proxy-auth: * answers CONNECT with status 401: *USER:PASSWORD@$guarded*" doctor http://me:wrongword@$guarded $T/modules
expect "*proxy-auth: 407 Proxy Authentication Required*export HTTP_PROXY=http://USER:PASSWORD@$guarded*" doctor http://$guarded $M/modules
expect "*proxy-auth: 401 Unauthorized: of the forward proxy *export HTTP_PROXY=http://USER:PASSWORD@$guarded*" \
    doctor http://me:wrongword@$guarded $M/modules
expect "*proxy-refuses: * answers CONNECT with status 403: *export NO_PROXY=\${NO_PROXY:-\$no_proxy},m.invalid *have the proxy allow m.invalid port 443*" doctor $open https://m.invalid/modules
expect "*proxy-refuses: * answers CONNECT with status 403: *" doctor $open https://denied.invalid:$secure/modules
expect "*proxy-no-route: * answers CONNECT with status 500: *" doctor $open https://m.invalid:1/modules

# no password, in letters or as it is sent, in what was said or kept
zstd -dc "$work/bundle" >"$work/bundle.tar"
cat "$work/outputs" >"$work/told"
expect "" grep -rl -e secret -e wrongword -e "$(printf me:secret | base64)" -e "$(printf me:wrongword | base64)" \
    "$work/told" "$work/cache" "$work/bundle.tar" "$work/access.log"

finish
