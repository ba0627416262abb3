$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle s.tar.zst; modferry-offline sign s.tar.zst --key a.key > /dev/null

# A GOMODCACHE of extracted modules alone.
$ modferry-offline unpack s.tar.zst --modcache cache --no-zips --pubkey a.pub
unpacked   s.tar.zst
into       cache (GOMODCACHE)
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
modules    published 3, present 0, replaced 0
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ (cd cache && find . -type f -not -path './.modferry/*' -not -path './cache/lock' | LC_ALL=C sort)
./cache/download/example.com/alpha/@v/list
./cache/download/example.com/alpha/@v/v1.2.0.info
./cache/download/example.com/alpha/@v/v1.2.0.lock
./cache/download/example.com/alpha/@v/v1.2.0.mod
./cache/download/example.com/alpha/@v/v1.2.0.ziphash
./cache/download/example.com/beta/@v/list
./cache/download/example.com/beta/@v/v0.3.1.info
./cache/download/example.com/beta/@v/v0.3.1.lock
./cache/download/example.com/beta/@v/v0.3.1.mod
./cache/download/example.com/beta/@v/v0.3.1.ziphash
./cache/download/example.com/gamma/@v/list
./cache/download/example.com/gamma/@v/v1.0.0.info
./cache/download/example.com/gamma/@v/v1.0.0.mod
./example.com/alpha@v1.2.0/LICENSE
./example.com/alpha@v1.2.0/alpha.go
./example.com/alpha@v1.2.0/go.mod
./example.com/beta@v0.3.1/beta.go
./example.com/beta@v0.3.1/go.mod
$ cut -d' ' -f1,2,6 cache/.modferry/installed
modferry-installed/1 modcache
example.com/alpha v1.2.0 -
example.com/beta v0.3.1 -
example.com/gamma v1.0.0 -
$ modferry-offline check cache
checked    cache (GOMODCACHE)
modules    3, 369 bytes read
found      ok 7, changed 0, missing 0, unrecorded 0
$ modferry-offline unpack s.tar.zst --modcache cache --no-zips --pubkey a.pub | tail -2
modules    published 0, present 3, replaced 0: nothing changed
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ modferry-offline unpack s.tar.zst --modcache cache --no-zips --pubkey a.pub --json | jq .zips,.changed
false
false

# Modules that travel as zips are extracted, and theirs are not kept.
$ mkbundle z.tar.zst --zips; modferry-offline unpack z.tar.zst --modcache zcache --no-zips --allow-unsigned | tail -2
modules    published 3, present 0, replaced 0
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ diff -r -x .modferry cache zcache

# What is wrong is replaced, and no zip made for it; a right zip that is there stays.
$ chmod u+w cache/example.com/beta@v0.3.1/beta.go; echo forged >> cache/example.com/beta@v0.3.1/beta.go; rm cache/.modferry/installed
$ modferry-offline unpack s.tar.zst --modcache cache --no-zips --pubkey a.pub | tail -2
modules    published 1, present 2, replaced 1
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ find cache -name '*.zip'
$ modferry-offline unpack s.tar.zst --modcache full --pubkey a.pub > /dev/null; modferry-offline unpack s.tar.zst --modcache full --no-zips --pubkey a.pub | tail -2
modules    published 0, present 3, replaced 0: nothing changed
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ find full -name '*.zip' | LC_ALL=C sort
full/cache/download/example.com/alpha/@v/v1.2.0.zip
full/cache/download/example.com/beta/@v/v0.3.1.zip
$ echo forged > full/cache/download/example.com/beta/@v/v0.3.1.zip; modferry-offline unpack s.tar.zst --modcache full --no-zips --pubkey a.pub | tail -2
modules    published 1, present 2, replaced 1
zips       none made: go builds and tests, but `go mod download` asks a proxy for them
$ find full -name '*.zip' | LC_ALL=C sort
full/cache/download/example.com/alpha/@v/v1.2.0.zip
$ modferry-offline check full
checked    full (GOMODCACHE)
modules    3, 992 bytes read
found      ok 8, changed 0, missing 0, unrecorded 0
$ chmod -R u+w full; echo forged >> full/example.com/alpha@v1.2.0/alpha.go; rm full/.modferry/installed
$ modferry-offline unpack s.tar.zst --modcache full --no-zips --pubkey a.pub | grep modules; modferry-offline check full | tail -1
modules    published 1, present 2, replaced 1
found      ok 8, changed 0, missing 0, unrecorded 0
$ find full -name '*.zip'
full/cache/download/example.com/alpha/@v/v1.2.0.zip

# Later with zips: they are added.
$ modferry-offline unpack s.tar.zst --modcache cache --pubkey a.pub | tail -1
modules    published 2, present 1, replaced 0
$ find cache -name '*.zip' | LC_ALL=C sort
cache/cache/download/example.com/alpha/@v/v1.2.0.zip
cache/cache/download/example.com/beta/@v/v0.3.1.zip
$ modferry-offline check cache
checked    cache (GOMODCACHE)
modules    3, 1.4 kB read
found      ok 9, changed 0, missing 0, unrecorded 0

# A proxy tree is made of them.
$ modferry-offline unpack s.tar.zst --proxy tree --no-zips --pubkey a.pub
modferry: unpack: --no-zips is for --modcache: a proxy tree serves zips
  usage: modferry-offline unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry-offline unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline unpack --help`
? 2
