% only modferry

# Whether what is held suffices for a go.mod that has changed since.
$ cat > spec <<'END'
> -- example.com/a@v1.0.0 --
> go 1.21
> require example.com/b v1.1.0
> -- example.com/b@v1.1.0 --
> go 1.21
> -- example.com/b@v1.2.0 --
> go 1.21
> require example.com/c v1.0.0
> -- example.com/c@v1.0.0 --
> go 1.21
> -- example.com/d@v1.0.0 --
> go 1.21
> END
$ mkproxy proxy --sum sums < spec; mkdir p; cp sums p/go.sum
$ cat > start <<'END'
> # p/go.mod requires "$1", p/main.go imports "$2", each a list
> printf 'module example.com/p\n\ngo 1.21\n\n' > p/go.mod; printf 'require %s\n' $1 | sed 's/@/ /' >> p/go.mod
> printf 'package main\n\n' > p/main.go; printf 'import _ "%s"\n' $2 >> p/main.go; printf '\nfunc main() {}\n' >> p/main.go
> END
$ sh start 'example.com/a@v1.0.0 example.com/b@v1.1.0' 'example.com/a example.com/b'
$ modferry keygen --no-password --secret k --public k.pub > /dev/null
$ modferry pack p -o held --key k > /dev/null
$ modferry-offline unpack held --pubkey k.pub --proxy tree > /dev/null
$ modferry-offline unpack held --pubkey k.pub --modcache cache > /dev/null; mv proxy gone
$ modferry fits p held --pubkey k.pub
fits: level tidy, 2 modules, 2 zips
$ for held in "held --allow-unsigned" tree cache cache/cache/download; do modferry fits p $held --level all; done
UNVERIFIED
fits: level all, 2 modules, 2 zips
fits: level all, 2 modules, 2 zips
fits: level all, 2 modules, 2 zips
fits: level all, 2 modules, 2 zips

# A requirement less, one that is held already, one that is not.
$ sh start 'example.com/a@v1.0.0' 'example.com/a example.com/b'; modferry fits p tree
refused root p: updates to go.mod needed: main.go:4:8: imports example.com/b from implicitly required module example.com/b
modferry: fits tree: no file is missing, but go refuses the project as it is
  next: run `go mod tidy` in the project, and ask again
? 1
$ sh start 'example.com/a@v1.0.0 example.com/b@v1.2.0' 'example.com/a'
$ modferry fits p held --pubkey k.pub
missing example.com/b@v1.2.0  go.mod  (example.com/p requires it)
missing example.com/b@v1.2.0  info  (example.com/p requires it)
missing example.com/b@v1.2.0  zip  (example.com/p requires it)
modferry: fits held: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known
  next: pack this project where there is a network, or take versions that are held
? 1
$ modferry fits p held --pubkey k.pub --level build
missing example.com/b@v1.2.0  go.mod  (example.com/p requires it)
missing example.com/b@v1.2.0  info  (example.com/p requires it)
modferry: fits held: 2 files are missing, and perhaps more: what a module without its go.mod requires is not known
  next: pack this project where there is a network, or take versions that are held
? 1
$ sh start 'example.com/a@v1.0.0 example.com/b@v1.1.0 example.com/d@v1.0.0' 'example.com/a example.com/d example.com/d/sub'
$ modferry fits p tree
missing example.com/d@v1.0.0  go.mod  (example.com/p requires it)
missing example.com/d@v1.0.0  info  (example.com/p requires it)
missing example.com/d@v1.0.0  zip  (example.com/p imports example.com/d)
modferry: fits tree: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known
  next: pack this project where there is a network, or take versions that are held
? 1
$ modferry fits p held --pubkey k.pub --json 2>/dev/null
{
  "fits": false,
  "verified": true,
  "held": "held",
  "level": "tidy",
  "go": "1.21",
  "modules": 3,
  "zips": 3,
  "missing": [
    {
      "path": "example.com/d",
      "version": "v1.0.0",
      "file": "go.mod",
      "wanted_by": "example.com/p"
    },
    {
      "path": "example.com/d",
      "version": "v1.0.0",
      "file": "info",
      "wanted_by": "example.com/p"
    },
    {
      "path": "example.com/d",
      "version": "v1.0.0",
      "file": "zip",
      "wanted_by": "example.com/p",
      "import": "example.com/d"
    }
  ],
  "refused": [],
  "complete": false,
  "missing_sums": [],
  "error": {
    "code": "closure",
    "text": "fits held: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known",
    "next": "pack this project where there is a network, or take versions that are held"
  }
}
? 1

