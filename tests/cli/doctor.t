% only modferry

$ mkproxy proxy --sum good.sum < $REPO/tests/cli/small.proxy
$ mkdir p; printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n' > p/go.mod; cp good.sum p/go.sum
$ unset SSL_CERT_FILE SSL_CERT_DIR

# All is well: of a folder, with the hashes of go.sum and of the checksum database.
$ cd p; modferry doctor
GOPROXY=file://<DIR>/proxy (the environment)
GOSUMDB=sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7 (the environment)
GOAUTH=netrc (the default)
proxy file://<DIR>/proxy
  ok       file      as status 200
  ok       list      1 version, newest v1.0.0
  ok       info      v1.0.0, 50 bytes (<N> ms)
  ok       mod       v1.0.0, 58 bytes, as in go.sum (<N> ms)
  ok       zip       v1.0.0, 346 bytes, as in go.sum (<N> ms)
sumdb checksum database
  ok       way       through file://<DIR>/proxy/sumdb/sumdb.modferry.test
  ok       file      as status 200
  ok       head      signed, 4 records
  ok       record    record 0, proved in a tree of 4 records

# A version that is not in go.mod; the newest; and none.
$ modferry doctor example.com/b@v1.0.0 | tail -n +4
proxy file://<DIR>/proxy
  ok       file      as status 200
  ok       list      2 versions, newest v1.1.0
  ok       info      v1.0.0, 50 bytes (<N> ms)
  ok       mod       v1.0.0, 29 bytes, not compared: there is no go.sum here (<N> ms)
  ok       zip       v1.0.0, 317 bytes, not compared: there is no go.sum here (<N> ms)
sumdb checksum database
  ok       way       through file://<DIR>/proxy/sumdb/sumdb.modferry.test
  ok       file      as status 200
  ok       head      signed, 4 records
  ok       record    record 1, proved in a tree of 4 records
$ modferry doctor example.com/b | grep info
  ok       info      v1.1.0, 50 bytes (0 ms)
$ modferry doctor example.com/none
GOPROXY=file://<DIR>/proxy (the environment)
GOSUMDB=sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7 (the environment)
GOAUTH=netrc (the default)
proxy file://<DIR>/proxy
  ok       file      as status 404
  note     list      not-found: 404 Not Found (<N> ms); next: go env -w GOPRIVATE=example.com if this module is private; else check its path and version
list GOPROXY
  failure  route     nowhere: no entry has example.com/none; next: go env -w GOPRIVATE=example.com if this module is private; else check its path and version
sumdb checksum database
  ok       way       through file://<DIR>/proxy/sumdb/sumdb.modferry.test
  ok       file      as status 200
  ok       head      signed, 4 records
modferry: doctor: list GOPROXY: route: nowhere: no entry has example.com/none
  next: go env -w GOPRIVATE=example.com if this module is private; else check its path and version
? 3

# Nobody listens there: go stops at a comma.
$ GOPROXY=http://127.0.0.1:1,$GOPROXY GOSUMDB=off modferry doctor example.com/a@v1.0.0
GOPROXY=http://127.0.0.1:<N>,file://<DIR>/proxy (the environment)
GOSUMDB=off (the environment)
GOAUTH=netrc (the default)
proxy http://127.0.0.1:<N>
  failure  tcp       connection-refused: 127.0.0.1 port <N>: connection refused: nothing listens there, or a firewall rejects it (<N> ms); next: export GOPROXY=file://<DIR>/proxy
proxy file://<DIR>/proxy
  ok       file      as status 200
  ok       list      1 version, newest v1.0.0
  ok       info      v1.0.0, 50 bytes (<N> ms)
  ok       mod       v1.0.0, 58 bytes, not compared: there is no go.sum here (<N> ms)
  ok       zip       v1.0.0, 346 bytes, not compared: there is no go.sum here (<N> ms)
list GOPROXY
  failure  route     stops: go stops at http://127.0.0.1:<N>: behind a comma it asks the next entry after 404 and 410 only; next: export GOPROXY='http://127.0.0.1:<N>|file://<DIR>/proxy'
sumdb checksum database
  note     settings  sumdb-off: GOSUMDB=off: nobody compares what is new; next: unset GOSUMDB
modferry: doctor: proxy http://127.0.0.1:<N>: tcp: connection-refused: 127.0.0.1 port <N>: connection refused: nothing listens there, or a firewall rejects it
  next: export GOPROXY=file://<DIR>/proxy
? 3

