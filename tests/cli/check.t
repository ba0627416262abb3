$ mkbundle u.tar.zst
$ modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned > /dev/null
$ modferry-offline unpack u.tar.zst --modcache cache --allow-unsigned > /dev/null
$ modferry-offline check tree
checked    tree (proxy tree)
modules    3, 1.2 kB read
found      ok 5, changed 0, missing 0, unrecorded 0
$ modferry-offline check cache
checked    cache (GOMODCACHE)
modules    3, 1.4 kB read
found      ok 9, changed 0, missing 0, unrecorded 0
$ modferry-offline check tree --quick | tail -1
found      ok 5, changed 0, missing 0, unrecorded 0
$ modferry-offline check tree --json --jobs 1
{
  "directory": "tree",
  "kind": "proxy",
  "good": true,
  "modules": 3,
  "ok": 5,
  "changed": 0,
  "missing": 0,
  "unrecorded": 0,
  "bytes": 1186,
  "sumdb": {
    "name": null,
    "lookups": 0,
    "complete": false,
    "exempt": []
  },
  "findings": []
}

# Changed and missing: exit status 1.
$ flip tree/example.com/alpha/@v/v1.2.0.zip -30; rm tree/example.com/gamma/@v/v1.0.0.mod
$ modferry-offline check tree
changed    example.com/alpha@v1.2.0 zip: expected h1:a44koR9jRAm1eMdzvP5WkCdFf0Kqee0LzwI8EW8Uk1A=, found: "example.com/alpha@v1.2.1/go.mod": path does not have prefix "example.com/alpha@v1.2.0/"
missing    example.com/gamma@v1.0.0 mod
checked    tree (proxy tree)
modules    3, 538 bytes read
found      ok 3, changed 1, missing 1, unrecorded 0
modferry: check tree: 1 changed, 1 missing
  next: find out what changed it; then remove tree/.modferry/installed and unpack the bundle again: what is wrong is replaced
? 1
$ modferry-offline check tree --json 2>/dev/null | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["good"], d["changed"], d["missing"], [(f["verdict"], f["path"], f["what"]) for f in d["findings"]])'
False 1 1 [('changed', 'example.com/alpha', 'zip'), ('missing', 'example.com/gamma', 'mod')]
$ chmod -R u+w cache; echo '// more' >> cache/example.com/beta@v0.3.1/beta.go
$ modferry-offline check cache
changed    example.com/beta@v0.3.1 dir: expected h1:21202G8fZTrWiLY24P5gU69n9DCD4jtdEn4o5xKToeQ=, found h1:qEOk7S98gdlrZruxgTC47SIt4sgEBfbolat2YbDLC84=
checked    cache (GOMODCACHE)
modules    3, 1.4 kB read
found      ok 8, changed 1, missing 0, unrecorded 0
modferry: check cache: 1 changed, 0 missing
  next: find out what changed it; then remove cache/.modferry/installed and unpack the bundle again: what is wrong is replaced
? 1

# Unpacking again puts it right, deep inside a directory as well.
$ rm tree/.modferry/installed; modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned > /dev/null; modferry-offline check tree | tail -1
found      ok 5, changed 0, missing 0, unrecorded 0
$ rm cache/.modferry/installed; modferry-offline unpack u.tar.zst --modcache cache --allow-unsigned > /dev/null; modferry-offline check cache | tail -1
found      ok 9, changed 0, missing 0, unrecorded 0

$ mkdir empty; modferry-offline check empty
modferry: check empty: there is no record of modferry in it: not a tree that it filled
  usage: modferry-offline check DIR [--quick] [--json] [--jobs N]
  next: run `modferry-offline check --help`
? 2
$ modferry-offline check none
modferry: check none: open none: No such file or directory
  next: check the name
? 5
