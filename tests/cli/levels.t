% only modferry

# Zips that levels differ in.
$ cat > far <<'END'
> # go with nothing but what the bundle of p at the level $1 holds
> rm -rf tree; modferry pack p --level $1 -o out --quiet > /dev/null && modferry unpack out --proxy tree --allow-unsigned > /dev/null
> shift; cp -r p copy; cd copy && GOPROXY=file://$PWD/../tree GOPATH=$HOME/m GOFLAGS=-modcacherw GOTOOLCHAIN=local go "$@" 2> ../err
> status=$?; [ $status -eq 0 ] || cat ../err; rm -rf ../copy $HOME/m; exit $status
> END

# Go 1.17: `go mod tidy` looks for the packages in the graph without pruning as well. There, example.com is a module, and
# its path is a prefix of an imported one; nothing needs the zip of example.com/c.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.17
> require example.com/b v1.0.0
> -- example.com/b@v1.0.0 --
> go 1.17
> require example.com/c v1.0.0
> require example.com v1.0.0
> -- example.com/c@v1.0.0 --
> go 1.17
> -- example.com@v1.0.0 --
> go 1.17
> END
$ mkproxy proxy --sum p/go.sum < spec
$ printf 'module example.org/p\n\ngo 1.17\n\nrequire example.com/a v1.0.0\n' > p/go.mod; printf 'package p\n\nimport _ "example.com/a"\n' > p/p.go
$ modferry resolve p --level build
example.com/a@v1.0.0  <ANY>
example.com/b@v1.0.0  go.mod only
level build: 1 modules with their zip, 1 with their go.mod alone
* level build  1 zips, <ANY>
$ modferry resolve p --level tidy
example.com@v1.0.0  <ANY>
example.com/a@v1.0.0  <ANY>
example.com/b@v1.0.0  go.mod only
example.com/c@v1.0.0  go.mod only
level tidy: 2 modules with their zip, 2 with their go.mod alone
  level build  1 zips, <ANY>
  level test   1 zips, <ANY>
* level tidy   2 zips, <ANY>
  level all    3 zips, <ANY>
$ modferry resolve p --level all
example.com@v1.0.0  <ANY>
example.com/a@v1.0.0  <ANY>
example.com/b@v1.0.0  <ANY>
example.com/c@v1.0.0  go.mod only
level all: 3 modules with their zip, 1 with their go.mod alone
* level all    3 zips, <ANY>
$ sh far tidy mod tidy; sh far all mod tidy; sh far all mod download all
$ GOPROXY=file://$PWD/proxy GOPATH=$PWD/g GOMODCACHE=$PWD/m GOFLAGS=-modcacherw GOTOOLCHAIN=local sh -c 'cd p && go mod tidy && go mod download all' 2> /dev/null; find m -name '*.zip' | LC_ALL=C sort
m/cache/download/example.com/@v/v1.0.0.zip
m/cache/download/example.com/a/@v/v1.0.0.zip
m/cache/download/example.com/b/@v/v1.0.0.zip

# A go line is the lowest release that will do: a platform stands for it and all later ones, unless --go names one.
$ cat > spec <<'END'
> -- example.com/old@v1.0.0 --
> -- example.com/middle@v1.0.0 --
> -- example.com/new@v1.0.0 --
> END
$ mkproxy proxy --sum q/go.sum < spec
$ printf 'module example.org/q\n\ngo 1.18\n\nrequire example.com/old v1.0.0\nrequire example.com/middle v1.0.0\nrequire example.com/new v1.0.0\n' > q/go.mod
$ cat > file <<'END'
> printf '//go:build %s\n\npackage q\n\nimport _ "example.com/%s"\n' "$2" $1 > q/$1.go
> END
$ sh file old '!go1.19'; sh file middle 'go1.20 && !go1.22'; sh file new go1.21
$ modferry resolve q --level build --platform linux/amd64 | grep -v '^[ *]'
example.com/middle@v1.0.0  <ANY>
example.com/new@v1.0.0  <ANY>
example.com/old@v1.0.0  <ANY>
level build: 3 modules with their zip, 0 with their go.mod alone
$ modferry resolve q --level build --platform linux/amd64 --go 1.18 | grep -v '^[ *]'
example.com/middle@v1.0.0  go.mod only
example.com/new@v1.0.0  go.mod only
example.com/old@v1.0.0  <ANY>
level build: 1 modules with their zip, 2 with their go.mod alone
$ modferry resolve q --level build --platform linux/amd64 --go 1.25 | grep -v '^[ *]'
example.com/middle@v1.0.0  go.mod only
example.com/new@v1.0.0  <ANY>
example.com/old@v1.0.0  go.mod only
level build: 1 modules with their zip, 2 with their go.mod alone

# What is required and not imported: from go 1.17 on, `go mod download` takes it; before, nothing of level tidy does.
$ rm q/*.go; sed -i 's/^go 1.18/go 1.16/' q/go.mod; sh file old go1.1; modferry resolve q | grep -v '^[ *]'
example.com/middle@v1.0.0  go.mod only
example.com/new@v1.0.0  go.mod only
example.com/old@v1.0.0  <ANY>
level tidy: 1 modules with their zip, 2 with their go.mod alone
$ sed -i 's/^go 1.16/go 1.18/' q/go.mod; modferry resolve q | grep -v '^[ *]'
example.com/middle@v1.0.0  <ANY>
example.com/new@v1.0.0  <ANY>
example.com/old@v1.0.0  <ANY>
level tidy: 3 modules with their zip, 0 with their go.mod alone
