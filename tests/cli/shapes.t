% only modferry

# What go.mod files and projects can look like.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.21
> require example.com/b v1.1.0
> -- example.com/b@v1.1.0 --
> go 1.21
> retract v1.1.0 // with a mistake
> -- example.com/b@v1.2.0 --
> // Deprecated: use something else
> module example.com/b
> go 1.21
> -- example.com/fork@v1.0.0 --
> module example.com/b
> go 1.21
> -- example.com/old@v2.0.0+incompatible --
> ! nothing
> -- example.com/Upper/Case@v1.0.0-RC.1 --
> go 1.16
> -- gopkg.in/thing.v1@v1.3.0 --
> -- example.com/m/v3@v3.0.1 --
> go 1.21
> -- example.com/date@v0.0.0-20200102030405-abcdefabcdef --
> END
$ mkproxy proxy --sum p/go.sum < spec
$ cat > start <<'END'
> # go.mod of the project p with these lines
> printf 'module example.com/p\n\ngo 1.21\n\n' > p/go.mod; printf '%s\n' "$@" >> p/go.mod
> END

# Every form of path and version.
$ sh start 'require (' 'example.com/old v2.0.0+incompatible' 'example.com/Upper/Case v1.0.0-RC.1' 'gopkg.in/thing.v1 v1.3.0' 'example.com/m/v3 v3.0.1' 'example.com/date v0.0.0-20200102030405-abcdefabcdef' ')'
$ modferry pack --level all p -o out > /dev/null && modferry list out --allow-unsigned
UNVERIFIED
signed by  nobody was checked
bundle id  27cab865a7eeda354297c08bab4a3abb543e8cafc79e9760313c929f19cc77b4
level      all
go         1.21
roots      example.com/p
created    2023-11-14T22:13:20Z
commands   go build ./...
           go list -deps ./...
           go list -m all
           go mod graph
           go mod verify
           go run PACKAGE
           go test ./...
           go vet ./...
           go mod tidy
           go mod vendor
           go mod why -m all
           go get ./...
           go test all
           go mod download
           go mod download all
modules    5 (0 with a go.mod alone)
  example.com/Upper/Case v1.0.0-RC.1  51 bytes
  example.com/date v0.0.0-20200102030405-abcdefabcdef  37 bytes
  example.com/m/v3 v3.0.1  42 bytes
  example.com/old v2.0.0+incompatible  12 bytes
  gopkg.in/thing.v1 v1.3.0  39 bytes
$ modferry-offline unpack out --allow-unsigned --proxy tree | tail -1; (cd tree && find . -name '*.zip' | LC_ALL=C sort)
modules    published 5, present 0, replaced 0
./example.com/!upper/!case/@v/v1.0.0-!r!c.1.zip
./example.com/date/@v/v0.0.0-20200102030405-abcdefabcdef.zip
./example.com/m/v3/@v/v3.0.1.zip
./example.com/old/@v/v2.0.0+incompatible.zip
./gopkg.in/thing.v1/@v/v1.3.0.zip
$ modferry resolve --level all example.com/old@v2.0.0+incompatible example.com/Upper/Case@v1.0.0-RC.1 gopkg.in/thing.v1@v1.3.0 example.com/m/v3@v3.0.1 | grep -v '^zips'
example.com/Upper/Case@v1.0.0-RC.1  <ANY>
example.com/m/v3@v3.0.1  <ANY>
example.com/old@v2.0.0+incompatible  <ANY>
gopkg.in/thing.v1@v1.3.0  <ANY>
level all: 4 modules with their zip, 0 with their go.mod alone
* level all    4 zips, <ANY>
$ modferry resolve --level all example.com/old@v2.0.0
modferry: root example.com/old@v2.0.0: example.com/old@v2.0.0: unknown revision v2.0.0 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3
$ modferry resolve --level all gopkg.in/thing@v1.3.0
modferry: root gopkg.in/thing@v1.3.0: gopkg.in@v1.3.0: unknown revision v1.3.0 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3
$ modferry resolve --level all example.com/m@v3.0.1
modferry: root example.com/m@v3.0.1: example.com/m@v3.0.1: unknown revision v3.0.1 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# Retracted and deprecated versions are taken as they are.
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0'; modferry resolve --level all p | head -2
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
$ sh start 'require example.com/b v1.2.0'; modferry resolve --level all p | head -1
example.com/b@v1.2.0  <ANY>

