$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ modferry-offline keygen --secret b.key --public b.pub --no-password > /dev/null
$ mkbundle b.tar.zst

# The signer is shown what he signs.
$ modferry-offline sign b.tar.zst --key a.key -o signed.tar.zst
bundle     b.tar.zst
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
root       example.com/app
level      build
channel    test, counter 1
created    2023-05-06T07:08:09Z
modules    3
unproved   3 of them: no checksum database vouches for them
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
written    signed.tar.zst
$ modferry-offline verify b.tar.zst --pubkey a.pub
modferry: verify: check the signatures of b.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ modferry-offline verify signed.tar.zst --pubkey a.pub
verified   signed.tar.zst
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    3 (1 with a go.mod alone)
content    369 bytes

# In place; a second key; the same key again replaces.
$ modferry-offline sign b.tar.zst --key b.key --trusted-comment 'for the lab'
bundle     b.tar.zst
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
root       example.com/app
level      build
channel    test, counter 1
created    2023-05-06T07:08:09Z
modules    3
unproved   3 of them: no checksum database vouches for them
signed by  <HEX>
comment    for the lab
written    b.tar.zst
$ modferry-offline sign b.tar.zst --key a.key | tail -4
signature  by <HEX> (not checked)
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
written    b.tar.zst
$ modferry-offline sign b.tar.zst --key a.key --trusted-comment again | tail -5
signature  by <HEX> (not checked)
signature  by <HEX> (not checked)
signed by  <HEX>, in place of its earlier signature
comment    again
written    b.tar.zst
$ modferry-offline verify b.tar.zst --pubkey a.pub | head -3
verified   b.tar.zst
signed by  <HEX>
comment    again
$ modferry-offline verify b.tar.zst --pubkey b.pub | head -3
verified   b.tar.zst
signed by  <HEX>
comment    for the lab
$ modferry-offline sign b.tar.zst --key a.key --json
{
  "bundle": "b.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "key_id": "<HEX>",
  "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "replaced": true,
  "level": "build",
  "modules": 3,
  "signatures": 2
}

# The same inputs give the same bytes, and content is not touched.
$ mkbundle c.tar.zst && mkbundle d.tar.zst && cmp c.tar.zst d.tar.zst
$ modferry-offline sign c.tar.zst --key a.key > /dev/null; modferry-offline sign d.tar.zst --key a.key > /dev/null
$ cmp c.tar.zst d.tar.zst
$ tar --zstd -tf c.tar.zst
manifest.json
signatures/<HEX>.minisig
meta/example.com/alpha/@v/v1.2.0.mod
meta/example.com/beta/@v/v0.3.1.mod
meta/example.com/gamma/@v/v1.0.0.mod
src/example.com/alpha@v1.2.0/LICENSE
src/example.com/alpha@v1.2.0/alpha.go
src/example.com/alpha@v1.2.0/go.mod
src/example.com/beta@v0.3.1/beta.go
src/example.com/beta@v0.3.1/go.mod

# Mode and links stay.
$ chmod 600 c.tar.zst; ln -s c.tar.zst link; modferry-offline sign link --key b.key | tail -1
written    link
$ stat -c '%a %F' link c.tar.zst
777 symbolic link
600 regular file

# What cannot be signed.
$ modferry-offline sign none --key a.key
modferry: sign none: open none: No such file or directory
  next: check the name
? 5
$ modferry-offline sign . --key a.key
modferry: sign .: . is a directory
  next: pass a file that `modferry pack` wrote
? 4
$ echo hello > text; modferry-offline sign text --key a.key
modferry: sign text: text: does not begin as a bundle does
  next: pass a file that `modferry pack` wrote
? 4
$ modferry-offline sign c.tar.zst --key a.key -o none/x
modferry: sign c.tar.zst: open directory none: No such file or directory
  next: check the disc and the permissions
? 5
$ modferry-offline sign c.tar.zst --key a.key -o .
modferry: sign c.tar.zst: "." does not name a file
  usage: modferry-offline sign BUNDLE --key FILE [--trusted-comment TEXT] [-o FILE] [--json]
  usage: modferry-offline sign BUNDLE --attach FILE.minisig --pubkey FILE [-o FILE] [--json]
  next: run `modferry-offline sign --help`
? 2
$ modferry-offline sign c.tar.zst --key a.key --trusted-comment "$(head -c 1025 /dev/zero | tr '\0' x)" 2>&1 | grep modferry:
modferry: sign c.tar.zst: the trusted comment is longer than 1024 bytes
$ SOURCE_DATE_EPOCH=soon modferry-offline sign c.tar.zst --key a.key 2>&1 | grep modferry:
modferry: sign c.tar.zst: SOURCE_DATE_EPOCH is not a number of seconds: "soon"
$ cp c.tar.zst cut; truncate -s -100 cut; modferry-offline sign cut --key a.key > /dev/null
modferry: sign cut: read payload: it ends at byte <N>
  next: copy the file again: its end is missing
? 4
$ ls -A | grep tmp
? 1