# An import that no required module provides: in the words of go. At level all no zip is read, so paths alone count.
$ sh start 'example.com/a@v1.0.0 example.com/b@v1.1.0' 'example.com/a example.com/b/none example.com/d'
$ modferry fits p tree
refused root p: main.go:4:8: no required module provides package example.com/b/none
refused root p: main.go:5:8: no required module provides package example.com/d
modferry: fits tree: no file is missing, but go refuses the project as it is
  next: run `go mod tidy` in the project, and ask again
? 1
$ modferry fits p tree --level all
refused root p: main.go:5:8: no required module provides package example.com/d
modferry: fits tree: no file is missing, but go refuses the project as it is
  next: run `go mod tidy` in the project, and ask again
? 1

# go.sum counts as for pack.
$ sh start 'example.com/a@v1.0.0 example.com/b@v1.1.0' 'example.com/a'
$ grep -v 'example.com/b v1.1.0 ' sums > p/go.sum; modferry fits p tree; cp sums p/go.sum
fits: level tidy, 2 modules, 2 zips
$ grep -v 'example.com/b' sums > p/go.sum; modferry fits p tree
go.sum  example.com/b v1.1.0/go.mod
modferry: fits tree: no file is missing, but go.sum lacks 1 line that go asks for
  next: run `go mod tidy` in the project; or pass --allow-missing-sum to ask about files alone
