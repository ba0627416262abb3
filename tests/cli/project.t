% only modferry

# Roots that are no project.
$ modferry resolve --level all
modferry: root .: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ modferry resolve --level all none
modferry: root none: open none: No such file or directory
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ mkdir empty; modferry pack --level all empty -o out; ls out
modferry: root empty: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
ls: cannot access 'out': No such file or directory
? 2
$ echo text > file; modferry resolve --level all file
modferry: root file: this is not a directory
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ modferry resolve --level all ''
modferry: root : open : No such file or directory
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ modferry pack --level all -o out
modferry: root .: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ modferry resolve --level all --offline --json
modferry: root .: there is no go.mod
  next: name a directory that holds a go.mod, or a module as path@version
{
  "error": {
    "code": "no-gomod",
    "text": "root .: there is no go.mod",
    "next": "name a directory that holds a go.mod, or a module as path@version"
  }
}
? 2

# A go.mod that does not parse: file, line and column.
$ mkdir p; printf 'module example.com/p\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b "v1\n)\n' > p/go.mod
$ modferry resolve --level all p
modferry: root p: go.mod:5:19: unexpected newline in string
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf 'module example.com/p\n\nrequire example.com/a\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:3:1: usage: require module/path v1.2.3
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf 'module example.com/p\n\nrequire example.com/a 1.0\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:3:1: require example.com/a: version "1.0" is not an exact version such as v1.2.3
  next: run `go mod tidy` in the project: it writes the exact version into go.mod
? 4
$ printf 'module example.com/p\n\nrequier example.com/a v1.0.0\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:3:1: unknown directive: requier
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf 'module example.com/p\ngo 1.x\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:2:1: invalid go version '1.x': must match format 1.23.0
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf 'go 1.21\n' > p/go.mod; modferry resolve --level all p
modferry: root p: error reading go.mod: missing module declaration
  next: name the module: go mod edit -module=example.com/mod
? 4
$ printf 'module example.com/p\nrequire (\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:3:1: syntax error (unterminated block started at go.mod:2:1)
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf '' > p/go.mod; modferry resolve --level all p
modferry: root p: error reading go.mod: missing module declaration
  next: name the module: go mod edit -module=example.com/mod
? 4
$ printf 'module "a\\x1b[31m"\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod: malformed import path "a\x1b[31m": invalid char '\x1b'
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ printf 'module \033[31mred\n' > p/go.mod; modferry resolve --level all p
modferry: root p: go.mod:1:8: unexpected input character '\x1b'
  next: correct the file; `go mod edit -fmt` shows the same error
? 4
$ head -c 20000000 /dev/zero > p/go.mod; modferry resolve --level all p
modferry: root p: read go.mod: larger than the limit of 16777216 bytes
  next: see the limits in docs/format-bundle.md
? 4
$ rm p/go.mod; mkdir p/go.mod; modferry resolve --level all p; rmdir p/go.mod
modferry: root p: open go.mod: not a regular file
  next: check the disc and the permissions
$ ln -s /dev/zero p/go.mod; modferry resolve --level all p; rm p/go.mod
modferry: root p: open go.mod: not a regular file
  next: check the disc and the permissions

# A go.sum that does not parse.
$ mkproxy proxy --sum good.sum < $REPO/tests/cli/small.proxy
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n' > p/go.mod
$ printf 'example.com/a v1.0.0\n' > p/go.sum; modferry resolve --level all p
modferry: root p: go.sum:1: malformed go.sum: wrong number of fields 2
  next: correct that line of go.sum: it holds a module, a version and a hash
? 4
$ printf 'example.com/a v1.0.0 md5:abc\n' > p/go.sum; modferry resolve --level all p
modferry: warning: go.sum of p lacks 1 line that go asks for (example.com/a v1.0.0/go.mod): `go mod tidy` adds what is missing
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>

# Content that go.sum does not vouch for: module, expected and found hash.
$ sed '/^example.com\/a v1.0.0 /s/h1:..../h1:AAAA/' good.sum > p/go.sum; modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: checksum mismatch: go.sum of p has h1:AAAA6GUU0B4B/PjsdETEI6R6nOkacF/Ae68QjaUs5fw=, downloaded h1:/72n6GUU0B4B/PjsdETEI6R6nOkacF/Ae68QjaUs5fw=
  next: do not use this content; find out where it was changed
? 1
$ sed '/^example.com\/b v1.1.0.go.mod /s/h1:..../h1:AAAA/' good.sum > p/go.sum; modferry pack --level all p -o out --json
modferry: example.com/b@v1.1.0/go.mod: checksum mismatch: go.sum of p has h1:AAAAYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=, downloaded h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=
  next: do not use this content; find out where it was changed
{
  "error": {
    "code": "hash",
    "text": "example.com/b@v1.1.0/go.mod: checksum mismatch: go.sum of p has h1:AAAAYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=, downloaded h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=",
    "next": "do not use this content; find out where it was changed"
  }
}
? 1
$ cp good.sum p/go.sum; modferry pack --level all p -o out --quiet | head -1
packed  out

# A wrong file in the store is not kept: the next run fetches the right one.
$ cd ~/.cache/modferry/download && echo '# changed' >> example.com/b/@v/v1.1.0.mod && cp example.com/b/@v/v1.1.0.zip example.com/a/@v/v1.0.0.zip
$ modferry pack --level all p -o out
modferry: example.com/b@v1.1.0/go.mod: checksum mismatch: go.sum of p has h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=, downloaded h1:4IwukN9SXyz1g5MuMuysoX8sV9W26IileAJ/aZnUVdg=
  next: do not use this content; find out where it was changed
? 1
$ modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: "example.com/b@v1.1.0/b.go": path does not have prefix "example.com/a@v1.0.0/"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ modferry pack --level all p -o out | head -1
packed  out
$ find ~/.cache . -name '*.tmp'

# A replacement that a link leads to, and one whose go.mod is a link, as go takes them.
$ mkdir -p q/real q/m; printf 'module example.com/q\n\ngo 1.21\n\nrequire (\n\texample.com/l v1.0.0\n\texample.com/m v1.0.0\n)\n\nreplace (\n\texample.com/l => ./link\n\texample.com/m => ./m\n)\n' > q/go.mod; printf 'package q\n\nimport (\n\t_ "example.com/l"\n\t_ "example.com/m"\n)\n' > q/q.go
$ printf 'module example.com/l\n\ngo 1.21\n' > q/real/go.mod; echo 'package l' > q/real/l.go; ln -s real q/link; printf 'module example.com/m\n\ngo 1.21\n' > q/m.mod; ln -s ../m.mod q/m/go.mod; echo 'package m' > q/m/m.go
$ (cd q && GOFLAGS= GOPROXY=off go build ./...); modferry resolve q --level build | head -1
level build: 0 modules with their zip, 0 with their go.mod alone
$ rm q/link; ln -s go.mod q/link; modferry resolve q --level build
modferry: example.com/l@v1.0.0 (replaced by ./link): reading ./link/go.mod: open <DIR>/q/link/go.mod: no such file or directory
  next: correct the path of the replacement, or write a go.mod there
? 1
