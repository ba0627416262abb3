% only modferry
% when go version && unshare -rn true

# A project of packages that import nothing: no part of std needs to be built.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.21
> require example.com/b v1.1.0
> -- example.com/b@v1.1.0 --
> go 1.21
> -- example.com/c@v1.0.0 --
> go 1.21
> END
$ mkproxy proxy --sum all.sum < spec; mkdir -p p/lib other
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/b v1.1.0\n\texample.com/c v1.0.0\n)\n' > p/go.mod; grep -v /a all.sum > p/go.sum
$ printf 'package lib\n\nimport _ "example.com/b"\n' > p/lib/lib.go; printf 'module example.com/other\n' > other/go.mod
$ modferry pack p -o out --level build --quiet > /dev/null

# Sources do not travel.
$ modferry rehearse out --allow-unsigned
modferry: rehearse out: nothing can be rehearsed: the roots are directories, and their sources do not travel
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: pass --root DIR for each of them
? 2
$ (cd p && modferry rehearse ../out --allow-unsigned)
modferry: rehearse ../out: nothing can be rehearsed: the roots are directories, and their sources do not travel
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: pass --root DIR for each of them
? 2
$ modferry rehearse out --root p
modferry: rehearse out: whose signature is to be trusted was not said
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: pass the signer's public key with --pubkey FILE, a trust document with --trust FILE, or accept unchecked content with --allow-unsigned
? 2
$ (cd p && find . -type f -exec sha256sum {} +) > before
$ modferry rehearse out --allow-unsigned --root p
UNVERIFIED
bundle     out
signed by  nobody was checked
bundle id  d23a9bb9375e616c0d0a6a15f837ecb73f867dbc190f786b66e28098d9efce6f
level      build
go         <ANY>
note       packed for every platform, rehearsed for this one
root       example.com/p
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
result     6 ok, 0 failed, 0 skipped
$ modferry rehearse - --allow-unsigned --root p --json < out
{
  "verified": false,
  "bundle": "standard input",
  "id": "d23a9bb9375e616c0d0a6a15f837ecb73f867dbc190f786b66e28098d9efce6f",
  "manifest_sha256": "<HEX>",
  "signer": null,
  "level": "build",
  "go": "<ANY>",
  "platform": "<ANY>",
  "roots": [
    {
      "path": "example.com/p",
      "rehearsed": true,
      "commands": [
        {
          "command": "go build ./...",
          "result": "ok",
          "milliseconds": <N>
        },
        {
          "command": "go list -deps ./...",
          "result": "ok",
          "milliseconds": <N>
        },
        {
          "command": "go list -m all",
          "result": "ok",
          "milliseconds": <N>
        },
        {
          "command": "go mod graph",
          "result": "ok",
          "milliseconds": <N>
        },
        {
          "command": "go mod verify",
          "result": "ok",
          "milliseconds": <N>
        },
        {
          "command": "go run PACKAGE",
          "ran": "go build ./...",
          "result": "ok",
          "milliseconds": <N>
        }
      ]
    }
  ],
  "ok": 6,
  "failed": 0,
  "skipped": 0,
  "record": null
}
$ (cd p && find . -type f -exec sha256sum {} +) | cmp - before; ls -A .. | grep -c tmp
0
? 1

# Other sources than those that were packed, and none of it.
$ modferry rehearse out --allow-unsigned --root other
modferry: rehearse out: root other: it is none of the directories that this bundle was packed from
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: `modferry list` shows the roots of the bundle
? 2
$ modferry rehearse out --allow-unsigned --root none
modferry: rehearse out: open none: No such file or directory
  next: check the name
? 5
$ modferry rehearse out --allow-unsigned --root p/lib
modferry: rehearse out: root p/lib: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ cp -r p q; echo >> q/go.mod; rm q/go.sum; modferry rehearse out --allow-unsigned --root q
modferry: rehearse out: root q: other than when the bundle was packed: go.mod, go.sum (missing) of example.com/p
  next: pass the directory as it was packed, or pack it again
? 1
$ modferry rehearse out --allow-unsigned --root q --root p | tail -1
modferry: rehearse out: root q: it is none of the directories that this bundle was packed from
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: `modferry list` shows the roots of the bundle

