#!/bin/sh
# Forward proxies, credentials and certificates: who gets what, and who does not.
# Usage: forward.sh FOLDER-OF-DRIVERS
set -u
. "$(dirname "$0")/harness"

# log NAME: the lines of a proxy since the last time, sorted
log()
{
    sort "$work/$1.port.log"
    : >"$work/$1.port.log"
}

start plain forwardproxy.py http
plain=127.0.0.1:$port
start guarded forwardproxy.py http me:pass@word
guarded=127.0.0.1:$port
start socks forwardproxy.py socks
socks=127.0.0.1:$port
start locked forwardproxy.py socks me:pass
locked=127.0.0.1:$port
start sealed forwardproxy.py https "$work/cert" "$work/key"
sealed=localhost:$port
start both forwardproxy.py https "$work/cert" "$work/key" me:pass
both=localhost:$port
fine="ok 200 4 $(sum fine)"
M=m.invalid:$http
T=m.invalid:$https

# HTTP and SOCKS proxies; names are resolved by the proxy
expect "$fine" env HTTP_PROXY=http://$plain "$driver" get 100 http://$M/ok
expect "GET http://$M/ok" log plain
expect "$fine" env http_proxy=$plain "$driver" get 100 http://$M/ok
expect "$fine" env HTTPS_PROXY=$plain "$driver" get --ca "$work/cert" 100 https://$T/ok
expect "CONNECT $T
GET http://$M/ok" log plain
for scheme in socks5 socks5h; do
    expect "$fine" env HTTP_PROXY=$scheme://$socks "$driver" get 100 http://$M/ok
    expect "$fine" env HTTPS_PROXY=$scheme://$socks "$driver" get --ca "$work/cert" 100 https://$T/ok
    expect "$(printf 'SOCKS name %s\n' $M $T | sort)" log socks
done
expect "$fine" env HTTP_PROXY=http://me:pass%40word@$guarded "$driver" get 100 http://$M/ok
expect "$fine" env HTTPS_PROXY=http://me:pass%40word@$guarded "$driver" get --ca "$work/cert" 100 https://$T/ok
expect "CONNECT $T Proxy-Authorization
GET http://$M/ok Proxy-Authorization" log guarded
expect "$fine" env HTTPS_PROXY=socks5://me:pass@$locked "$driver" get --ca "$work/cert" 100 https://$T/ok
expect "$fine" env HTTPS_PROXY=https://$sealed "$driver" get --ca "$work/cert" 100 https://$T/ok
expect "$fine" env HTTP_PROXY=https://$sealed SSL_CERT_FILE="$work/cert" "$driver" get 100 http://$M/ok
expect "CONNECT $T
GET http://$M/ok" log sealed
expect "failed 0 0 network: TLS with the HTTPS proxy localhost port *certificate*" env HTTP_PROXY=https://$sealed "$driver" get 100 http://$M/ok

# not for loopback, not where NO_PROXY says so, not what Go does not know
down=http://127.0.0.1:1
expect "$fine" env HTTP_PROXY=$down "$driver" get 100 $H/ok
expect "$fine" env HTTP_PROXY=$down "$driver" get 100 http://localhost:$http/ok
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$down NO_PROXY='x.test, *.invalid' "$driver" get --backoff 1 100 http://$M/x
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$down NO_PROXY='*' "$driver" get --backoff 1 100 http://$M/x
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$down no_proxy="$M" "$driver" get --backoff 1 100 http://$M/x
expect "failed 0 0 network: resolve m.invalid *" env HTTP_PROXY=$down REQUEST_METHOD=GET "$driver" get --backoff 1 100 http://$M/x
expect "failed 0 0 network: resolve m.invalid *" env ALL_PROXY=$down "$driver" get --backoff 1 100 http://$M/x
expect "$fine" env HTTP_PROXY=$plain NO_PROXY=m.invalid:1 "$driver" get 100 http://$M/ok

# what fails at the proxy says so, and shows no password
expect "failed 0 0 network: connect to the HTTP proxy 127.0.0.1 port 1: connection refused" \
    env HTTP_PROXY=http://me:secret@127.0.0.1:1 "$driver" get --backoff 20 100 http://$M/x
expect "failed 0 0 network: connect to the SOCKS proxy 127.0.0.1 port 1: connection refused" \
    env HTTP_PROXY=socks5://me:secret@127.0.0.1:1 "$driver" get --backoff 20 100 http://$M/x
expect "failed 0 0 network: resolve the HTTP proxy nowhere.invalid port 80: no such host" \
    env HTTP_PROXY=http://me:secret@nowhere.invalid "$driver" get --backoff 20 100 http://$M/x
expect "failed 0 0 network: connect to m.invalid port $https through the HTTP proxy 127.0.0.1 port *: 407 Proxy Authentication Required" \
    env HTTPS_PROXY=http://me:secret@$guarded "$driver" get 100 https://$T/ok
