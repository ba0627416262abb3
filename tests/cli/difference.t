% only modferry
# A difference: what the far side holds is left out, and taken from a tree, a cache or a bundle.

$ cat > spec <<'X'
> -- example.com/same@v1.0.0 --
> go 1.21
> + same.txt
> -- example.com/lib@v1.0.0 --
> go 1.21
> + lib.txt <- old\n
> -- example.com/lib@v1.1.0 --
> go 1.21
> + lib.txt <- new\n
> X
$ mkproxy proxy < spec
$ mkdir old new
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/lib v1.0.0\n\texample.com/same v1.0.0\n)\n' > old/go.mod
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/lib v1.1.0\n\texample.com/same v1.0.0\n)\n' > new/go.mod
$ modferry keygen --no-password --secret k --public k.pub > keys
$ modferry pack old --level all --allow-missing-sum --key k -o old.b --quiet > out 2>&1
$ modferry pack new --level all --allow-missing-sum --key k -o full.b --quiet > out 2>&1
$ modferry pack new --level all --allow-missing-sum --key k -o diff.b --base old.b --quiet
modferry: warning: go.sum of new lacks 2 lines that go asks for (example.com/lib v1.1.0/go.mod): `go mod tidy` adds what is missing
packed  diff.b
id      837c16108a5eba74a29319618fce33b453c0797452a75ee9d9d57110699aa6c6
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 3 records
size    <ANY>
base    1 modules are left out, because they are held
zips    1 modules travel as zips, which are not compressed after anything

# the same id
$ modferry list full.b --pubkey k.pub | grep '^bundle id' > full.id
$ modferry list diff.b --pubkey k.pub | grep '^bundle id' | diff - full.id
$ modferry-offline list diff.b --pubkey k.pub | tail -4
modules    2 (0 with a go.mod alone)
difference 1 of them are left out, because the far side holds them
  example.com/lib v1.1.0  48 bytes
  example.com/same v1.0.0  54 bytes, held
$ modferry-offline list diff.b --pubkey k.pub --json | grep '"form"'
      "form": "zip",
      "form": "held",

# without what it was made from
$ modferry-offline verify diff.b --pubkey k.pub
modferry: verify: the bundle is a difference, and nothing is named that holds the rest of it
  next: pass with --base the tree or bundle that it was made for, or ask for a full bundle
? 1
$ modferry-offline unpack diff.b --pubkey k.pub --proxy tree
modferry: unpack into tree: tree lacks 1 of 1 modules that the difference is made from: example.com/same@v1.0.0
  next: pass with --base the tree or bundle that it was made for, or ask for a full bundle
? 1
$ ls tree
$ modferry-offline cat diff.b example.com/same@v1.0.0/same.txt --pubkey k.pub
modferry: cat: the bundle is a difference, and nothing is named that holds the rest of it
  next: pass with --base the tree or bundle that it was made for, or ask for a full bundle
? 1
$ modferry-offline cat diff.b example.com/lib@v1.1.0/lib.txt --pubkey k.pub
new
$ modferry fits new diff.b --pubkey k.pub
modferry: fits diff.b: diff.b is a difference: it does not hold all that it stands for
  next: ask about the tree that it was unpacked into, or about the full bundle that `modferry expand` makes
? 1
$ modferry-offline verify diff.b --pubkey k.pub --base diff.b
modferry: verify: --base: diff.b is a difference itself
  next: name the tree that it was unpacked into, or expand it first with `modferry expand`
? 1
$ modferry-offline verify diff.b --pubkey k.pub --base none
modferry: verify: --base: open none: No such file or directory
  next: check the name
? 5

# from a bundle, a tree, and the tree that is filled
$ modferry-offline verify diff.b --pubkey k.pub --base old.b | grep -v '^comment\|^signed'
verified   diff.b
bundle id  837c16108a5eba74a29319618fce33b453c0797452a75ee9d9d57110699aa6c6
level      all
modules    2 (0 with a go.mod alone)
proved     2 modules by sumdb.modferry.test
content    165 bytes
$ modferry-offline cat diff.b example.com/same@v1.0.0/same.txt --pubkey k.pub --base old.b
same.txt
$ modferry-offline unpack old.b --pubkey k.pub --proxy tree --quiet > out
$ modferry-offline unpack diff.b --pubkey k.pub --modcache cache --base tree | grep '^difference\|^modules'
difference 1 modules are left out: taken from tree
modules    published 2, present 0, replaced 0
$ modferry-offline unpack diff.b --pubkey k.pub --proxy tree | grep '^difference\|^modules'
difference 1 modules are left out: taken from tree
modules    published 1, present 1, replaced 0
$ modferry-offline check tree | tail -1
found      ok 6, changed 0, missing 0, unrecorded 0
$ cat tree/example.com/lib/@v/list
v1.0.0
v1.1.0