# As one document.
$ GOPROXY=off modferry doctor --json
{
  "reachable": false,
  "settings": [
    {
      "name": "GOPROXY",
      "value": "off",
      "source": "the environment"
    },
    {
      "name": "GOSUMDB",
      "value": "sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7",
      "source": "the environment"
    },
    {
      "name": "GOAUTH",
      "value": "netrc",
      "source": "the default"
    }
  ],
  "subjects": [
    {
      "kind": "proxy",
      "name": "off",
      "steps": [
        {
          "step": "settings",
          "level": "failure",
          "verdict": "proxy-off",
          "cause": "GOPROXY=off: go fetches nothing",
          "next": "unset GOPROXY"
        }
      ]
    }
  ]
}
modferry: doctor: proxy off: settings: proxy-off: GOPROXY=off: go fetches nothing
  next: unset GOPROXY
? 3
$ GOENV=off GOPROXY=ftp://user:secret@example.com modferry doctor 2>&1 | grep -v GO
settings settings

# Changed content is refused.
$ sed -i s/1.21/1.22/ proxy/example.com/a/@v/v1.0.0.mod; cd p; GOSUMDB=off modferry doctor
GOPROXY=file://<DIR>/proxy (the environment)
GOSUMDB=off (the environment)
GOAUTH=netrc (the default)
proxy file://<DIR>/proxy
  ok       file      as status 200
  ok       list      1 version, newest v1.0.0
  ok       info      v1.0.0, 50 bytes (<N> ms)
  refused  mod       hash-mismatch: example.com/a@v1.0.0: it has h1:g3qeFrRKXhNi08WBy3tcnl/SYAuB6I1N2lsMY2XU6+Q=, go.sum has h1:1AfLgYwbucMty+ZPmNYWfJ4gt4g8IwNn0VlR3ML8l6E=: it was changed; next: do not use it; find out where it was changed
sumdb checksum database
  note     settings  sumdb-off: GOSUMDB=off: nobody compares what is new; next: unset GOSUMDB
modferry: doctor: proxy file://<DIR>/proxy: mod: hash-mismatch: example.com/a@v1.0.0: it has h1:g3qeFrRKXhNi08WBy3tcnl/SYAuB6I1N2lsMY2XU6+Q=, go.sum has h1:1AfLgYwbucMty+ZPmNYWfJ4gt4g8IwNn0VlR3ML8l6E=: it was changed
  next: do not use it; find out where it was changed
? 1

# Mirrors: what differs is refused, what is the same is ranked.
$ cp -r proxy other; sed -i s/1.22/1.21/ other/example.com/a/@v/v1.0.0.mod
$ cd p; GOPROXY=file:///none,direct modferry doctor --mirrors $GOPROXY,file://$PWD/../other --json | jq -r '.subjects[] | .steps[] | select(.level != "ok" or .next) | .step + " " + .verdict + " " + (.next // "")'
modferry: doctor: mirror file://<DIR>/proxy: mod: hash-mismatch: example.com/a@v1.0.0: it has h1:g3qeFrRKXhNi08WBy3tcnl/SYAuB6I1N2lsMY2XU6+Q=, go.sum has h1:1AfLgYwbucMty+ZPmNYWfJ4gt4g8IwNn0VlR3ML8l6E=: it was changed
  next: do not use it; find out where it was changed
mod hash-mismatch do not use it; find out where it was changed
mirrors ok unset GOPROXY; go env -w GOPROXY=file://<DIR>/p/../other,direct
$ mkdir third; cp -r other/example.com third
$ GOSUMDB=off modferry doctor --mirrors file://$PWD/other,file://$PWD/third example.com/a@v1.0.0 | tail -2
list mirrors
  ok       mirrors   2 of 2 usable, compared with example.com/a@v1.0.0; next: unset GOPROXY; go env -w GOPROXY='file://<DIR>/other|file://<DIR>/third'

# What is wrong on the command line.
$ modferry doctor http://a http://b
modferry: one URL and one module at most
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor --mirrors http://a http://b
modferry: a URL and --mirrors exclude one another
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor --mirrors ,
modferry: doctor: --mirrors names no URL
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor a b
modferry: one URL and one module at most
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor example.com/a@v1
modferry: doctor: example.com/a@v1: the version must be a full one such as v1.2.3, or latest
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor --timeout 0
modferry: --timeout takes a number from 1 to 300, not "0"
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor ftp://user:secret@example.com
modferry: doctor: URL: invalid proxy URL scheme (must be https, http, file): example.com
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: set URL to a URL such as https://proxy.example.com
? 2
$ HTTPS_PROXY=ftp://user:secret@example.com modferry doctor
modferry: doctor: HTTPS_PROXY: not the URL of an HTTP or SOCKS proxy: example.com
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: set HTTPS_PROXY to a URL such as http://proxy.example.com:3128 or socks5://proxy.example.com
? 2
$ modferry doctor --client-key k
modferry: --client-key goes with --client-cert
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: run `modferry doctor --help`
? 2
$ modferry doctor --ca p/go.mod
modferry: doctor: --ca p/go.mod: there is no certificate in it
  usage: modferry doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  usage: modferry doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]
  next: pass a file with certificates in PEM form
? 2
