% only modferry
% when go version && unshare -rmn mount --bind /tmp /tmp

# Three projects: a module with a link and files of other kinds, a workspace with a replacement, and one that vendors.
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n-- example.com/c@v1.0.0 --\ngo 1.21\nrequire example.com/b v1.1.0\n' | mkproxy proxy --sum all.sum; mkdir -p all/p/lib all/p/.git all/ws/x all/ws/y out
$ cd all/p && printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/c v1.0.0\n\texample.com/b v1.1.0 // indirect\n)\n' > go.mod; cp ../../all.sum go.sum; printf 'package lib\n\nimport _ "example.com/c"\n' > lib/lib.go; ln -s lib/lib.go link.go; echo x > .git/HEAD; chmod 600 go.sum
$ cd all/ws && printf 'go 1.21\n\nuse (\n\t./x\n\t./y\n)\n' > go.work; cp ../../all.sum go.work.sum; printf 'module example.com/x\n\ngo 1.21\n\nrequire example.com/c v1.0.0\n' > x/go.mod; printf 'package x\n\nimport _ "example.com/c"\n' > x/x.go; printf 'module example.com/y\n\ngo 1.21\n' > y/go.mod; printf 'package y\n' > y/y.go; cp ../../all.sum x/go.sum
$ cp -r all/p all/v && (cd all/v && GOFLAGS=-modcacherw GOMODCACHE=$PWD/../../m GOPATH=$PWD/../../g go mod vendor 2> /dev/null) && cat all/v/vendor/modules.txt
# example.com/b v1.1.0
## explicit; go 1.21
# example.com/c v1.0.0
## explicit; go 1.21
example.com/c
$ cat > same <<'END'
> # same COMMAND...: runs it, and says whether anything below all/ is another file, or has other bytes, times, modes or names
> shot() { find all -printf '%p %y %m %u %g %s %T@ %C@ %n %i %l\n' | sort; find all -type f -exec sha256sum {} + | sort; }
> shot > before; "$@" > said 2>&1; status=$?; shot > after; cmp before after && echo "exit $status, untouched"
> END
$ sh ./same touch all/p/go.mod
before after differ: <ANY>
? 1

# Whatever reads a project leaves it as it is, byte for byte and to the nanosecond.
$ for d in p ws/x v; do for l in build test tidy all; do sh ./same modferry resolve all/$d --level $l; sh ./same modferry pack all/$d --level $l -o out/$l; done; done | sort | uniq -c
     24 exit 0, untouched
$ for d in p ws/x v; do sh ./same modferry resolve all/$d --graph; sh ./same modferry resolve all/$d --retractions --json; sh ./same modferry pack all/$d --dry-run; sh ./same sh -c "cd all/$d && modferry pack -o $PWD/out/in"; done | sort | uniq -c
     12 exit 0, untouched
$ for d in p ws v; do sh ./same modferry pack all/$d -o out/$d; sh ./same modferry fits all/$d out/$d --allow-unsigned; sh ./same modferry-offline unpack out/$d --allow-unsigned --proxy out/t-$d; sh ./same modferry fits all/$d out/t-$d; done | sort | uniq -c
     12 exit 0, untouched
$ for d in p v; do sh ./same modferry rehearse out/$d --allow-unsigned --root all/$d --record out/$d.r; tail -2 said; done
exit 0, untouched
recorded   out/p.r
unsigned: add a signature with `modferry sign out/p.r --key FILE`
exit 0, untouched
recorded   out/v.r
unsigned: add a signature with `modferry sign out/v.r --key FILE`
$ sh ./same modferry rehearse out/ws --allow-unsigned --root all/ws/x --root all/ws/y
exit 0, untouched

# Settings of go that make it write change nothing, and neither does a refusal.
$ for f in -mod=mod -mod=vendor -modcacherw; do GOFLAGS=$f sh ./same modferry pack all/v -o out/f; done; GOWORK=off sh ./same modferry pack all/ws/x -o out/f
exit 0, untouched
exit 0, untouched
exit 0, untouched
exit 0, untouched
$ cp -p all/p/go.sum keep; : > all/p/go.sum; sh ./same modferry pack all/p -o out/f; sh ./same modferry pack all/p -o out/f --allow-missing-sum; sh ./same modferry fits all/p out/t-p; cp keep all/p/go.sum
exit 1, untouched
exit 0, untouched
exit 1, untouched

# On a read-only file system, where an attempt to write is an error.
$ cat > closed <<'END'
> mount --bind all all && mount -o remount,ro,bind all && touch all/p/new
> for d in p ws/x v; do sh ./same modferry pack all/$d -o out/closed; sh ./same modferry fits all/$d out/closed --allow-unsigned; done
> sh ./same modferry rehearse out/v --allow-unsigned --root all/v
> END
$ unshare -rm sh ./closed
touch: cannot touch 'all/p/new': Read-only file system
exit 0, untouched
exit 0, untouched
exit 0, untouched
exit 0, untouched
exit 0, untouched
exit 0, untouched
exit 0, untouched
