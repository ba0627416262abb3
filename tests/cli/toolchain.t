% only modferry

$ mkproxy proxy --sum p/go.sum < $REPO/tests/cli/toolchain.proxy
$ printf 'module example.com/p\n\ngo 1.26\n\ntoolchain go1.26.99\n' > p/go.mod; grep new p/go.sum > q.sum

# A toolchain line names what does not travel: a note, once.
$ modferry resolve --level all p
modferry: note: p says toolchain go1.26.99: an older go past the gap looks for go1.26.99 and no other; --toolchain go1.26.99 carries it
level all: 0 modules with their zip, 0 with their go.mod alone
* level all    0 zips, <ANY>
$ modferry resolve --level all p --json
modferry: note: p says toolchain go1.26.99: an older go past the gap looks for go1.26.99 and no other; --toolchain go1.26.99 carries it
{
  "level": "all",
  "go": "1.26.99",
  "needs_go": {
    "toolchain": "go1.26.99",
    "because": "p says toolchain go1.26.99"
  },
  "zips": 0,
  "levels": {
    "all": {
      "zips": 0,
      "zip_size": <N>,
      "unknown_sizes": 0
    }
  },
  "roots": [
    {
      "path": "example.com/p"
    }
  ],
  "modules": []
}
$ modferry resolve --level all p --toolchain go1.26.99
golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64  <ANY>
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>

# Other releases do not do: go takes exactly the one that is named.
$ modferry resolve --level all p --toolchain go1.27.0,go1.27.0.darwin-arm64
modferry: note: p says toolchain go1.26.99: an older go past the gap looks for go1.26.99 and no other; --toolchain go1.26.99 carries it
golang.org/toolchain@v0.0.1-go1.27.0.darwin-arm64  <ANY>
golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ sed -i '/toolchain/d' p/go.mod; modferry resolve --level all p
level all: 0 modules with their zip, 0 with their go.mod alone
* level all    0 zips, <ANY>
$ modferry resolve --level all p --toolchain go1.27.0
modferry: note: p says go 1.26: an older go past the gap looks for go1.26.0 and no other; --toolchain go1.26.0 carries it
golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64  <ANY>
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>
$ modferry resolve --level all p --toolchain go1.26.0
golang.org/toolchain@v0.0.1-go1.26.0.linux-amd64  ?
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>
               (the size of 1 is not known)
$ printf 'toolchain default\n' >> p/go.mod; modferry resolve --level all p; sed -i /toolchain/d p/go.mod
modferry: root p: updates to go.mod needed: its line "toolchain default" adds nothing to "go 1.26"
  next: run `go mod tidy` in the project and try again

# A dependency that is newer than the project: any release from there on.
$ mkdir q; mv q.sum q/go.sum; printf 'module example.com/q\n\ngo 1.26\n\nrequire example.com/new v1.0.0\n' > q/go.mod
$ modferry resolve --level all q
modferry: root q: updates to go.mod needed: it has go 1.26, where 1.27.0 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ modferry resolve --level all q --toolchain go1.28.1.windows-arm64
modferry: root q: updates to go.mod needed: it has go 1.26, where 1.27.0 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ modferry pack --level all q -o o --json
modferry: root q: updates to go.mod needed: it has go 1.26, where 1.27.0 is needed
  next: run `go mod tidy` in the project and try again
{
  "error": {
    "code": "closure",
    "text": "root q: updates to go.mod needed: it has go 1.26, where 1.27.0 is needed",
    "next": "run `go mod tidy` in the project and try again"
  }
}
? 1
$ modferry resolve --level all example.com/new@v1.0.0
example.com/new@v1.0.0  <ANY>
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>

