% only modferry

# A static proxy: three versions of one module, two of them retracted by the newest.
$ cat > publish <<'END'
> import json, os, sys, zipfile
> path, version, extra = sys.argv[1], sys.argv[2], sys.argv[3].encode().decode("unicode_escape")
> at = f"proxy/{path}/@v"
> os.makedirs(at, exist_ok=True)
> mod = extra.replace("PATH", path) if "module" in extra else f"module {path}\n\ngo 1.21\n{extra}"
> open(f"{at}/{version}.mod", "w").write(mod)
> json.dump({"Version": version, "Time": "2024-01-01T00:00:00Z"}, open(f"{at}/{version}.info", "w"))
> with zipfile.ZipFile(f"{at}/{version}.zip", "w") as z:
>     z.writestr(f"{path}@{version}/go.mod", mod)
> if "-2024" not in version:
>     open(f"{at}/list", "a").write(version + "\n")
> END
> echo 'export GOPROXY=file://$PWD/proxy GOENV=off XDG_CACHE_HOME=$PWD/cache' > env
> python3 publish example.com/tool v1.0.0 'require example.com/lib v1.0.0\n'
> python3 publish example.com/tool v1.1.0 ''
> python3 publish example.com/tool v1.2.0 '// Deprecated: use example.com/other.\nmodule PATH\n\nretract [v1.1.0, v1.2.0] // writes to the wrong file\n'
> python3 publish example.com/lib v1.0.0 ''
> python3 publish example.com/lib v1.0.1 'retract v1.0.0 // panics\n'
> python3 publish example.com/tool v0.0.0-20240101000000-abcdefabcdef ''
> cp proxy/example.com/tool/@v/v0.0.0-20240101000000-abcdefabcdef.info proxy/example.com/tool/@v/main.info
> cp proxy/example.com/tool/@v/v1.1.0.info proxy/example.com/tool/@v/dev.info
> python3 $REPO/tests/sumdb/testdb.py proxy

# The newest version that is not retracted; a package path finds its module.
$ . ./env; modferry resolve --level all example.com/tool/cmd/x@latest
modferry: warning: module example.com/tool is deprecated: use example.com/other.
root    example.com/tool@v1.0.0 (example.com/tool/cmd/x@latest)
example.com/lib@v1.0.0  <ANY>
example.com/tool@v1.0.0  <ANY>
level all: 2 modules with their zip, 0 with their go.mod alone
* level all    2 zips, <ANY>
$ . ./env; modferry resolve --level all example.com/tool@v1.1.0
example.com/tool@v1.1.0  <ANY>
level all: 1 modules with their zip, 0 with their go.mod alone
* level all    1 zips, <ANY>
$ . ./env; modferry resolve --level all example.com/tool@main 2>/dev/null | head -1
root    example.com/tool@v0.0.0-20240101000000-abcdefabcdef (example.com/tool@main)

# What go says where there is nothing to find.
$ . ./env; modferry resolve --level all example.com/tool@v9
modferry: root example.com/tool@v9: module example.com/tool: no matching versions for query "v9"
  next: see which versions there are with `go list -m -versions example.com/tool`
? 3
$ . ./env; modferry resolve --level all example.com/tool@nosuch
modferry: root example.com/tool@nosuch: example.com/tool@nosuch: unknown revision nosuch (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
? 3
$ . ./env; modferry resolve --level all example.com/tool@dev
modferry: root example.com/tool@dev: example.com/tool@v1.1.0: retracted by module author: writes to the wrong file
  next: <ANY>
? 1
$ . ./env; for q in none patch '<=v1' '<x' a/b -x ''; do modferry resolve --level all "example.com/tool@$q" 2>&1 | head -1; done
modferry: root example.com/tool@none: invalid version: "none" takes a requirement away, and a root is one
modferry: root example.com/tool@patch: can't query version "patch" of module example.com/tool: no existing version is required
modferry: root example.com/tool@<=v1: ambiguous semantic version "v1" in range "<=v1"
modferry: root example.com/tool@<x: invalid semantic version "x" in range "<x"
modferry: root example.com/tool@a/b: example.com/tool@a/b: invalid version: version "a/b" invalid: disallowed version string
modferry: root example.com/tool@-x: invalid module version "-x"
modferry: root example.com/tool@: invalid module version syntax "example.com/tool@"

# Retractions of every module, on request.
$ . ./env; modferry resolve --level all example.com/tool@v1.0.0 --retractions --json
modferry: warning: example.com/lib@v1.0.0 is retracted: panics
modferry: warning: module example.com/tool is deprecated: use example.com/other.
<LINES>
      "retracted": "panics"
<LINES>

# Roots from a file; queries that end at one module are one root.
$ cat > roots <<'END'
> # approved
> example.com/tool@latest
>   example.com/tool/cmd/x@v1.0.0  # the command
> 
> example.com/lib@>=v1.0.1
> END
> . ./env; modferry pack --level all --roots roots -o b.tar.zst --quiet 2>/dev/null
packed  b.tar.zst
root    example.com/lib@v1.0.1 (example.com/lib@>=v1.0.1)
root    example.com/tool@v1.0.0 (example.com/tool/cmd/x@v1.0.0)
id      23b57879e9269bcad14a85f709308979c242fe2460f029e4e20d9d5adf7f1e89
modules 3 with their zip, 0 with their go.mod alone
proved  3 modules by sumdb.modferry.test, tree of 6 records
size    <ANY>
unsigned: add a signature with `modferry sign b.tar.zst --key FILE`
$ modferry list b.tar.zst --allow-unsigned --manifest m.json >/dev/null
> python3 -c 'import json; m = json.load(open("m.json")); print(m["statement"]["queries"]); print(m["content"]["roots"])
> for a, b in zip(m["content"]["modules"], m["provenance"]["modules"]): print(a["path"], a["version"], b.get("retracted"), b.get("deprecated"))'
['example.com/lib@>=v1.0.1', 'example.com/tool/cmd/x@v1.0.0', 'example.com/tool@latest']
[{'path': 'example.com/lib', 'version': 'v1.0.1'}, {'path': 'example.com/tool', 'version': 'v1.0.0'}]
example.com/lib v1.0.0 panics None
example.com/lib v1.0.1 None None
example.com/tool v1.0.0 None use example.com/other.
$ python3 "$REPO/tests/reader/bundle_reader.py" b.tar.zst >/dev/null
$ echo '# none' > empty; . ./env; modferry resolve --level all --roots empty 2>&1 | head -2
modferry: --roots empty: the file names no root
  usage: <ANY>

# Without network the store answers: the versions that it holds.
$ . ./env; rm -r proxy; modferry resolve --level all --offline --quiet example.com/tool@latest example.com/lib@v1 2>/dev/null | head -2
root    example.com/lib@v1.0.1 (example.com/lib@v1)
root    example.com/tool@v1.0.0 (example.com/tool@latest)
$ . ./env; modferry resolve --level all --offline --quiet example.com/other@latest
modferry: root example.com/other@latest: module example.com/other: the store holds no version of it, and the network is off
  next: run it once with the network, or set GOPROXY
? 3
