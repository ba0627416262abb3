% only modferry

# go.sum lines that go will ask for, and imports that nothing provides.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.21
> require example.com/b v1.1.0
> + a.go
> -- example.com/b@v1.1.0 --
> go 1.21
> + b.go
> -- example.com/b/sub@v1.0.0 --
> go 1.21
> + sub.go
> -- example.com/b@v1.2.0 --
> go 1.21
> + sub/sub.go
> END
$ mkproxy proxy --sum all.sum < spec; mkdir -p p/cmd
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nrequire example.com/b v1.1.0 // indirect\n' > p/go.mod
$ printf 'package main\n\nimport (\n\t"fmt"\n\n\t_ "example.com/a"\n)\n\nfunc main() { fmt.Println() }\n' > p/cmd/main.go

# Complete.
$ grep -v /sub all.sum | grep -v v1.2.0 > p/go.sum; modferry pack p -o out --quiet | grep -v ^size
packed  out
id      db719fba2c2227146f75a6d54c620d1eafd84f0ba9dbefcc839ee5e427978192
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
unsigned: add a signature with `modferry sign out --key FILE`

# Without the line of a zip, of a go.mod, or any.
$ cp p/go.sum good; grep -v 'a v1.0.0 ' good > p/go.sum; modferry pack p -o out2; ls out2
modferry: root p: example.com/a@v1.0.0: missing go.sum entry
  next: run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: commands that go will refuse are not promised then
ls: cannot access 'out2': No such file or directory
? 2

# At level all the packages are looked at once the zips are here.
$ modferry pack --level all p -o out2
modferry: root p: example.com/a@v1.0.0: missing go.sum entry
  next: run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: commands that go will refuse are not promised then
? 1

$ grep -v 'b v1.1.0/go.mod' good > p/go.sum; modferry pack --level all p -o out2
modferry: root p: example.com/b@v1.1.0: missing go.sum entry for go.mod file
  next: run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: commands that go will refuse are not promised then
? 1

$ rm p/go.sum; modferry pack --level build p -o out2 --json
modferry: root p: example.com/a@v1.0.0: missing go.sum entry (and 2 more)
  next: run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: commands that go will refuse are not promised then
{
  "error": {
    "code": "missing-sum",
    "text": "root p: example.com/a@v1.0.0: missing go.sum entry (and 2 more)",
    "next": "run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: commands that go will refuse are not promised then"
  }
}
? 1

$ modferry resolve p
modferry: warning: go.sum of p lacks 3 lines that go asks for (example.com/a v1.0.0): `go mod tidy` adds what is missing
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
level tidy: 2 modules with their zip, 0 with their go.mod alone
  level build  1 zips, <ANY>
  level test   1 zips, <ANY>
* level tidy   2 zips, <ANY>
  level all    2 zips, <ANY>

# Packed all the same: nothing is promised that go will refuse.
$ modferry pack p -o out3 --allow-missing-sum | grep -v ^size; modferry list out3 --allow-unsigned | grep -A 12 ^commands
modferry: warning: go.sum of p lacks 3 lines that go asks for (example.com/a v1.0.0): `go mod tidy` adds what is missing
packed  out3
id      9d78e054d4949be1707b922005c24eacf9c14306524754dbc23f3277d8952ed3
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
unsigned: add a signature with `modferry sign out3 --key FILE`
commands   go mod graph
           go mod verify
           go mod tidy
           go get ./...
           go mod download
no sums    example.com/a v1.0.0
           example.com/a v1.0.0/go.mod
           example.com/b v1.1.0/go.mod
modules    2 (0 with a go.mod alone)
  example.com/a v1.0.0  63 bytes
  example.com/b v1.1.0  34 bytes

# In a workspace go asks the checksum database instead.
$ printf 'go 1.21\n\nuse ./p\n' > go.work; modferry pack p -o out4 | grep -v ^size; modferry list out4 --allow-unsigned | grep -A 12 ^commands
modferry: warning: p stands for the workspace <DIR>/go.work with its 1 modules; GOWORK=off takes one by itself
packed  out4
id      0c3497c109e7fd3767fcfea1343c0c5a0fceed45045ba13bc16c1bbab57f5651
modules 1 with their zip, 1 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
unsigned: add a signature with `modferry sign out4 --key FILE`
commands   go build ./...
           go list -deps ./...
           go list -m all
           go mod graph
           go mod verify
           go run PACKAGE
           go test ./...
           go vet ./...
           go mod why -m all
           go test all