# The same of what replaces a dependency, and of the lines of a workspace.
$ mkdir q/new; printf 'module example.com/new\n\ngo 1.28.0\n' > q/new/go.mod; printf 'replace example.com/new => ./new\n' >> q/go.mod
$ modferry resolve --level all q
modferry: root q: updates to go.mod needed: it has go 1.26, where 1.28.0 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ printf 'go 1.28\n\ntoolchain go1.29.1\n\nuse .\n' > q/go.work; modferry resolve --level all q
modferry: warning: q stands for the workspace <DIR>/q/go.work with its 1 modules; GOWORK=off takes one by itself
modferry: note: q says toolchain go1.29.1: an older go past the gap looks for go1.29.1 and no other; --toolchain go1.29.1 carries it
level all: 0 modules with their zip, 0 with their go.mod alone
* level all    0 zips, <ANY>

# Names.
$ modferry resolve p --toolchain go1.27
modferry: --toolchain go1.27: this is a language version, not a release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph[=FORM]] [--offline]
  next: name a release of it, such as go1.27.0
? 2
$ modferry resolve p --toolchain 1.27.0
modferry: --toolchain 1.27.0: not the name of a Go release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph[=FORM]] [--offline]
  next: write go1.22.3, or go1.22.3.linux-arm64 for one platform
? 2
$ modferry resolve p --toolchain go1.27.0.linux-mips1
modferry: --toolchain go1.27.0: there is no platform linux-mips1
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph[=FORM]] [--offline]
  next: run `modferry resolve --help`
? 2
$ modferry resolve p --toolchain go1.27.0-custom
modferry: --toolchain go1.27.0-custom: not the name of a Go release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph[=FORM]] [--offline]
  next: write go1.22.3, or go1.22.3.linux-arm64 for one platform
? 2
$ modferry resolve p --toolchain go1.27.0,
modferry: --toolchain go1.27.0,: an element is empty
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph[=FORM]] [--offline]
  next: run `modferry resolve --help`
