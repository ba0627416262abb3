$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ modferry-offline keygen --secret b.key --public b.pub --no-password > /dev/null
$ mkbundle u.tar.zst
$ modferry-offline sign u.tar.zst --key a.key -o s.tar.zst > /dev/null

$ modferry-offline verify s.tar.zst --pubkey a.pub
verified   s.tar.zst
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    3 (1 with a go.mod alone)
content    369 bytes
$ modferry-offline verify s.tar.zst --pubkey a.pub --json
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
  "modules": 3,
  "bytes": 369,
  "proved": 0
}
$ modferry-offline verify - -p a.pub < s.tar.zst
verified   standard input
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    3 (1 with a go.mod alone)
content    369 bytes
$ cat s.tar.zst | modferry-offline verify - -pa.pub -j1 | head -1
verified   standard input
$ modferry-offline verify s.tar.zst --pubkey b.pub --pubkey=a.pub --jobs=2 | head -1
verified   s.tar.zst
$ mkbundle z.tar.zst --zips; modferry-offline verify z.tar.zst --allow-unsigned
UNVERIFIED
complete   z.tar.zst
signed by  nobody was checked
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    3 (1 with a go.mod alone)
content    369 bytes

# Without a signature the first line says so.
$ modferry-offline verify u.tar.zst --allow-unsigned
UNVERIFIED
complete   u.tar.zst
signed by  nobody was checked
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    3 (1 with a go.mod alone)
content    369 bytes
$ modferry-offline verify s.tar.zst --allow-unsigned --json
{
  "verified": false,
  "bundle": "s.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "manifest_sha256": "<HEX>",
  "signer": null,
  "level": "build",
  "modules": 3,
  "bytes": 369,
  "proved": 0
}

# Refused: exit status 1.
$ modferry-offline verify u.tar.zst --pubkey a.pub
modferry: verify: check the signatures of u.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ modferry-offline verify s.tar.zst --pubkey b.pub
modferry: verify: check the signatures of s.tar.zst: signed with key <HEX>; trusted is <HEX>
  next: pass the signer's public key with --pubkey, or have a trusted key sign it
? 1
$ modferry-offline verify u.tar.zst --pubkey a.pub --json 2>/dev/null
{
  "error": {
    "code": "unsigned",
    "text": "verify: check the signatures of u.tar.zst: it carries no signature",
    "next": "have it signed with `modferry sign`, or accept the risk with --allow-unsigned"
  }
}
? 1

# Progress as JSON lines ends with one that says so.
$ modferry-offline verify s.tar.zst --pubkey a.pub --progress=json 2>&1 >/dev/null | tail -1
{"event":"end","step":"verify","bytes":<ANY>,"bytes_total":<ANY>,"modules":3,"modules_total":3,"seconds":<ANY>}
$ modferry-offline verify s.tar.zst --pubkey a.pub --quiet 2>&1 >/dev/null
