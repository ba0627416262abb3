% only modferry

$ mkproxy proxy --sum good.sum < $REPO/tests/cli/small.proxy
$ mkdir p; printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n' > p/go.mod; cp good.sum p/go.sum

# What no proxy has.
$ modferry pack --level all example.com/none@v1.0.0 -o out
modferry: root example.com/none@v1.0.0: example.com/none@v1.0.0: unknown revision v1.0.0 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3
$ modferry pack --level all example.com/a@v1.9.9 -o out --json
modferry: root example.com/a@v1.9.9: example.com/a@v1.9.9: unknown revision v1.9.9 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
{
  "error": {
    "code": "not-found",
    "text": "root example.com/a@v1.9.9: example.com/a@v1.9.9: unknown revision v1.9.9 (file://<DIR>/proxy: 404 Not Found)",
    "next": "check the module path and version, and that GOPROXY lists a proxy that has it"
  }
}
? 3
$ modferry resolve --level all example.com/a@latest
root    example.com/a@v1.0.0 (example.com/a@latest)
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ modferry resolve --level all example.com/a@
modferry: root example.com/a@: invalid module version syntax "example.com/a@"
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2
$ modferry resolve --level all ../a@v1.0.0
modferry: root ../a@v1.0.0: malformed module path "../a": invalid path element ".."
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2
$ modferry resolve --level all 'example.com/a b@v1.0.0'
modferry: root example.com/a b@v1.0.0: malformed module path "example.com/a b": invalid char ' '
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2
$ rm -r ~/.cache; GOPROXY=file:///nowhere modferry resolve --level all example.com/a@v1.0.0
modferry: root example.com/a@v1.0.0: example.com/a@v1.0.0: unknown revision v1.0.0 (file:///nowhere: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# Without a network.
$ rm -rf ~/.cache; GOPROXY=off modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: fetch .mod: module lookup is disabled by GOPROXY=off
  next: run it once with the network, or set GOPROXY
? 3
$ modferry pack --level all p -o out --offline
modferry: example.com/a@v1.0.0: fetch .mod: it is not in the store, and the network is off
  next: run it once with the network, or set GOPROXY
? 3
$ HTTPS_PROXY=http://127.0.0.1:1 GOPROXY=direct modferry pack --retries 0 --level all p -o out
modferry: example.com/a@v1.0.0: fetch .mod: direct: https://example.com/a?go-get=1: connect to the HTTP proxy 127.0.0.1 port 1: connection refused
  next: check GOPROXY and the way to that host, then run it again: what was fetched is kept
? 3
$ GOPROXY= modferry pack --level all p -o out --offline
modferry: example.com/a@v1.0.0: fetch .mod: it is not in the store, and the network is off
  next: run it once with the network, or set GOPROXY
? 3
$ GOPROXY=ftp://example.com modferry pack --level all p -o out
modferry: GOPROXY: invalid proxy URL scheme (must be https, http, file): ftp://example.com
  usage: modferry pack <ANY>
  next: set GOPROXY to URLs such as https://proxy.example.com, separated by commas
? 2
$ GOPROXY=http://127.0.0.1:1 modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: fetch .mod: http://127.0.0.1:<N>: connect to 127.0.0.1 port <N>: connection refused
  next: check GOPROXY and the way to that host, then run it again: what was fetched is kept
? 3
$ GOPROXY=http://127.0.0.1:1,file://$PWD/proxy modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: fetch .mod: http://127.0.0.1:<N>: connect to 127.0.0.1 port <N>: connection refused
  next: check GOPROXY and the way to that host, then run it again: what was fetched is kept
? 3
$ GOPROXY='http://127.0.0.1:1|file://'$PWD/proxy modferry resolve --level all p --retries 0 | tail -2
modferry: warning: http://127.0.0.1:<N> was passed over: no connection could be made
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ rm -r ~/.cache
$ GOPROXY=http://127.0.0.1:1,file://$PWD/proxy modferry resolve --level all p --retries 0 --try-next-on-error | tail -2
modferry: warning: http://127.0.0.1:<N> was passed over: no connection could be made
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ rm -r ~/.cache
$ HTTP_PROXY=gopher://me:secret@example.com modferry resolve p
modferry: HTTP_PROXY: not the URL of an HTTP or SOCKS proxy: example.com
  usage: modferry resolve <ANY>
  next: set HTTP_PROXY to a URL such as http://proxy.example.com:3128 or socks5://proxy.example.com
? 2
$ GOAUTH='netrc;;git /x' modferry resolve p
modferry: GOAUTH: a command is empty
  usage: modferry resolve <ANY>
  next: see `go help goauth`: GOAUTH is off, netrc, git DIR or a command
? 2
$ modferry resolve p --ca p/go.mod
modferry: --ca p/go.mod: there is no certificate in it
  usage: modferry resolve <ANY>
  next: pass a file with certificates in PEM form
? 2
$ modferry resolve p --client-key x
modferry: --client-key goes with --client-cert
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2

# Proxies that answer, but not with the module.
$ served broken modferry pack --retries 2 --level all example.com/a@v1.0.0 -o out
modferry: root example.com/a@v1.0.0: example.com/a@v1.0.0: fetch .info: http://127.0.0.1:<N>/p/broken: 500 Internal Server Error: no such thing here ask elsewhere
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ served forbidden modferry pack --level all example.com/a@v1.0.0 -o out
modferry: root example.com/a@v1.0.0: example.com/a@v1.0.0: fetch .info: http://127.0.0.1:<N>/p/forbidden: 403 Forbidden: no such thing here ask elsewhere
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ served gone modferry pack --level all example.com/a@v1.0.0 -o out
modferry: root example.com/a@v1.0.0: example.com/a@v1.0.0: unknown revision v1.0.0 (http://127.0.0.1:<N>/p/gone: 410 Gone: no such thing here ask elsewhere)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3
$ served html modferry pack --level all example.com/a@v1.0.0 -o out
modferry: root example.com/a@v1.0.0: example.com/a@v1.0.0: the answer is not JSON (<ANY>)
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ served html modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: fetch .mod: http://127.0.0.1:<N>/p/html: the answer is a web page (text/html) instead of a module's file
  next: open that URL in a browser: perhaps a proxy on the way wants a login, or GOPROXY has a wrong path
? 3
$ served good modferry resolve --level all example.com/M@v1.0.0
example.com/M@v1.0.0  ?
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>
               (the size of 1 is not known)
$ served good modferry pack --level all example.com/M@v1.0.0 -o out
modferry: example.com/M@v1.0.0: not a valid zip file: no end record
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ served cut modferry pack --retries 2 --level all example.com/M@v1.0.0 -o out
modferry: example.com/M@v1.0.0: fetch .zip: http://127.0.0.1:<N>/p/cut: read from 127.0.0.1 port <N>: the answer ended early, after 5 bytes
  next: check GOPROXY and the way to that host, then run it again: what was fetched is kept
? 3
$ printf -- '-- example.com/page@v1.0.0 --\n! mod <html>Please log in</html>\n' | mkproxy proxy; modferry pack --level all example.com/page@v1.0.0 -o out
modferry: example.com/page@v1.0.0: parsing go.mod: missing module line
  next: use another GOPROXY or another version: this one cannot be used by go either
? 4

# What they sent is not kept: the next proxy is asked.
$ modferry pack --level all p -o out | head -1
packed  out
$ modferry pack --level all example.com/a@v1.0.0 -o out --quiet | head -1
packed  out
$ find ~/.cache . -name '*.tmp'

# An .info of another version.
$ rm -r ~/.cache; printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n! info {"Version":"v1.1.1"}\n' | mkproxy proxy; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0: fetch .info: file://<DIR>/proxy: the proxy returned info for version v1.1.1 instead of v1.1.0
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n! info nonsense\n' | mkproxy proxy; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0: fetch .info: file://<DIR>/proxy: the answer is not JSON (<ANY>)
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n! no info\n' | mkproxy proxy; modferry pack --level all p -o out2 | head -1
packed  out2
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n! no zip\n' | mkproxy proxy; rm -r ~/.cache out2; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0: not found by any proxy (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# A proxy that has nothing of a module, neither its .info: the next one's is taken.
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n! no zip\n! no info\n' | mkproxy proxy; rm -r ~/.cache; modferry pack --level all p -o out2 2>&1 | head -1
modferry: example.com/b@v1.1.0: not found by any proxy (file://<DIR>/proxy: 404 Not Found)
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/readme.txt\n' | mkproxy proxy; modferry pack --level all p -o out2 | head -1; modferry list out2 --allow-unsigned --json | jq -r '.modules[]|select(.path=="example.com/b").time'; rm out2
packed  out2
2020-01-02T03:04:05Z
$ printf -- '-- example.com/a@v1.0.0 --\n! mod module example.com/other\n' | mkproxy proxy; rm -r ~/.cache p/go.sum; modferry pack --level all p -o out2
modferry: example.com/a@v1.0.0: parsing go.mod: module declares its path as: example.com/other but was required as: example.com/a
  next: require it by the path that it declares, or replace it in go.mod
? 1
$ printf -- '-- example.com/a@v1.0.0 --\ngo 1.21\nrequire (\n' | mkproxy proxy; rm -r ~/.cache; modferry pack --level all p -o out2
modferry: example.com/a@v1.0.0/go.mod:4:1: syntax error (unterminated block started at example.com/a@v1.0.0/go.mod:3:1)
  next: use another GOPROXY or another version: this one cannot be used by go either
? 4
$ ls out2; find . ~/.cache -name '*.tmp' -o -name '*.mod' | grep cache
ls: cannot access 'out2': No such file or directory
? 1
