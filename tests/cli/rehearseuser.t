% only modferry
% when go version && setpriv --reuid 65534 --clear-groups unshare -rn true

# Another user, to whom the project belongs to somebody else: it is read and no more.
$ printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n' | mkproxy proxy --sum all.sum; mkdir -p p/lib; chmod 755 . ..; mkdir -m 777 tmp
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/b v1.1.0\n' > p/go.mod; cp all.sum p/go.sum; printf 'package lib\n\nimport _ "example.com/b"\n' > p/lib/lib.go
$ modferry pack p -o out --quiet > /dev/null
$ chmod -R a-w p; find p -exec stat -c '%n %a %Y %Z %s' {} + > before
$ TMPDIR=$PWD/tmp HOME=/nonexistent setpriv --reuid 65534 --clear-groups modferry rehearse out --allow-unsigned --root p | tail -16
root       example.com/p
  ok       go build ./...  <N>.<N> s
  ok       go list -deps ./...  <N>.<N> s
  ok       go list -m all  <N>.<N> s
  ok       go mod graph  <N>.<N> s
  ok       go mod verify  <N>.<N> s
  ok       go run PACKAGE (as go build ./...)  <N>.<N> s
  skipped  go test ./...: runs code of the modules, and --run-tests was not given
  ok       go vet ./...  <N>.<N> s
  ok       go mod tidy  <N>.<N> s
  ok       go mod vendor  <N>.<N> s
  ok       go mod why -m all  <N>.<N> s
  ok       go get ./...  <N>.<N> s
  ok       go test all (as go list -test -deps all)  <N>.<N> s
  ok       go mod download  <N>.<N> s
result     13 ok, 0 failed, 1 skipped
$ find p -exec stat -c '%n %a %Y %Z %s' {} + | cmp - before; ls -A tmp
$ chmod 0 p/lib; TMPDIR=$PWD/tmp setpriv --reuid 65534 --clear-groups modferry rehearse out --allow-unsigned --root p | tail -3; ls -A tmp
modferry: rehearse out: example.com/p: go build ./...: copy <DIR>/p: lib: open it: Permission denied
  next: check owner and permissions of that path
go         <ANY>
note       packed for every platform, rehearsed for this one
root       example.com/p
$ chmod 0 p/go.mod; TMPDIR=$PWD/tmp setpriv --reuid 65534 --clear-groups modferry rehearse out --allow-unsigned --root p | tail -1
modferry: rehearse out: root p: open go.mod: Permission denied
  next: check owner and permissions of that path
$ TMPDIR=$PWD setpriv --reuid 65534 --clear-groups modferry rehearse out --allow-unsigned --root p/lib
modferry: rehearse out: root p/lib: open directory <DIR>/p/lib: Permission denied
  next: check owner and permissions of that path
? 5