expect "status 407 0 " env HTTP_PROXY=http://me:secret@$guarded "$driver" get 100 http://$M/ok
expect "failed 0 0 network: connect to forbidden.invalid port 443 through the HTTP proxy 127.0.0.1 port *: status 403" \
    env HTTPS_PROXY=$plain "$driver" get 100 https://forbidden.invalid/x
: >"$work/plain.port.log"
expect "failed 0 0 network: connect to refused.invalid port 443 through the HTTP proxy 127.0.0.1 port *: status 502" \
    env HTTPS_PROXY=$plain "$driver" get --backoff 20 100 https://refused.invalid/x
expect "CONNECT refused.invalid:443
CONNECT refused.invalid:443
CONNECT refused.invalid:443" log plain
expect "failed 0 0 network: connect to m.invalid port $http through the SOCKS proxy 127.0.0.1 port *: it wants another user and password" \
    env HTTP_PROXY=socks5://me:secret@$locked "$driver" get 100 http://$M/ok
expect "failed 0 0 network: connect to refused.invalid port 80 through the SOCKS proxy 127.0.0.1 port *: connection refused" \
    env HTTP_PROXY=socks5://$socks "$driver" get 100 http://refused.invalid/ok
expect "failed 0 0 network: connect to forbidden.invalid port 80 through the SOCKS proxy 127.0.0.1 port *: its rules do not allow it" \
    env HTTP_PROXY=socks5://$socks "$driver" get 100 http://forbidden.invalid/ok
expect "usage: HTTPS_PROXY: not the URL of an HTTP or SOCKS proxy: x" env HTTPS_PROXY=ftp://me:secret@x "$driver" get 100 $H/ok

# what to do about a login that is wanted: of the proxy, by the variable and the scheme that it is set with, or of the server
# pack_with VARIABLE=PROXY GOPROXY
pack_with()
{
    (
        export "$1"
        pack wanted "$2"
    )
}
put="put user and password into"
expect "*407 Proxy Authentication Required*next: $put http_proxy: http://user:password@host:port*" pack_with http_proxy=http://$guarded http://$M
expect "*407 Proxy Authentication Required*next: $put HTTP_PROXY: https://user:password@host:port*" pack_with HTTP_PROXY=https://$both http://$M
expect "*407 Proxy Authentication Required*next: $put https_proxy: https://user:password@host:port*" pack_with https_proxy=https://$both https://$T
pack wanted $S/status/407 >"$work/answer"
expect "*$S/status/407: 407 Proxy Authentication Required*" cat "$work/answer"
expect 0 grep -c HTTP_PROXY "$work/answer"
expect "*401 Unauthorized*next: use an https URL*" pack wanted $H/status/401

# a redirect changes the proxy with the scheme
: >"$work/socks.port.log"
expect "$fine" env HTTP_PROXY=$plain HTTPS_PROXY=socks5://$socks "$driver" get --ca "$work/cert" 100 http://$M/goto/$(hex https://$T/ok)
expect "SOCKS name $T" log socks

# what is no certificate between its lines
printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' >"$work/broken"
expect "failed 0 0 network: TLS with localhost port *: a certificate of --ca, * cannot be used*" get --ca "$work/broken" 100 $S/ok

