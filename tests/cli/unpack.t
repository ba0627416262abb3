$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle s.tar.zst; modferry-offline sign s.tar.zst --key a.key > /dev/null

# A proxy tree; a second run changes nothing.
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub
unpacked   s.tar.zst
into       tree (proxy tree)
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    published 3, present 0, replaced 0
$ (cd tree && find . -type f -not -path './.modferry/*' | LC_ALL=C sort)
./example.com/alpha/@v/list
./example.com/alpha/@v/v1.2.0.info
./example.com/alpha/@v/v1.2.0.mod
./example.com/alpha/@v/v1.2.0.zip
./example.com/beta/@v/list
./example.com/beta/@v/v0.3.1.info
./example.com/beta/@v/v0.3.1.mod
./example.com/beta/@v/v0.3.1.zip
./example.com/gamma/@v/list
./example.com/gamma/@v/v1.0.0.info
./example.com/gamma/@v/v1.0.0.mod
$ cat tree/example.com/beta/@v/list tree/example.com/beta/@v/v0.3.1.info
v0.3.1
{"Version":"v0.3.1","Time":"2023-05-06T07:08:09Z"}
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub
unpacked   s.tar.zst
into       tree (proxy tree)
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    published 0, present 3, replaced 0: nothing changed
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub --json
{
  "verified": true,
  "bundle": "s.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "manifest_sha256": "<HEX>",
  "signer": {
    "key_id": "<HEX>",
    "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
  },
  "level": "build",
  "kind": "proxy",
  "target": "tree",
  "modules": 3,
  "published": 0,
  "present": 3,
  "replaced": 0,
  "proved": 0,
  "rebuilt_differently": 0,
  "zips": true,
  "changed": false
}

# What is there but wrong is reported and replaced.
$ echo forged > tree/example.com/beta/@v/v0.3.1.zip
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub | tail -1
modules    published 1, present 2, replaced 1
$ modferry-offline unpack - --proxy tree --pubkey a.pub < s.tar.zst | tail -1
modules    published 0, present 3, replaced 0: nothing changed

# The zip sent as files and the one sent as zip are the same.
$ mkbundle z.tar.zst --zips; modferry-offline unpack z.tar.zst --proxy zips --allow-unsigned
UNVERIFIED
unpacked   z.tar.zst
into       zips (proxy tree)
signed by  nobody was checked
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    published 3, present 0, replaced 0
$ diff -r -x .modferry tree zips

# A GOMODCACHE.
$ modferry-offline unpack s.tar.zst --modcache cache --pubkey a.pub
unpacked   s.tar.zst
into       cache (GOMODCACHE)
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    published 3, present 0, replaced 0
$ (cd cache && find . -type f -not -path './.modferry/*' -not -path './cache/lock' | LC_ALL=C sort)
./cache/download/example.com/alpha/@v/list
./cache/download/example.com/alpha/@v/v1.2.0.info
./cache/download/example.com/alpha/@v/v1.2.0.lock
./cache/download/example.com/alpha/@v/v1.2.0.mod
./cache/download/example.com/alpha/@v/v1.2.0.zip
./cache/download/example.com/alpha/@v/v1.2.0.ziphash
./cache/download/example.com/beta/@v/list
./cache/download/example.com/beta/@v/v0.3.1.info
./cache/download/example.com/beta/@v/v0.3.1.lock
./cache/download/example.com/beta/@v/v0.3.1.mod
./cache/download/example.com/beta/@v/v0.3.1.zip
./cache/download/example.com/beta/@v/v0.3.1.ziphash
./cache/download/example.com/gamma/@v/list
./cache/download/example.com/gamma/@v/v1.0.0.info
./cache/download/example.com/gamma/@v/v1.0.0.mod
./example.com/alpha@v1.2.0/LICENSE
./example.com/alpha@v1.2.0/alpha.go
./example.com/alpha@v1.2.0/go.mod
./example.com/beta@v0.3.1/beta.go
./example.com/beta@v0.3.1/go.mod
$ modferry-offline unpack s.tar.zst --modcache cache --pubkey a.pub --json
{
  "verified": true,
  "bundle": "s.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "manifest_sha256": "<HEX>",
  "signer": {
    "key_id": "<HEX>",
    "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
  },
  "level": "build",
  "kind": "modcache",
  "target": "cache",
  "modules": 3,
  "published": 0,
  "present": 3,
  "replaced": 0,
  "proved": 0,
  "rebuilt_differently": 0,
  "zips": true,
  "changed": false
}

# Nothing appears from a bundle that nobody trusted signed.
$ mkbundle u.tar.zst
$ modferry-offline unpack u.tar.zst --proxy none --pubkey a.pub
modferry: unpack into none: check the signatures of u.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ ls none
ls: cannot access 'none': No such file or directory
? 2
$ modferry-offline unpack u.tar.zst --proxy none/deep/er/ --pubkey a.pub 2>&1 | head -1; ls none
modferry: unpack into none/deep/er/: check the signatures of u.tar.zst: it carries no signature
ls: cannot access 'none': No such file or directory
? 2
$ mkdir there; modferry-offline unpack u.tar.zst --modcache "$PWD/there/deep" --pubkey a.pub 2> /dev/null; ls -A there
$ modferry-offline unpack u.tar.zst --proxy there --pubkey a.pub 2> /dev/null; ls -A there
$ modferry-offline unpack u.tar.zst --proxy unsigned --allow-unsigned --json
{
  "verified": false,
  "bundle": "u.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "manifest_sha256": "<HEX>",
  "signer": null,
  "level": "build",
  "kind": "proxy",
  "target": "unsigned",
  "modules": 3,
  "published": 3,
  "present": 0,
  "replaced": 0,
  "proved": 0,
  "rebuilt_differently": 0,
  "zips": true,
  "changed": true
}

# A damaged one publishes no module that is not right.
$ cp s.tar.zst x; flip x -300; modferry-offline unpack x --proxy damaged --pubkey a.pub
modferry: unpack into damaged: x: frame 2: its SHA-256 is not the one in the manifest
  next: do not use this content; find out where it was changed
? 1
$ find damaged -name '*.zip'
