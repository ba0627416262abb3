% only modferry

$ mkproxy proxy --sum p/go.sum < $REPO/tests/cli/toolchain.proxy
$ printf 'module example.com/p\n\ngo 1.26\n\ntoolchain go1.26.99\n' > p/go.mod

# The names, with their platform; a release once.
$ modferry resolve --level all p --toolchain go1.27.0,go1.27.0.darwin-arm64,go1.26.99,go1.27.0.linux-amd64
golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64  <ANY>
golang.org/toolchain@v0.0.1-go1.27.0.darwin-arm64  <ANY>
golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64  <ANY>
level all: 3 modules with their zip, 0 with their go.mod alone
* level all    3 zips, <ANY>

# Names.
$ modferry resolve p --toolchain go1.27
modferry: --toolchain go1.27: this is a language version, not a release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph] [--offline]
  next: name a release of it, such as go1.27.0
? 2
$ modferry resolve p --toolchain 1.27.0
modferry: --toolchain 1.27.0: not the name of a Go release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph] [--offline]
  next: write go1.22.3, or go1.22.3.linux-arm64 for one platform
? 2
$ modferry resolve p --toolchain go1.27.0.linux-mips1
modferry: --toolchain go1.27.0: there is no platform linux-mips1
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph] [--offline]
  next: run `modferry resolve --help`
? 2
$ modferry resolve p --toolchain go1.27.0-custom
modferry: --toolchain go1.27.0-custom: not the name of a Go release
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph] [--offline]
  next: write go1.22.3, or go1.22.3.linux-arm64 for one platform
? 2
$ modferry resolve p --toolchain go1.27.0,
modferry: --toolchain go1.27.0,: an element is empty
  usage: modferry resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--retractions] [--json | --graph] [--offline]
  next: run `modferry resolve --help`
? 2
$ modferry resolve --level build p --platform darwin/arm64,linux/amd64 --toolchain go1.27.0
golang.org/toolchain@v0.0.1-go1.27.0.darwin-arm64  <ANY>
golang.org/toolchain@v0.0.1-go1.27.0.linux-amd64  <ANY>
level build: 2 modules with their zip, 0 with their go.mod alone
* level build  2 zips, <ANY>
$ modferry pack --level all p --toolchain go1.99.0 -o none
modferry: golang.org/toolchain@v0.0.1-go1.99.0.linux-amd64: not found by any proxy (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# Packed, and carried. The linux-amd64 version of a release travels in any case, with its .mod and .info.
$ printf 'module example.com/p\n\ngo 1.26\n\ntoolchain go1.26.99\n' > p/go.mod
$ modferry pack --level all p --toolchain go1.26.99,go1.28.1.windows-arm64 -o b
packed  b
id      f505adb90cabb5b848a2a6b692965ee0d4831976b6021d10b43d9829948208d3
modules 2 with their zip, 1 with their go.mod alone
size    <ANY>
unsigned: add a signature with `modferry sign b --key FILE`
$ modferry list b --allow-unsigned | grep -A9 -e toolchains -e modules
toolchains go1.26.99.linux-amd64
           go1.28.1.windows-arm64
created    2023-11-14T22:13:20Z
commands   go build ./...
           go list -deps ./...
           go list -m all
           go mod graph
           go mod verify
           go run PACKAGE
           go test ./...
--
modules    3 (1 with a go.mod alone)
  golang.org/toolchain v0.0.1-go1.26.99.linux-amd64  179 bytes
  golang.org/toolchain v0.0.1-go1.28.1.linux-amd64  go.mod
  golang.org/toolchain v0.0.1-go1.28.1.windows-arm64  29 bytes
$ modferry list b --allow-unsigned --json | grep -B1 -A2 '"not_covered"' | head -4
      "zip_sha256": "9a75f3848bf826d3fa1c6fb87769d502ece547a4dfc4b029fa5049e1af10430b",
      "not_covered": "the checksum database was not asked",
      "form": "zip",
      "size": 179,
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
export GONOSUMDB='golang.org/toolchain'
export GOVCS='*:off'
export GOTOOLCHAIN='auto'
# warning: no checksum database in this tree: go needs a complete go.sum

# In a GOMODCACHE the programs can be run, and each _go.mod has its copy.
$ modferry-offline unpack b --allow-unsigned --modcache cache | tail -1
modules    published 3, present 0, replaced 0
$ modferry-offline env cache
export GOMODCACHE='<DIR>/cache'
export GOPROXY='file://<DIR>/cache/cache/download'
export GONOPROXY='none'
export GONOSUMDB='golang.org/toolchain'
export GOVCS='*:off'
export GOTOOLCHAIN='auto'
# warning: no checksum database in this tree: go needs a complete go.sum
$ cd cache/golang.org/toolchain@v0.0.1-go1.26.99.linux-amd64; find . -type f -perm -111 | sort; cmp src/_go.mod src/go.mod; cmp src/cmd/_go.mod src/cmd/go.mod; bin/go version
./bin/go
./bin/gofmt
./lib/wasm/go_js_wasm_exec
./pkg/tool/linux_amd64/asm
this is go1.26.99: version
$ modferry-offline check cache
checked    cache (GOMODCACHE)
modules    3, 2.6 kB read
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
  next: unpack the bundle again: what is wrong is replaced; and find out what changed it
$ rm cache/.modferry/installed; modferry-offline unpack b --allow-unsigned --modcache cache | tail -1; modferry-offline check cache | tail -1
modules    published 1, present 2, replaced 1
found      ok 9, changed 0, missing 0, unrecorded 0
