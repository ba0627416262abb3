% when minisign -v

# A document that minisign alone signs and checks.
$ minisign -G -W -s m.key -p m.pub > /dev/null
$ modferry-offline keygen -s a.key -p a.pub --no-password > /dev/null
$ modferry-offline trust init team.trust --signer mini=m.pub --signer alice=a.pub --threshold 2 > /dev/null
$ modferry-offline trust show team.trust --document document.json | head -1 | cut -d' ' -f1
version
$ minisign -S -s m.key -m document.json -t 'signed elsewhere' > /dev/null
$ modferry-offline trust sign team.trust --attach document.json.minisig --pubkey a.pub 2>&1 | grep -A1 modferry:
modferry: trust sign team.trust: document.json.minisig is not a signature by a.pub over the newest document
  next: sign the file that `modferry trust show FILE --document OUT` writes
$ modferry-offline trust sign team.trust --attach document.json.minisig --pubkey m.pub | tail -2
signed     1 of 2 that the root of version 1 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust sign team.trust --key a.key | tail -1
signed     2 of 2 that the root of version 1 asks for

# And the other way round; the file by itself is enough for that.
$ head -n 1 team.trust | cmp - document.json
$ sed -n 2,5p team.trust > first.minisig; sed -n 6,9p team.trust > second.minisig
$ minisign -V -p m.pub -m document.json -x first.minisig
Signature and comment signature verified
Trusted comment: signed elsewhere
$ minisign -V -q -p a.pub -m document.json -x second.minisig
$ minisign -V -q -p a.pub -m document.json -x first.minisig 2> /dev/null
? 1
$ flip document.json 20; minisign -V -q -p a.pub -m document.json -x second.minisig
? 1
$ mkbundle b; modferry-offline sign b --key a.key > /dev/null
$ modferry-offline list b --allow-unsigned --manifest manifest.json > /dev/null; minisign -S -s m.key -m manifest.json > /dev/null
$ modferry-offline sign b --attach manifest.json.minisig --pubkey m.pub > /dev/null; modferry-offline verify b --trust team.trust | grep -c 'signed by'
2

# A signature over a trust document is none over a bundle, and none the other way.
$ modferry-offline trust show team.trust --document document.json > /dev/null
$ modferry-offline sign b --attach first.minisig --pubkey m.pub 2>&1 | grep -A1 modferry:
modferry: sign b: first.minisig is not a signature by m.pub over the manifest of this bundle
  next: sign the file that `modferry list BUNDLE --manifest FILE` writes
$ modferry-offline trust sign team.trust --attach manifest.json.minisig --pubkey m.pub 2>&1 | grep -A1 modferry:
modferry: trust sign team.trust: manifest.json.minisig is not a signature by m.pub over the newest document
  next: sign the file that `modferry trust show FILE --document OUT` writes

# A key whose password is empty, which is one to minisign.
$ printf '\n\n' | minisign -G -s e.key -p e.pub > /dev/null 2>&1
$ printf '\n' | modferry-offline sign b --key e.key 2> /dev/null | grep -c '^signed by'
1
$ modferry-offline verify b --pubkey e.pub | head -1
verified   b