? 2
$ modferry resolve --level build p --platform darwin/arm64,linux/amd64 --toolchain go1.27.0
modferry: note: p says go 1.26: an older go past the gap looks for go1.26.0 and no other; --toolchain go1.26.0 carries it
golang.org/toolchain@v0.0.1-go1.27.0.darwin-arm64  <ANY>
golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64  <ANY>
level build: 2 modules with their zip, 0 with their go.mod alone
* level build  2 zips, <ANY>
$ modferry pack --level all p --toolchain go1.99.0 -o none
modferry: note: p says go 1.26: an older go past the gap looks for go1.26.0 and no other; --toolchain go1.26.0 carries it
modferry: golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64: not found by any proxy (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# Packed, and carried. The linux-amd64 version of a release travels in any case, with its .mod and .info.
$ printf 'module example.com/p\n\ngo 1.26\n\ntoolchain go1.26.99\n' > p/go.mod
$ modferry pack --level all p -o o --json | sed -n '/needs_go/,/}/p'
modferry: note: p says toolchain go1.26.99: an older go past the gap looks for go1.26.99 and no other; --toolchain go1.26.99 carries it
  "needs_go": {
    "toolchain": "go1.26.99",
    "because": "p says toolchain go1.26.99"
  },

$ modferry pack --level all p --dry-run --json
modferry: note: p says toolchain go1.26.99: an older go past the gap looks for go1.26.99 and no other; --toolchain go1.26.99 carries it
{
  "dry_run": true,
  "modules": 0,
  "zips": 0,
  "zip_size": <N>,
  "needs_go": {
    "toolchain": "go1.26.99",
    "because": "p says toolchain go1.26.99"
  },
  "sumdb": null
}

$ modferry pack --level all p --toolchain go1.26.99,go1.28.1.windows-arm64 -o b
packed  b
id      f505adb90cabb5b848a2a6b692965ee0d4831976b6021d10b43d9829948208d3
modules 2 with their zip, 1 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 6 records
size    <ANY>
unsigned: add a signature with `modferry sign b --key FILE`
$ modferry list b --allow-unsigned | grep -A1 -e toolchains; modferry list b --allow-unsigned | tail -3
toolchains go1.26.99.linux-amd64
           go1.28.1.windows-arm64
  golang.org/toolchain v0.0.1-go1.26.99.linux-amd64  179 bytes
  golang.org/toolchain v0.0.1-go1.28.1.linux-amd64  go.mod
  golang.org/toolchain v0.0.1-go1.28.1.windows-arm64  29 bytes
$ modferry list b --allow-unsigned --json | grep -B1 -A2 '"not_covered"' | head -4
      "mod_h1": "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=",
      "not_covered": "the checksum database does not know it",
      "form": "go.mod",
      "size": 0,
$ modferry-offline unpack b --allow-unsigned --proxy tree | tail -1
modules    published 3, present 0, replaced 0
$ cat tree/golang.org/toolchain/@v/list; cd tree/golang.org/toolchain/@v; ls; cat v0.0.1-go1.28.1.linux-amd64.info; cat *.mod
v0.0.1-go1.26.99.linux-amd64
v0.0.1-go1.28.1.linux-amd64
v0.0.1-go1.28.1.windows-arm64
list
v0.0.1-go1.26.99.linux-amd64.info
v0.0.1-go1.26.99.linux-amd64.mod
v0.0.1-go1.26.99.linux-amd64.zip
v0.0.1-go1.28.1.linux-amd64.info
v0.0.1-go1.28.1.linux-amd64.mod
v0.0.1-go1.28.1.windows-arm64.info
v0.0.1-go1.28.1.windows-arm64.mod
v0.0.1-go1.28.1.windows-arm64.zip
{"Version":"v0.0.1-go1.28.1.linux-amd64"}module golang.org/toolchain
module golang.org/toolchain
module golang.org/toolchain
$ modferry-offline env tree
export GOPROXY='file://<DIR>/tree'
export GONOPROXY='none'
export GOSUMDB='sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7'
export GONOSUMDB='none'
export GOVCS='*:off'
export GOTOOLCHAIN='auto'

# In a GOMODCACHE the programs can be run, and each _go.mod has its copy.
$ modferry-offline unpack b --allow-unsigned --modcache cache | tail -1
modules    published 3, present 0, replaced 0
$ modferry-offline env cache
export GOMODCACHE='<DIR>/cache'
export GOPROXY='file://<DIR>/cache/cache/download'
export GONOPROXY='none'
export GOSUMDB='sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7'
export GONOSUMDB='none'
export GOVCS='*:off'
export GOTOOLCHAIN='auto'
$ cd cache/golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64; find . -type f -perm -111 | sort; cmp src/_go.mod src/go.mod; cmp src/cmd/_go.mod src/cmd/go.mod; bin/go version
./bin/go
./bin/gofmt
./lib/wasm/go_js_wasm_exec
./pkg/tool/linux_amd64/asm
this is go1.26.99: version
$ modferry-offline check cache
checked    cache (GOMODCACHE)
modules    3, 2.6 kB read
sumdb      sumdb.modferry.test: 2 records proved, complete
found      ok 9, changed 0, missing 0, unrecorded 0
$ rm cache/.modferry/installed; modferry-offline unpack b --allow-unsigned --modcache cache | tail -1
modules    published 0, present 3, replaced 0: nothing changed

# Also as go leaves it on first use of one that it extracted itself; but a copy that is none is a change.
$ cd cache/golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64; chmod -R u+w .; rm -f src/cmd/go.mod
$ modferry-offline check cache | tail -1
found      ok 9, changed 0, missing 0, unrecorded 0
$ cd cache/golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64; echo 'module other' > src/cmd/go.mod
$ modferry-offline check cache 2>&1 | grep -e changed -e found
changed    golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64 dir: expected h1:CUDH9J7zlguOk7+Ylo8pTEVhsSYjJLXs7cK9St4mueE=, found h1:Z9ot7TOUfdN7cKKpN0xBhx2tN+RQtld5GiZZxGbVg9k=
found      ok 8, changed 1, missing 0, unrecorded 0
modferry: check cache: 1 changed, 0 missing
  next: find out what changed it; then remove cache/.modferry/installed and unpack the bundle again: what is wrong is replaced
$ rm cache/.modferry/installed; modferry-offline unpack b --allow-unsigned --modcache cache | tail -1; modferry-offline check cache | tail -1
modules    published 1, present 2, replaced 1
found      ok 9, changed 0, missing 0, unrecorded 0
