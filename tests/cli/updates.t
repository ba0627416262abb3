% only modferry

# Projects whose go.mod go does not take as it is: `go build` stops there, so they are refused before anything is packed.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.21
> require example.com/b v1.1.0
> -- example.com/b@v1.0.0 --
> go 1.21
> -- example.com/b@v1.1.0 --
> go 1.21
> -- example.com/c@v1.0.0 --
> go 1.22
> -- example.com/d@v1.0.0 --
> go 1.16
> require example.com/e v1.0.0
> -- example.com/e@v1.0.0 --
> go 1.16
> END
$ mkproxy proxy --sum p/go.sum < spec
$ cat > start <<'END'
> # go.mod of the project p: its go line, and these lines
> printf 'module example.com/p\n\ngo %s\n\n' "$1" > p/go.mod; shift; printf '%s\n' "$@" >> p/go.mod
> END

# A version that is not the selected one.
$ sh start 1.21 'require example.com/a v1.0.0' 'require example.com/b v1.0.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it has example.com/b v1.0.0, where v1.1.0 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.21 'require example.com/b v1.1.0' 'require example.com/b v1.0.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it has example.com/b v1.0.0, where v1.1.0 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.21 'require example.com/c v1.0.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it has go 1.21, where 1.22 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.16 'require example.com/p v1.0.0' 'replace example.com/p => ./old'; mkdir p/old; printf 'module example.com/p\n' > p/old/go.mod; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it requires its own module, example.com/p v1.0.0
  next: run `go mod tidy` in the project and try again
? 1

# A go line that the form of go.mod allows, and that is no version.
$ sh start 1.21.3rc1; modferry resolve --level all p
modferry: root p: updates to go.mod needed: example.com/p: its line "go 1.21.3rc1" names no version of Go
  next: write a version into the go line, such as 1.22.3 or 1.23rc1
? 1
$ printf 'go 1.22\n\nuse ./p\n' > go.work; modferry resolve --level all p
modferry: root p: updates to go.mod needed: example.com/p: its line "go 1.21.3rc1" names no version of Go
  next: write a version into the go line, such as 1.22.3 or 1.23rc1
? 1
$ rm go.work

# An excluded version.
$ sh start 1.21 'require example.com/a v1.0.0' 'exclude example.com/a v1.0.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it requires example.com/a v1.0.0, which it excludes
  next: run `go mod tidy` in the project and try again
? 1

# A toolchain line that go would take away.
$ sh start 1.22.0 'toolchain go1.22.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: its line "toolchain go1.22.0" adds nothing to "go 1.22.0"
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.22.0 'toolchain default'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: its line "toolchain default" adds nothing to "go 1.22.0"
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.20 'toolchain go1.19'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: its line "toolchain go1.19" adds nothing to "go 1.20"
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.22.1 'toolchain go1.22.0'; modferry resolve --level all p
modferry: root p: updates to go.mod needed: it has toolchain go1.22.0, where go1.22.1 is needed
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.20 'toolchain go1.21.0'; modferry resolve --level all p
modferry: note: p says toolchain go1.21.0: an older go past the gap looks for go1.21.0 and no other; --toolchain go1.21.0 carries it
level all: 0 modules with their zip, 0 with their go.mod alone
* level all    0 zips, <ANY>

# What is only said twice is no contradiction, and not part of the graph: a requirement, and one on the module itself.
$ sh start 1.21 'require example.com/b v1.0.0' 'require example.com/b v1.0.0' 'require example.com/p v1.0.0' 'replace example.com/p => ./old'; modferry resolve --level all p --graph
example.com/p example.com/b@v1.0.0
example.com/p go@1.21
example.com/b@v1.0.0 go@1.21
go@1.21 toolchain@go1.21

# One module under two paths.
$ sh start 1.21 'require example.com/a v1.0.0' 'require example.com/b v1.1.0' 'require example.com/x v1.1.0' 'replace example.com/x => example.com/b v1.1.0'; modferry resolve p
modferry: root p: example.com/b@v1.1.0 used for two different module paths (example.com/b and example.com/x)
  next: require it by one path only
? 1

# An import from a module that go.mod does not require.
$ sh start 1.21 'require example.com/a v1.0.0'; printf 'package p\n\nimport _ "example.com/a"\n' > p/p.go; modferry resolve p | grep ^level
level tidy: 1 modules with their zip, 1 with their go.mod alone
$ printf 'package p\n\nimport _ "example.com/b"\n' > p/p_test.go; modferry resolve p
modferry: root p: updates to go.mod needed: p_test.go:3:8: imports example.com/b from implicitly required module example.com/b
  next: run `go mod tidy` in the project and try again
? 1
$ modferry resolve --level build p | grep ^level
level build: 1 modules with their zip, 1 with their go.mod alone
$ sh start 1.16 'require example.com/d v1.0.0'; printf 'package p\n\nimport _ "example.com/e"\n' > p/p.go; modferry resolve --level build p
modferry: root p: p.go:3:8: imports example.com/e from implicitly required module example.com/e
  next: to add missing requirements: go get example.com/e@v1.0.0
? 1

# What imports come to import has to be required as well, but only with pruning, from go 1.17 on.
$ rm p/*.go; mkdir p/user; printf 'module example.com/user\n\ngo 1.16\n\nrequire example.com/e v1.0.0\n' > p/user/go.mod; printf 'package user\n\nimport _ "example.com/e"\n' > p/user/user.go; printf 'package p\n\nimport _ "example.com/user"\n' > p/p.go
$ sh start 1.17 'require example.com/user v1.0.0' 'replace example.com/user => ./user'; modferry resolve --level build p
modferry: root p: updates to go.mod needed: example.com/user: imports example.com/e from implicitly required module example.com/e
  next: run `go mod tidy` in the project and try again
? 1
$ sh start 1.16 'require example.com/user v1.0.0' 'replace example.com/user => ./user'; modferry resolve --level build p | grep ^level
level build: 1 modules with their zip, 0 with their go.mod alone

# A package whose path is one of the standard library.
$ mkdir q && printf 'module image\n\ngo 1.21\n' > q/go.mod && printf 'package main\n' > q/q.go && modferry resolve q
modferry: root q: image: ambiguous import: found package image in multiple modules: this module and the standard library
  next: give the module a path whose first element has a dot
? 1

# Packages are read as go reads them: through links, and in directories whose names begin with a dot.
$ sh start 1.21 'require example.com/b v1.1.0'; rm p/*.go; mkdir p/.in; printf 'package in\n\nimport _ "example.com/b"\n' > p/.in/in.go; modferry resolve --level build p | grep ^level
level build: 0 modules with their zip, 1 with their go.mod alone
$ printf 'package p\n\nimport _ "example.com/p/.in"\n' > p.go; ln -s ../p.go p/p.go; ln -s ../spec p/not.go; ln -s none p/broken.go; modferry resolve --level build p | grep ^level
level build: 1 modules with their zip, 0 with their go.mod alone
