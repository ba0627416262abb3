# Files of modules in a bundle, one at a time.
$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle u.tar.zst; modferry-offline sign u.tar.zst --key a.key -o s.tar.zst > /dev/null
$ modferry-offline cat s.tar.zst example.com/alpha@v1.2.0 --pubkey a.pub
LICENSE  16 bytes
alpha.go  84 bytes
go.mod  34 bytes
$ modferry-offline cat s.tar.zst example.com/alpha@v1.2.0/go.mod --pubkey a.pub
module example.com/alpha

go 1.21
$ modferry-offline cat s.tar.zst example.com/alpha@v1.2.0 --pubkey a.pub --json
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
  "path": "example.com/alpha",
  "version": "v1.2.0",
  "files": [
    {
      "name": "LICENSE",
      "size": 16
    },
    {
      "name": "alpha.go",
      "size": 84
    },
    {
      "name": "go.mod",
      "size": 34
    }
  ]
}

# A module that carries its go.mod alone.
$ modferry-offline cat s.tar.zst example.com/gamma@v1.0.0 --pubkey a.pub
go.mod  25 bytes
$ modferry-offline cat s.tar.zst example.com/gamma@v1.0.0/go.mod --pubkey a.pub
module example.com/gamma
$ modferry-offline cat s.tar.zst example.com/gamma@v1.0.0/LICENSE --pubkey a.pub
modferry: cat: example.com/gamma@v1.0.0 has no file LICENSE: it carries its go.mod alone
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
? 2

# The same from zips.
$ mkbundle --zips z.tar.zst
$ modferry-offline cat z.tar.zst example.com/alpha@v1.2.0 --allow-unsigned
UNVERIFIED
LICENSE  16 bytes
alpha.go  84 bytes
go.mod  34 bytes
$ modferry-offline cat z.tar.zst example.com/alpha@v1.2.0/go.mod --allow-unsigned > out; cat out
UNVERIFIED
module example.com/alpha

go 1.21

# What is not there, and what is not a name.
$ modferry-offline cat s.tar.zst example.com/alpha@v9.9.9 --pubkey a.pub
modferry: cat: example.com/alpha@v9.9.9 is not in s.tar.zst
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: `modferry list` shows what is in it
? 2
$ modferry-offline cat s.tar.zst example.com/alpha@v1.2.0/none.go --pubkey a.pub
modferry: cat: example.com/alpha@v1.2.0 has no file none.go
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
? 2
$ modferry-offline cat s.tar.zst example.com/alpha --pubkey a.pub
modferry: cat: "example.com/alpha" does not name a module as PATH@VERSION
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
? 2
$ modferry-offline cat s.tar.zst example.com/alpha@ --pubkey a.pub
modferry: cat: "example.com/alpha@" does not name a module as PATH@VERSION
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
? 2
$ modferry-offline cat s.tar.zst example.com/alpha@v1.2.0/go.mod --pubkey a.pub --json
modferry: cat: --json goes with a list of files, not with one file
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
{
  "error": {
    "code": "usage",
    "text": "cat: --json goes with a list of files, not with one file",
    "next": "run `modferry-offline cat --help`"
  }
}
? 2
$ modferry-offline cat - example.com/alpha@v1.2.0 --pubkey a.pub < s.tar.zst | head -1
LICENSE  16 bytes
$ cat s.tar.zst | modferry-offline cat - example.com/alpha@v1.2.0 --pubkey a.pub
modferry: cat: standard input is not a file: parts of it could not be read alone
  usage: modferry-offline cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline cat --help`
? 2

# Without a right signature nothing is shown.
$ modferry-offline cat u.tar.zst example.com/alpha@v1.2.0/go.mod --pubkey a.pub
modferry: cat: check the signatures of u.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1

# A frame that was damaged, and a file that was cut short.
$ size=$(stat -c %s s.tar.zst); cp s.tar.zst d.tar.zst; printf X | dd of=d.tar.zst bs=1 seek=$((size - 200)) conv=notrunc status=none
$ modferry-offline cat d.tar.zst example.com/alpha@v1.2.0/go.mod --pubkey a.pub
modferry: cat: d.tar.zst: frame 2: its SHA-256 is not the one in the manifest
  next: do not use this content; find out where it was changed
? 1
$ head -c $((size - 10)) s.tar.zst > t.tar.zst
$ modferry-offline cat t.tar.zst example.com/alpha@v1.2.0/go.mod --pubkey a.pub
modferry: cat: t.tar.zst: ends inside its seek table
  next: copy the file again: its end is missing
? 4

# Only the frames of the module are read: of 64 MiB that do not compress, one frame.
$ mkbundle big.tar.zst --big 64
$ ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=read,pread64 -o trace modferry-offline cat big.tar.zst example.com/alpha@v1.2.0/go.mod --allow-unsigned
UNVERIFIED
module example.com/alpha

go 1.21
$ stat -c %s big.tar.zst; awk '/= [0-9]+$/ {sum += $NF} END {print (sum < 20000000 ? "less than 20 MB read" : sum)}' trace
67123101
less than 20 MB read