# user and password: of the URL, else by GOAUTH; to nobody else
welcome="ok 200 7 $(sum welcome)"
who="status 401 0 who are you"
ca="--ca $work/cert"
secrets()
{
    curl -s --noproxy '*' --cacert "$work/cert" $S/secrets
}
expect "$who" get $ca 100 $S/auth
expect "$welcome" get $ca 100 https://user:secret@localhost:$https/auth
expect "$welcome" get $ca 100 https://user:se%63ret@localhost:$https/goto/$(hex /auth)
expect "- Basic dXNlcjpzZWNyZXQ= Basic dXNlcjpzZWNyZXQ=" secrets
expect "$who" get $ca 100 https://user:secret@localhost:$https/goto/$(hex https://127.0.0.1:$https/auth)
expect "* Basic dXNlcjpzZWNyZXQ= -" secrets
expect "status 401 0 *" get 100 http://localhost:$http/auth
echo "machine localhost:$https login user password secret" >"$work/.netrc"
expect "$welcome" get --goauth netrc $ca 100 $S/auth
expect "$who" get --goauth off $ca 100 $S/auth
expect "$who" get --goauth netrc $ca 100 https://127.0.0.1:$https/auth
expect "$who" get --goauth netrc $ca 100 $S/goto/$(hex https://127.0.0.1:$https/auth)
mv "$work/.netrc" "$work/rc"
expect "$who" get --goauth netrc $ca 100 $S/auth
expect "$welcome" env NETRC="$work/rc" "$driver" get --goauth netrc $ca 100 $S/auth
echo "machine localhost:$https/auth/x login user password secret" >"$work/rc"
expect "$who" env NETRC="$work/rc" "$driver" get --goauth netrc $ca 100 $S/auth

# GOAUTH: a command, at once or after a refusal; git, after a refusal
cat >"$work/helper" <<END
#!/bin/sh
echo "\$# \$1 \$2 \$3" >>"$work/helper.log"
head -n 1 >>"$work/helper.log"
[ "\$1" = late ] && [ -z "\$2" ] && exit 0
[ "\$1" = broken ] && exit 3
[ "\$1" = noise ] && { echo "secret"; exit 0; }
printf 'https://localhost:$https\n\nAuthorization: Bearer token\n\n'
END
chmod +x "$work/helper"
expect "$welcome" get --goauth "$work/helper" $ca 100 $S/auth
expect "0 *" cat "$work/helper.log"
: >"$work/helper.log"
expect "$welcome" get --goauth "off" $ca 100 https://user:secret@localhost:$https/auth
expect "$welcome" get --goauth "netrc; '$work/helper' late" $ca 100 $S/auth
expect "1 late  
2 late $S/auth 
HTTP/1.1 401 Unauthorized*" cat "$work/helper.log"
expect "$who
GOAUTH: $work/helper: it ended with status 3" get --goauth "$work/helper broken" $ca 100 $S/auth
expect "$who
GOAUTH: $work/helper: its output lacks an empty line behind the URLs" get --goauth "$work/helper noise" $ca 100 $S/auth
expect "$who
GOAUTH: ./none: start $PWD/./none: No such file or directory" get --goauth "./none x" $ca 100 $S/auth
expect "$who
GOAUTH: no-such-helper: no-such-helper: not found in PATH" get --goauth "no-such-helper x" $ca 100 $S/auth
: >"$work/helper.log"
expect "ok 200 4 *" get --goauth "$work/helper" 100 $H/ok
expect "" cat "$work/helper.log"
if command -v git >/dev/null; then
    mkdir "$work/repo"
    git -C "$work/repo" init -q
    git -C "$work/repo" config credential.helper "!f() { echo username=user; echo password=secret; }; f"
    expect "$welcome" get --goauth "git $work/repo" $ca 100 $S/auth
    git -C "$work/repo" config credential.helper ""
    expect "$who
GOAUTH: git: it ended with status 128" get --goauth "git $work/repo" $ca 100 $S/auth
fi
expect "usage: GOAUTH: git needs the absolute path of a directory" get --goauth "git ." 100 $H/ok

# roots: --ca, SSL_CERT_FILE, SSL_CERT_DIR with names of any kind
mkdir "$work/roots" "$work/none"
echo "no certificate" >"$work/roots/README"
ln -s ../cert "$work/roots/site.pem"
expect "$fine" env SSL_CERT_FILE="$work/cert" "$driver" get 100 $S/ok
expect "$fine" env SSL_CERT_DIR="$work/none:$work/roots" "$driver" get 100 $S/ok
expect "$fine" env SSL_CERT_DIR="$work/none" "$driver" get $ca 100 $S/ok
expect "failed 0 0 network: TLS with *" env SSL_CERT_DIR="$work/none" "$driver" get 100 $S/ok
expect "usage: --ca $work/roots/README: there is no certificate in it" get --ca "$work/roots/README" 100 $S/ok
expect "io: --ca: open $work/nothing: No such file or directory" get --ca "$work/nothing" 100 $S/ok

# certificates of clients: shown where they are asked for, not behind a redirect
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=client \
    -keyout "$work/client.key" -out "$work/client.crt" 2>/dev/null
cat "$work/client.crt" "$work/client.key" >"$work/client.pem"
start mutual badserver.py "$work/cert" "$work/key" "$work/client.crt"
C=https://localhost:$port
expect "failed 0 0 network: *" get --tries 1 $ca 100 $C/ok
expect "$fine" get $ca --client-cert "$work/client.pem" 100 $C/ok
expect "$fine" get $ca --client-cert "$work/client.crt" --client-key "$work/client.key" 100 $C/ok
expect "$fine" get $ca --client-cert "$work/client.pem" 100 $C/goto/$(hex /ok)
expect "failed 0 0 network: *" get --tries 1 $ca --client-cert "$work/client.pem" 100 $S/goto/$(hex $C/ok)
expect "$fine" get --unverified 100 $S/ok
expect "failed 0 0 network: *" get --tries 1 --unverified --client-cert "$work/client.pem" 100 $C/ok
start mutual12 badserver.py "$work/cert" "$work/key" "$work/client.crt" TLSv1_2
D=https://localhost:$port
# doctor OPTION...
doctor()
{
    env GOENV=off GOSUMDB=off XDG_CACHE_HOME="$work/cache/doctor" "$program" doctor $ca "$@"
}
expect "*tls-refused: the handshake failed*" doctor $D/status/404
expect "*http * status 404*" doctor --client-cert "$work/client.pem" $D/status/404
expect "*bad-status: 407 Proxy Authentication Required*" doctor $S/status/407
expect "*auth-wanted: 401 Unauthorized*next: use https://USER:PASSWORD@localhost:$https/status/401*" doctor https://user:secret@localhost:$https/status/401
expect "io: --client-cert: open $work/nothing: *" get --client-cert "$work/nothing" 100 $S/ok

finish