# in full again
$ modferry-offline expand diff.b --pubkey k.pub --base tree -o expanded.b | tail -2
size    <ANY>
unsigned: add a signature with `modferry sign expanded.b --key FILE`
$ modferry pack new --level all --allow-missing-sum -o unsigned.b --quiet > out 2>&1
$ modferry-offline diff expanded.b unsigned.b --allow-unsigned
UNVERIFIED
no differences between the modules
$ modferry-offline expand full.b --pubkey k.pub --base tree -o x
modferry: expand: full.b is no difference: it is complete as it is
  usage: modferry-offline expand DIFFERENCE --base PLACE -o FILE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline expand --help`
? 2
$ modferry-offline expand diff.b --pubkey k.pub -o x
modferry: expand: --base PLACE is needed: the tree or bundle that holds the rest
  usage: modferry-offline expand DIFFERENCE --base PLACE -o FILE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline expand --help`
? 2
$ modferry-offline expand diff.b --pubkey k.pub --base tree
modferry: expand: -o FILE is needed: where the full bundle goes
  usage: modferry-offline expand DIFFERENCE --base PLACE -o FILE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline expand --help`
? 2

# whose base
$ modferry keygen --no-password --secret other --public other.pub > keys
$ modferry pack new --level all --allow-missing-sum --key other -o x --base old.b --quiet
modferry: --base: check the signatures of old.b: signed with key <HEX>; trusted is <HEX>
  next: pass the signer's public key with --pubkey, or have a trusted key sign it
? 1
$ modferry pack new --level all --allow-missing-sum -o x --base old.b --quiet
modferry: --base: whose signature is to be trusted was not said
  usage: modferry pack [ROOT...] -o FILE|- [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--allow-missing-sum] [--key FILE]... [--payload FORM] [--compress N] [--jobs N] [--since-head FILE] [--no-sumdb] [--channel NAME] [--counter N] [--expires WHEN] [--attach-trust FILE] [--base FILE] [--offline] [--dry-run]
  next: pass the signer's public key with --pubkey FILE, a trust document with --trust FILE, or accept unchecked content with --allow-unsigned
? 2
$ modferry pack new --level all --allow-missing-sum -o x --pubkey k.pub --quiet
modferry: --pubkey, --trust and --allow-unsigned go with --base FILE, a bundle
  usage: modferry pack [ROOT...] -o FILE|- [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--allow-missing-sum] [--key FILE]... [--payload FORM] [--compress N] [--jobs N] [--since-head FILE] [--no-sumdb] [--channel NAME] [--counter N] [--expires WHEN] [--attach-trust FILE] [--base FILE] [--offline] [--dry-run]
  next: run `modferry pack --help`
? 2
$ modferry pack new --level all --allow-missing-sum -o x --base spec --allow-unsigned --quiet
modferry: --base: spec: does not begin as a bundle does
  next: pass a file that `modferry pack` wrote
? 4
$ modferry pack new --level all --allow-missing-sum -o by-record.b --base tree/.modferry/installed --quiet
modferry: warning: go.sum of new lacks 2 lines that go asks for (example.com/lib v1.1.0/go.mod): `go mod tidy` adds what is missing
packed  by-record.b
id      837c16108a5eba74a29319618fce33b453c0797452a75ee9d9d57110699aa6c6
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 3 records
size    <ANY>
base    2 modules are left out, because they are held
unsigned: add a signature with `modferry sign by-record.b --key FILE`

# A record of a cache without zips: nobody there can read them.
$ modferry-offline unpack old.b --pubkey k.pub --modcache bare --no-zips --quiet > out
$ modferry pack new --level all --allow-missing-sum -o by-bare.b --base bare/.modferry/installed --quiet 2>&1 | grep base
modferry: warning: --base bare/.modferry/installed: a GOMODCACHE without zips is no base: 2 modules of it count as not held
base    0 modules are left out, because they are held
$ modferry-offline unpack diff.b --pubkey k.pub --proxy nothing --base bare
modferry: unpack into nothing: bare lacks 1 of 1 modules that the difference is made from: example.com/same@v1.0.0
  next: pass with --base the tree or bundle that it was made for, or ask for a full bundle
? 1

# A record that was damaged vouches for nothing; the zips are read.
$ cp -r tree torn; head -c -9 tree/.modferry/installed > torn/.modferry/installed
$ modferry-offline verify diff.b --pubkey k.pub --base torn | grep ^content
content    165 bytes

# A manifest or a record may come by a pipe, a bundle not.
$ modferry-offline list old.b --pubkey k.pub --manifest - | modferry pack new --level all --allow-missing-sum -o by-pipe.b --base - --quiet 2>&1 | grep ^base
base    1 modules are left out, because they are held
$ cat tree/.modferry/installed | modferry pack new --level all --allow-missing-sum -o by-pipe.b --base /dev/stdin --quiet 2>&1 | grep ^base
base    2 modules are left out, because they are held
$ cat old.b | modferry pack new --level all --allow-missing-sum -o by-pipe.b --base - --pubkey k.pub --quiet 2>&1 | head -1
modferry: --base: standard input is a pipe, from which a manifest can be read, but no bundle