? 1
$ modferry fits p tree --allow-missing-sum
modferry: warning: go.sum of p lacks 1 line that go asks for (example.com/b v1.1.0/go.mod): `go mod tidy` adds what is missing
fits: level tidy, 2 modules, 2 zips
$ modferry fits p tree --json 2>/dev/null | grep -A7 missing_sums
  "missing_sums": [
    {
      "path": "example.com/b",
      "version": "v1.1.0",
      "file": "go.mod"
    }
  ],
  "error": {
$ sed 's/^\(example.com\/b v1.1.0 h1:\)..../\1AAAA/' sums > p/go.sum; modferry fits p tree; modferry fits p held --pubkey k.pub --level all
modferry: fits tree: example.com/b@v1.1.0: checksum mismatch: go.sum of p has h1:AAAA7Gktx3lC/3c3v0lD18OSnCsv9+i2PjvXFYHXF4E=, downloaded h1:Zrfz7Gktx3lC/3c3v0lD18OSnCsv9+i2PjvXFYHXF4E=
  next: do not use this content; find out where it was changed
modferry: fits held: example.com/b@v1.1.0: checksum mismatch: go.sum of p has h1:AAAA7Gktx3lC/3c3v0lD18OSnCsv9+i2PjvXFYHXF4E=, downloaded h1:Zrfz7Gktx3lC/3c3v0lD18OSnCsv9+i2PjvXFYHXF4E=
  next: do not use this content; find out where it was changed
? 1
$ sed 's/^\(example.com\/b v1.1.0\/go.mod h1:\)..../\1AAAA/' sums > p/go.sum; modferry fits p tree
modferry: fits tree: example.com/b@v1.1.0/go.mod: checksum mismatch: go.sum of p has h1:AAAAYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=, downloaded h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=
  next: do not use this content; find out where it was changed
? 1
$ cp sums p/go.sum

# Files that are gone, and files that came there otherwise.
$ rm tree/example.com/b/@v/v1.1.0.info tree/example.com/a/@v/v1.0.0.zip; modferry fits p tree
missing example.com/a@v1.0.0  zip  (example.com/p imports example.com/a)
missing example.com/b@v1.1.0  info  (example.com/p requires it)
modferry: fits tree: 2 files are missing
  next: pack this project where there is a network, or take versions that are held
? 1
$ rm tree/example.com/a/@v/v1.0.0.mod; modferry fits p tree --json 2>/dev/null | grep -A50 missing
  "missing": [
    {
      "path": "example.com/a",
      "version": "v1.0.0",
      "file": "go.mod",
      "wanted_by": "example.com/p"
    },
    {
      "path": "example.com/a",
      "version": "v1.0.0",
      "file": "zip",
      "wanted_by": "example.com/p",
      "import": "example.com/a"
    },
    {
      "path": "example.com/b",
      "version": "v1.1.0",
      "file": "info",
      "wanted_by": "example.com/p"
    }
  ],
  "refused": [],
  "complete": false,
  "missing_sums": [],
  "error": {
    "code": "closure",
    "text": "fits tree: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known",
    "next": "pack this project where there is a network, or take versions that are held"
  }
}
$ cp gone/example.com/a/@v/* tree/example.com/a/@v/; cp gone/example.com/b/@v/* tree/example.com/b/@v/; modferry fits p tree
fits: level tidy, 2 modules, 2 zips
$ echo >> tree/example.com/b/@v/v1.1.0.mod; modferry fits p tree
modferry: fits tree: example.com/b@v1.1.0: its .mod has h1:qWabT3OyEsm6fdo52aSMCcW/3bK3qpMMZifmcWV7yG8=, the record of the tree has h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=
  next: run `check` on the tree, and unpack the bundle again
? 1
$ modferry fits p gone
fits: level tidy, 2 modules, 2 zips
$ mkdir nothing; modferry fits p nothing --level build
missing example.com/a@v1.0.0  go.mod  (example.com/p requires it)
missing example.com/a@v1.0.0  info  (example.com/p requires it)
missing example.com/a@v1.0.0  zip  (example.com/p imports example.com/a)
missing example.com/b@v1.1.0  go.mod  (example.com/p requires it)
missing example.com/b@v1.1.0  info  (example.com/p requires it)
modferry: fits nothing: 5 files are missing, and perhaps more: what a module without its go.mod requires is not known
  next: pack this project where there is a network, or take versions that are held
? 1

# path@version, and a workspace.
$ modferry fits example.com/a@v1.0.0 held --pubkey k.pub
fits: level tidy, 2 modules, 1 zips
$ modferry fits example.com/a@latest held --pubkey k.pub
modferry: fits held: root example.com/a@latest: "latest" is not a full version
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: run `modferry fits --help`
? 2
$ modferry fits example.com/d@v1.0.0 held --pubkey k.pub
missing example.com/d@v1.0.0  go.mod
missing example.com/d@v1.0.0  info
missing example.com/d@v1.0.0  zip
modferry: fits held: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known
  next: pack this project where there is a network, or take versions that are held
? 1
$ mkdir w; cp -r p w/p; printf 'go 1.21\n\nuse ./p\n' > w/go.work; modferry fits w/p held --pubkey k.pub
modferry: warning: w/p stands for the workspace <DIR>/w/go.work with its 1 modules; GOWORK=off takes one by itself
fits: level tidy, 2 modules, 1 zips

# The gate comes first; a bundle must be all there and a file.
$ modferry fits p held
modferry: fits held: whose signature is to be trusted was not said
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: pass the signer's public key with --pubkey FILE, a trust document with --trust FILE, or accept unchecked content with --allow-unsigned
? 2
$ modferry fits p tree --pubkey k.pub
modferry: fits tree: --pubkey, --trust and --allow-unsigned go with a bundle, and tree is a directory
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: run `modferry fits --help`
? 2
$ modferry keygen --no-password --secret o --public o.pub > /dev/null; modferry fits p held --pubkey o.pub
modferry: fits held: check the signatures of held: signed with key <HEX>; trusted is <HEX>
  next: pass the signer's public key with --pubkey, or have a trusted key sign it
? 1
$ modferry fits p - --pubkey k.pub < held > /dev/null && cat held | modferry fits p - --pubkey k.pub
modferry: fits -: standard input is not a file: parts of it could not be read alone
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: run `modferry fits --help`
? 2
$ head -c -1 held > cut; modferry fits p cut --pubkey k.pub
modferry: fits cut: cut: ends inside its seek table
  next: copy the file again: its end is missing
? 4
$ head -c -2000 held > cut; modferry fits p cut --pubkey k.pub
modferry: fits cut: cut: ends inside its head
  next: copy the file again: its end is missing
? 4
$ (cat held; echo) > long; modferry fits p long --pubkey k.pub
modferry: fits long: long: something follows its seek table
  next: copy the file again; if that does not help, pack it again
? 4
$ modferry fits p none --pubkey k.pub
modferry: fits none: open none: No such file or directory
  next: check the name
? 5
$ modferry fits p
modferry: fits: BUNDLE|DIR is missing
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: run `modferry fits --help`
? 2
$ modferry fits none held --pubkey k.pub
modferry: fits held: root none: open none: No such file or directory
  next: name a directory that holds a go.mod, or a module as path@version
? 2
$ modferry fits p held --pubkey k.pub --level lazy
modferry: fits held: --level lazy: the levels are build, test, tidy and all
  usage: modferry fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry fits PROJECT DIR [OPTION...]
  next: run `modferry fits --help`
? 2

# Nothing is written but indexes; the store of earlier runs counts for nothing.
$ find "$HOME/.cache" -type f -name '*.packages' | sed "s|$HOME/||" | LC_ALL=C sort
.cache/modferry/download/example.com/a/@v/v1.0.0.packages
.cache/modferry/download/example.com/b/@v/v1.1.0.packages
$ rm -r "$HOME/.cache"; modferry fits p held --pubkey k.pub; find "$HOME/.cache" -type f | wc -l
fits: level tidy, 2 modules, 2 zips
1
$ mv gone proxy; sh start 'example.com/b@v1.2.0' 'example.com/b'; modferry resolve p > /dev/null; modferry fits p held --pubkey k.pub 2>&1 >/dev/null | head -1
modferry: fits held: 3 files are missing, and perhaps more: what a module without its go.mod requires is not known
