% only modferry

$ mkproxy proxy --sum p/go.sum < $REPO/tests/cli/small.proxy
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/c v1.0.0\n)\n' > p/go.mod

# The closure, as text, as JSON and as the graph that go shows.
$ modferry resolve --level all p
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
example.com/c@v1.0.0  <ANY>
level all: 3 modules with their zip, 0 with their go.mod alone
* level all    3 zips, <ANY>
$ cd p && modferry resolve --level all --json
{
  "level": "all",
  "go": "1.21",
  "zips": 3,
  "levels": {
    "all": {
      "zips": 3,
      "zip_size": <N>,
      "unknown_sizes": 0
    }
  },
  "roots": [
    {
      "path": "example.com/p"
    }
  ],
  "modules": [
    {
      "path": "example.com/a",
      "version": "v1.0.0",
      "only_mod": false,
      "mod_h1": "h1:1AfLgYwbucMty+ZPmNYWfJ4gt4g8IwNn0VlR3ML8l6E=",
      "mod_in_go_sum": true,
      "level": "all",
      "zip_size": <N>
    },
    {
      "path": "example.com/b",
      "version": "v1.1.0",
      "only_mod": false,
      "mod_h1": "h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=",
      "mod_in_go_sum": true,
      "level": "all",
      "zip_size": <N>
    },
    {
      "path": "example.com/c",
      "version": "v1.0.0",
      "only_mod": false,
      "mod_h1": "h1:zIengBQ9QGWwm1FqmpBDkopV1KGRlQ/baSVx5FBoIkA=",
      "mod_in_go_sum": true,
      "level": "all",
      "zip_size": <N>
    }
  ]
}
$ modferry resolve --level all p --graph
example.com/p example.com/a@v1.0.0
example.com/p example.com/c@v1.0.0
example.com/p go@1.21
example.com/a@v1.0.0 example.com/b@v1.1.0
example.com/a@v1.0.0 go@1.21
example.com/c@v1.0.0 example.com/b@v1.0.0
example.com/c@v1.0.0 go@1.21
go@1.21 toolchain@go1.21
$ modferry resolve --level all example.com/a@v1.0.0
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ modferry resolve --level all example.com/a@v1.0.0 --graph
command-line-arguments example.com/a@v1.0.0
example.com/a@v1.0.0 example.com/b@v1.1.0
example.com/a@v1.0.0 go@1.21
$ modferry resolve --level all example.com/a@v1.0.0 p example.com/b@v1.0.0 --json | jq -c '[.roots[]], [.modules[] | .path + "@" + .version]'
[{"path":"example.com/a","version":"v1.0.0","query":"example.com/a@v1.0.0"},{"path":"example.com/b","version":"v1.0.0","query":"example.com/b@v1.0.0"},{"path":"example.com/p"}]
["example.com/a@v1.0.0","example.com/b@v1.0.0","example.com/b@v1.1.0","example.com/c@v1.0.0"]
$ modferry resolve --level all p p
modferry: two roots are the same module: p and p
  usage: modferry resolve <ANY>
  next: name it once
? 2

# The same to be drawn, one picture of all roots.
$ modferry resolve --level all p --graph=text | head -1
example.com/p example.com/a@v1.0.0
$ modferry resolve --level all p --graph=dot
digraph modules {
	rankdir=LR;
	node [shape=box];
	"example.com/a@v1.0.0";
	"example.com/b@v1.0.0" [style=dashed, color=gray50, fontcolor=gray50];
	"example.com/b@v1.1.0";
	"example.com/c@v1.0.0";
	"example.com/p" [style=bold];
	"example.com/a@v1.0.0" -> "example.com/b@v1.1.0";
	"example.com/c@v1.0.0" -> "example.com/b@v1.0.0";
	"example.com/p" -> "example.com/a@v1.0.0";
	"example.com/p" -> "example.com/c@v1.0.0";
}
$ modferry resolve --level all p example.com/a@v1.0.0 --graph=mermaid
flowchart LR
	classDef main stroke-width:3px
	classDef passed stroke-dasharray:4,color:#777
	n0["command-line-arguments"]:::main
	n1["example.com/a@v1.0.0"]
	n2["example.com/b@v1.0.0"]:::passed
	n3["example.com/b@v1.1.0"]
	n4["example.com/c@v1.0.0"]
	n5["example.com/p"]:::main
	n0 --> n1
	n1 --> n3
	n4 --> n2
	n5 --> n1
	n5 --> n4
$ modferry resolve --level all p --graph=svg 2>&1 | head -1
modferry: --graph=svg: the forms are text, dot and mermaid
$ modferry resolve --level all p --graph --json
modferry: --graph and --json exclude one another
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
{
  "error": {
    "code": "usage",
    "text": "--graph and --json exclude one another",
    "next": "run `modferry resolve --help`"
  }
}
? 2
$ modferry resolve p --level most
modferry: --level most: the levels are build, test, tidy and all
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2
$ modferry resolve --level all p --compress 3
modferry: resolve: unknown option --compress
  usage: modferry resolve <ANY>
  next: run `modferry resolve --help`
? 2

# Nothing but go.mod files was fetched, and now it works without a network.
$ cd ~/.cache/modferry/download; find . -type f | LC_ALL=C sort
./example.com/a/@v/v1.0.0.info
./example.com/a/@v/v1.0.0.mod
./example.com/b/@v/v1.0.0.info
./example.com/b/@v/v1.0.0.mod
./example.com/b/@v/v1.1.0.mod
./example.com/c/@v/v1.0.0.mod
$ GOPROXY=off modferry resolve --level all p | head -1
example.com/a@v1.0.0  ?
$ modferry resolve --level all p --offline | head -1
example.com/a@v1.0.0  ?
$ modferry pack --level all p -o out > /dev/null; modferry resolve --level all p --offline
example.com/a@v1.0.0  <ANY>
example.com/b@v1.1.0  <ANY>
example.com/c@v1.0.0  <ANY>
level all: 3 modules with their zip, 0 with their go.mod alone
* level all    3 zips, <ANY>

# The same as go.
$ cd p && GOFLAGS=-mod=mod GOTOOLCHAIN=local go mod graph > ../go.txt && cd .. && modferry resolve --level all p --graph | diff - go.txt