modules    2 (1 with a go.mod alone)
  example.com/a v1.0.0  63 bytes
  example.com/b v1.1.0  go.mod
$ rm go.work

# Imports that no module provides, in the words of go.
$ cp good p/go.sum; mkdir p/lib; printf 'package lib\n\nimport "example.com/a"\nimport (\n\tx "example.com/none/x"\n)\n' > p/lib/l_test.go
$ modferry pack --level build p -o out5 --quiet | grep -v ^size
packed  out5
id      ff15e461ca476126ba0f55cf9284b4cd9ae816641e8665c23ff814f24c3cb174
modules 1 with their zip, 1 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
unsigned: add a signature with `modferry sign out5 --key FILE`

$ modferry pack --level test p -o out6
modferry: root p: lib/l_test.go:5:2: no required module provides package example.com/none/x
  next: to add it: go get example.com/none/x
? 1

$ modferry pack --level all p -o out6; ls out6
modferry: root p: lib/l_test.go:5:2: no required module provides package example.com/none/x
  next: to add it: go get example.com/none/x
ls: cannot access 'out6': No such file or directory
? 2

$ printf 'package lib\n\nimport _ "nosuch/std"\n' > p/lib/l_test.go; modferry resolve p
modferry: root p: lib/l_test.go:3:8: package nosuch/std is not in std
  next: run `go mod tidy` in the project and try again
? 1

# A package of a newer standard library than that of the go line is no reason to refuse: the file may be for that one.
$ printf '//go:build go1.25\n\npackage lib\n\nimport _ "testing/synctest"\n' > p/lib/l_test.go; modferry resolve p | grep ^level
level tidy: 2 modules with their zip, 0 with their go.mod alone
$ printf 'package lib\n\nimport _ "testing/synctest"\n' > p/lib/l_test.go; modferry resolve --level test --platform linux/amd64 p | grep ^level
level test: 1 modules with their zip, 1 with their go.mod alone

$ printf 'package lib\n\nimport _ "example.com/b/sub"\n' > p/lib/l_test.go; modferry resolve p
modferry: root p: lib/l_test.go:3:8: no required module provides package example.com/b/sub
  next: to add it: go get example.com/b/sub
? 1

$ sed -i -e 's/b v1.1.0/b v1.2.0/' -e '$a require example.com/b/sub v1.0.0' p/go.mod; cp all.sum p/go.sum; modferry resolve p
modferry: root p: lib/l_test.go:3:8: ambiguous import: found package example.com/b/sub in multiple modules: example.com/b/sub, example.com/b
  next: require versions of which only one has that package
? 1

# A line that only tests of dependencies ask for: below go 1.21 `go mod tidy` leaves it out. `go test all` stops there, and
# `go mod why` answers that nobody needs the module, so neither is promised.
$ cat > spec <<'END'
> -- example.com/t@v1.0.0 --
> go 1.20
> -- example.com/u@v1.0.0 --
> go 1.20
> require example.com/t v1.0.0
> + u_test.go <- package u; import _ "example.com/t"
> END
$ mkproxy proxy --sum q/go.sum < spec; mkdir far
$ printf 'module example.com/q\n\ngo 1.20\n\nrequire example.com/u v1.0.0\n' > q/go.mod; printf 'package q\n\nimport _ "example.com/u"\n' > q/q.go
$ sed -i '/example.com.t v1.0.0.go.mod/d' q/go.sum; modferry pack q -o out7 --quiet --no-sumdb 2> /dev/null > /dev/null; modferry list out7 --allow-unsigned | grep -A 16 ^commands
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
           go get ./...
           go mod download
modules    2 (0 with a go.mod alone)
  example.com/t v1.0.0  39 bytes
  example.com/u v1.0.0  104 bytes
$ modferry unpack out7 --proxy far --allow-unsigned > /dev/null; cd q && GOPROXY=file://$PWD/../far GOMODCACHE=$HOME/m GOFLAGS=-modcacherw GOTOOLCHAIN=local HTTPS_PROXY=http://127.0.0.1:1 go mod why -m example.com/t 2>&1 | tail -2
# example.com/t
(main module does not need module example.com/t)