# Excluded versions.
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.2.0' 'exclude example.com/b v1.1.0'; modferry resolve --level all p --graph
example.com/p example.com/a@v1.0.0
example.com/p example.com/b@v1.2.0
example.com/p go@1.21
example.com/a@v1.0.0 go@1.21
example.com/b@v1.2.0 go@1.21
go@1.21 toolchain@go1.21
$ sh start 'require example.com/b v1.1.0' 'exclude example.com/b v1.1.0'; modferry resolve --level all p | head -2
modferry: root p: updates to go.mod needed: it requires example.com/b v1.1.0, which it excludes
  next: run `go mod tidy` in the project and try again

# Replaced by a module, all versions or one.
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'replace example.com/b => example.com/fork v1.0.0'; modferry resolve --level all p | head -2
example.com/a@v1.0.0  <ANY>
example.com/fork@v1.0.0  <ANY>
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'replace example.com/b v1.2.0 => example.com/fork v1.0.0'; modferry resolve --level all p | head -2
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'replace example.com/b => example.com/none v1.0.0'; modferry resolve --level all p
modferry: example.com/none@v1.0.0: not found by any proxy (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3

# Replaced by a directory: inside the project, elsewhere, none.
$ mkdir -p p/third/b other; printf 'module example.com/b\n\ngo 1.21\n\nrequire example.com/m/v3 v3.0.1\n' | tee p/third/b/go.mod > other/go.mod
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'replace example.com/b => ./third/b'; modferry resolve --level all p
example.com/a@v1.0.0  <ANY>
example.com/m/v3@v3.0.1  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ sh start 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'replace example.com/b => ./third/x/../b/'; modferry pack --level all p -o out | head -1
packed  out
$ sh start 'require example.com/b v1.1.0' 'replace example.com/b => ../other'; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0 (replaced by ../other): <DIR>/p/go.mod:6: example.com/b is replaced by ../other, which is outside the project
  next: move that folder into the project, or replace it by a module and version
? 1
$ sh start 'require example.com/b v1.1.0' 'replace example.com/b => ./../p/third/b'; modferry pack --level all p -o out | head -1
packed  out
$ sh start 'require example.com/b v1.1.0' "replace example.com/b => $PWD/p/third/b"; modferry pack --level all p -o out | head -1
packed  out
$ sh start 'require example.com/b v1.1.0' 'replace example.com/b => ./third'; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0 (replaced by ./third): reading ./third/go.mod: open <DIR>/p/third/go.mod: no such file or directory
  next: correct the path of the replacement, or write a go.mod there
? 1
$ echo 'require (' > p/third/go.mod; modferry pack --level all p -o out2
modferry: example.com/b@v1.1.0 (replaced by ./third): ./third/go.mod:2:1: syntax error (unterminated block started at ./third/go.mod:1:1)
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ rm p/third/go.mod

# A vendor directory changes nothing.
$ sh start 'require example.com/b v1.2.0'; mkdir p/vendor; printf '# example.com/b v1.2.0\n## explicit\n' > p/vendor/modules.txt; modferry resolve --level all p | head -1
example.com/b@v1.2.0  <ANY>

# Links are the user's own.
$ mv p/go.mod real.mod; ln -s ../real.mod p/go.mod; modferry resolve --level all p | head -1; mv real.mod p/go.mod
example.com/b@v1.2.0  <ANY>

# A workspace above: more in other tests.
$ printf 'go 1.21\n\nuse ./p\n' > go.work; modferry resolve --level all p
modferry: warning: p stands for the workspace <DIR>/go.work with its 1 modules; GOWORK=off takes one by itself
example.com/b@v1.2.0  <ANY>
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>
$ mkdir -p p/cmd; cd p && modferry pack --level all -o ../out | tail -1
modferry: warning: . stands for the workspace <DIR>/go.work with its 1 modules; GOWORK=off takes one by itself
unsigned: add a signature with `modferry sign ../out --key FILE`
$ GOWORK=$PWD/none.work modferry resolve --level all p
modferry: root p: reading go.work: open <DIR>/none.work: no such file or directory
  next: let GOWORK name a go.work file, or set GOWORK=off
? 2
$ GOWORK=off modferry resolve --level all p | head -1
example.com/b@v1.2.0  <ANY>
$ modferry resolve --level all example.com/a@v1.0.0 | head -1
example.com/a@v1.0.0  <ANY>
$ rm go.work; modferry resolve --level all p | head -1
example.com/b@v1.2.0  <ANY>

# No go.mod in the directory, but in one above.
$ modferry resolve --level all p/cmd
modferry: root p/cmd: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ ls out2
ls: cannot access 'out2': No such file or directory
? 2
