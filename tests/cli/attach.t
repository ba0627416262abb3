% when minisign -v

# Signing elsewhere, with minisign alone.
$ minisign -G -W -s m.key -p m.pub > /dev/null
$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle b.tar.zst
$ modferry-offline list b.tar.zst --allow-unsigned --manifest manifest.json
UNVERIFIED
manifest   manifest.json
sha256     <HEX>
$ minisign -S -s m.key -m manifest.json -t 'signed elsewhere' > /dev/null
$ modferry-offline sign b.tar.zst --attach manifest.json.minisig --pubkey m.pub -o s.tar.zst
bundle     b.tar.zst
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
root       example.com/app
level      build
channel    test, counter 1
created    2023-05-06T07:08:09Z
modules    3
unproved   3 of them: no checksum database vouches for them
signed by  <HEX>
comment    signed elsewhere
written    s.tar.zst
$ modferry-offline verify s.tar.zst --pubkey m.pub | head -3
verified   s.tar.zst
signed by  <HEX>
comment    signed elsewhere
$ modferry-offline sign b.tar.zst --attach manifest.json.minisig --pubkey a.pub -o t.tar.zst > /dev/null
modferry: sign b.tar.zst: manifest.json.minisig is not a signature by a.pub over the manifest of this bundle
  next: sign the file that `modferry list BUNDLE --manifest FILE` writes
? 1
$ ls t.tar.zst
ls: cannot access 't.tar.zst': No such file or directory
? 2
$ mkbundle other.tar.zst --newer
$ modferry-offline sign other.tar.zst --attach manifest.json.minisig --pubkey m.pub 2>&1 | grep -A1 modferry:
modferry: sign other.tar.zst: manifest.json.minisig is not a signature by m.pub over the manifest of this bundle
  next: sign the file that `modferry list BUNDLE --manifest FILE` writes
$ modferry-offline sign b.tar.zst --attach manifest.json --pubkey m.pub 2>&1 | grep -A1 modferry:
modferry: sign b.tar.zst: read the signature manifest.json: signature: the first line does not begin with "untrusted comment:"
  next: pass a file that minisign or `modferry keygen` wrote

# And the other way round: minisign verifies what we sign.
$ modferry-offline sign b.tar.zst --key a.key > /dev/null
$ tar --zstd -xf b.tar.zst manifest.json signatures
$ minisign -V -p a.pub -m manifest.json -x signatures/*.minisig
Signature and comment signature verified
Trusted comment: timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