# More is promised than the bundle holds; and what is not among our promises is never run.
$ promiser out more 'go mod download all' 'rm -rf /' 'go build -toolexec=/bin/false ./...' 'go  build ./...' 'go get example.com/c@v1.0.0'
$ modferry rehearse more --allow-unsigned --root p --record failed
UNVERIFIED
bundle     more
signed by  nobody was checked
bundle id  d23a9bb9375e616c0d0a6a15f837ecb73f867dbc190f786b66e28098d9efce6f
level      build
go         <ANY>
note       packed for every platform, rehearsed for this one
root       example.com/p
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
  failed   go mod download all: exit status 1  <N>.<N> s
    | go: example.com/c@v1.0.0: reading <ANY>/tree/example.com/c/@v/v1.0.0.zip: no such file or directory
  failed   rm -rf /: unknown command: it was not run
  failed   go build -toolexec=/bin/false ./...: unknown command: it was not run
  failed   go  build ./...: unknown command: it was not run
  failed   go get example.com/c@v1.0.0: unknown command: it was not run
result     6 ok, 5 failed, 0 skipped
recorded   failed
unsigned: add a signature with `modferry sign failed --key FILE`
? 1
$ modferry list failed --allow-unsigned | grep -A9 ^rehearsed
rehearsed  6 ok, 5 failed, 0 skipped: <ANY>, 2023-11-14T22:13:20Z
  failed   go mod download all: exit status 1
  failed   rm -rf /: unknown command: it was not run
  failed   go build -toolexec=/bin/false ./...: unknown command: it was not run
  failed   go  build ./...: unknown command: it was not run
  failed   go get example.com/c@v1.0.0: unknown command: it was not run
modules    2 (1 with a go.mod alone)
  example.com/b v1.1.0  39 bytes
  example.com/c v1.0.0  go.mod
$ modferry rehearse more --allow-unsigned --root p --json | grep -c '"failed"'
6

# path@version, in a new module; with and without sources for the other root.
$ modferry pack example.com/a@v1.0.0 p -o both --level build --quiet > /dev/null 2>&1
$ modferry rehearse both --allow-unsigned
UNVERIFIED
bundle     both
signed by  nobody was checked
bundle id  ee19f6dce2a3d643dab1e77015b595ca4cce9a9a3daca8b5d22a1140151d0ab7
level      build
go         <ANY>
note       packed for every platform, rehearsed for this one
root       example.com/a@v1.0.0
  ok       go get example.com/a@v1.0.0  <N>.<N> s
  ok       go build -mod=mod example.com/a/...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
root       example.com/p
  skipped  its sources do not travel: pass --root DIR
result     5 ok, 0 failed, 6 skipped
$ modferry rehearse both --allow-unsigned --root p | tail -1
result     11 ok, 0 failed, 0 skipped

# The record: the same content, unsigned; then it is signed, and rehearsed again.
$ modferry keygen --secret k --public k.pub --no-password > /dev/null; modferry sign both --key k > /dev/null
$ modferry rehearse both --pubkey k.pub --record rec | tail -3
result     5 ok, 0 failed, 6 skipped
recorded   rec
unsigned: add a signature with `modferry sign rec --key FILE`
$ modferry verify rec --pubkey k.pub
modferry: verify: check the signatures of rec: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ modferry verify rec --allow-unsigned | tail -4; modferry verify both --pubkey k.pub | grep ^bundle
level      build
modules    3 (1 with a go.mod alone)
proved     3 modules by sumdb.modferry.test
content    223 bytes
bundle id  ee19f6dce2a3d643dab1e77015b595ca4cce9a9a3daca8b5d22a1140151d0ab7
$ python3 "$REPO/tests/reader/bundle_reader.py" rec > /dev/null; modferry diff both rec --allow-unsigned
UNVERIFIED
no differences between the modules
$ modferry list rec --allow-unsigned | grep -e ^in -e ^rehearsed
in example.com/a@v1.0.0
rehearsed  5 ok, 0 failed, 0 skipped: <ANY>, 2023-11-14T22:13:20Z
in example.com/p
$ modferry list rec --allow-unsigned --json | sed -n '/"rehearsed"/,/]/p' | head -14
      "rehearsed": {
        "go": "<ANY>",
        "platform": "<ANY>",
        "time": "2023-11-14T22:13:20Z",
        "tool": "modferry <ANY>",
        "settings": [],
$ modferry list rec --allow-unsigned --manifest - 2> /dev/null | grep -c -e "$PWD" -e tmp
0
? 1
$ modferry sign rec --key k > /dev/null; modferry rehearse rec --pubkey k.pub --root p --record rec2 > /dev/null; modferry list rec2 --allow-unsigned | grep -e ^in -e ^rehearsed
in example.com/a@v1.0.0
rehearsed  5 ok, 0 failed, 0 skipped: <ANY>, 2023-11-14T22:13:20Z
in example.com/p
rehearsed  6 ok, 0 failed, 0 skipped: <ANY>, 2023-11-14T22:13:20Z
$ modferry rehearse both --pubkey k.pub --record both
modferry: rehearse both: --record both is the bundle itself, whose signatures would be lost
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: run `modferry rehearse --help`
? 2
$ modferry rehearse - --pubkey k.pub --record rec3 < both
modferry: rehearse -: --record needs the bundle as a file: it is read twice
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: run `modferry rehearse --help`
? 2
$ promiser both later statement.later=x; modferry rehearse later --allow-unsigned --record rec3
modferry: rehearse later: its manifest has fields that would be lost: it cannot be recorded there
  next: use a newer modferry
? 4
$ modferry rehearse later --allow-unsigned | tail -1; ls rec3
result     5 ok, 0 failed, 6 skipped
ls: cannot access 'rec3': No such file or directory
? 2
$ modferry rehearse both --pubkey k.pub --record none/rec | tail -1
modferry: rehearse both: open directory none: No such file or directory
  next: check the disc and the permissions

# Platforms and tags.
$ modferry pack p -o many --level build --platform linux/amd64,windows/arm64 --tags foo,bar --quiet > /dev/null; modferry rehearse many --allow-unsigned --root p
UNVERIFIED
bundle     many
signed by  nobody was checked
bundle id  25f88f61ff7e69a8a512cd1d1c5fa1074e559ddadbc22cda1a1aa5a95310c453
level      build
go         <ANY>
root       example.com/p
  ok       go build ./... (as go build -tags=bar,foo ./...) for linux/amd64  <N>.<N> s
  ok       go build ./... (as go build -tags=bar,foo ./...) for windows/arm64  <N>.<N> s
  ok       go list -deps ./... (as go list -tags=bar,foo -deps ./...) for linux/amd64  <N>.<N> s
  ok       go list -deps ./... (as go list -tags=bar,foo -deps ./...) for windows/arm64  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build -tags=bar,foo ./...) for linux/amd64  <N>.<N> s
  ok       go run PACKAGE (as go build -tags=bar,foo ./...) for windows/arm64  <N>.<N> s
result     9 ok, 0 failed, 0 skipped
$ modferry pack p -o far --level build --platform plan9/arm --quiet > /dev/null; modferry rehearse far --allow-unsigned --root p | tail -8
root       example.com/p
  ok       go build ./... for plan9/arm  <N>.<N> s
  ok       go list -deps ./... for plan9/arm  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...) for plan9/arm  <N>.<N> s
result     6 ok, 0 failed, 0 skipped
$ modferry diff many far --allow-unsigned | head -6
UNVERIFIED
platforms  removed linux/amd64
platforms  added plan9/arm
platforms  removed windows/arm64
tags       removed bar
tags       removed foo

# A vendor directory is not what is rehearsed.
$ cp -r p v; (cd v && GOFLAGS=-modcacherw GOMODCACHE=$PWD/../mc GOWORK=off go mod vendor 2> /dev/null); printf 'broken' > v/vendor/example.com/b/b.go
$ modferry rehearse out --allow-unsigned --root v | tail -8
  note     GOFLAGS=-mod=readonly: go would read the vendor directory instead
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
result     6 ok, 0 failed, 0 skipped

# A workspace, named by one of its modules; and one that leads out of its directory.
$ mkdir -p w/x w/y; printf 'go 1.21\n\nuse (\n\t./x\n\t./x/.././y/\n)\n' > w/go.work; cp p/go.sum w/x; printf 'package y\n' > w/y/y.go; printf 'package x\n\nimport _ "example.com/b"\n' > w/x/x.go
$ printf 'module example.com/x\n\ngo 1.21\n\nrequire example.com/b v1.1.0\n' > w/x/go.mod; printf 'module example.com/y\n\ngo 1.21\n' > w/y/go.mod
$ modferry pack w -o ws --level build --quiet 2> /dev/null > /dev/null; modferry rehearse ws --allow-unsigned --root w/y --run-tests
UNVERIFIED
bundle     ws
signed by  nobody was checked
bundle id  b6e70904138fdb2c44362267e49699642626cf33be78d5603f3f7b575ca6a73c
level      build
go         <ANY>
note       packed for every platform, rehearsed for this one
root       example.com/x
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
root       example.com/y
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
result     12 ok, 0 failed, 0 skipped
$ modferry rehearse ws --allow-unsigned --root w --root w/x | tail -1
result     12 ok, 0 failed, 0 skipped
$ mkdir v2; cp -r w/x v2/x; cp -r w/y v2/y; modferry rehearse ws --allow-unsigned --root v2/y
modferry: rehearse ws: root v2/y: it is none of the directories that this bundle was packed from
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: `modferry list` shows the roots of the bundle
? 2
$ echo >> w/go.work; modferry rehearse ws --allow-unsigned --root w/y
modferry: rehearse ws: root w/y: other than when the bundle was packed: go.work of example.com/x
  next: pass the directory as it was packed, or pack it again
? 1
$ mkdir in; mv w/y y; cp w/go.work in; sed -i 's|./x/.././y/|../y|; s|./x$|../w/x|' in/go.work; modferry pack in -o ws2 --level build --quiet 2> /dev/null > /dev/null; modferry rehearse ws2 --allow-unsigned --root in
modferry: rehearse ws2: root in: its go.work uses ../y, which is outside of its directory or behind a link
  next: move that module below the directory of go.work, and let go.work use a relative path
? 1
$ sed -i 's|../y|./y|; s|../w/x|./x|' in/go.work; ln -s ../y in/y; ln -s ../w/x in/x; modferry pack in -o ws3 --level build --quiet 2> /dev/null > /dev/null; modferry rehearse ws3 --allow-unsigned --root in
modferry: rehearse ws3: root in: its go.work uses ./y, which is outside of its directory or behind a link
  next: move that module below the directory of go.work, and let go.work use a relative path
? 1

# The machine: no go, no namespace, no space to speak of, no sense.
$ mkdir bin; ln -s "$(command -v modferry)" bin/; PATH=$PWD/bin:. modferry rehearse out --allow-unsigned --root p
modferry: rehearse out: no go command in the absolute directories of PATH
  next: install Go, or put its bin directory into PATH
? 5
$ unshare -r sh -c 'echo 0 > /proc/sys/user/max_net_namespaces; modferry rehearse out --allow-unsigned --root p'
modferry: rehearse out: make a network namespace: <ANY>
  next: run it as root, or permit user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, AppArmor, seccomp)
? 5
$ TMPDIR=$PWD/none modferry rehearse out --allow-unsigned --root p
modferry: rehearse out: open <DIR>/none: No such file or directory
  next: check the name
? 5
$ mkdir p/tmp; TMPDIR=$PWD/p/tmp modferry rehearse out --allow-unsigned --root p | tail -1; ls -A p/tmp; rmdir p/tmp
result     6 ok, 0 failed, 0 skipped
$ modferry rehearse out --allow-unsigned --root p --timeout 0
modferry: rehearse out: --timeout takes a number from 1 to 10080, not "0"
  usage: modferry rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record FILE] [OPTION...]
  next: run `modferry rehearse --help`
? 2
$ modferry-offline rehearse out
modferry: unknown command "rehearse"
  next: run `modferry-offline --help`
? 2

# What a killed rehearsal left there goes with the next one; what another one uses, or is none, stays.
$ for i in dead busy none; do mkdir -p tmp/.modferry-$i.tmp/deep; done; touch tmp/.modferry-dead.tmp/rehearsal tmp/.modferry-busy.tmp/rehearsal tmp/.modferry-dead.tmp/deep/file; chmod a-w tmp/.modferry-dead.tmp/deep
$ TMPDIR=$PWD/tmp flock tmp/.modferry-busy.tmp/rehearsal modferry rehearse out --allow-unsigned --root p | tail -1; ls -A tmp
result     6 ok, 0 failed, 0 skipped
.modferry-busy.tmp
.modferry-none.tmp

# No process of go leaves its group, in which all are waited for.
$ ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=setsid -o trace modferry rehearse out --allow-unsigned --root p | tail -1; grep -c 'setsid()' trace
result     6 ok, 0 failed, 0 skipped
0
? 1
$ flip out -300; modferry rehearse out --allow-unsigned --root p
modferry: rehearse out: out: frame 1: its SHA-256 is not the one in the manifest
  next: do not use this content; find out where it was changed
? 1
$ ls -A .. | grep tmp
? 1

# A bundle without modules: its tree has a record all the same.
$ mkdir -p bare/lib; printf 'module example.com/bare\n\ngo 1.21\n' > bare/go.mod; printf 'package lib\n' > bare/lib/lib.go
$ modferry pack bare -o empty --level build --quiet > /dev/null; modferry rehearse empty --allow-unsigned --root bare | tail -1
result     6 ok, 0 failed, 0 skipped
$ modferry unpack empty --proxy t0 --allow-unsigned | tail -1; cat t0/.modferry/installed; modferry env t0 | head -1; modferry check t0 | tail -1; modferry fits bare t0
modules    published 0, present 0, replaced 0: nothing changed
modferry-installed/1 proxy
export GOPROXY='file://<DIR>/t0'
found      ok 0, changed 0, missing 0, unrecorded 0
fits: level tidy, 0 modules, 0 zips
$ modferry unpack empty --modcache m0 --allow-unsigned > /dev/null; modferry check m0 | tail -1
found      ok 0, changed 0, missing 0, unrecorded 0
