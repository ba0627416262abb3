% only modferry
% when command -v bsdtar && command -v jq

# A bundle carries its proofs: lookups under one head, and the tiles that they need.
$ mkproxy proxy --sum good.sum --no-sumdb < $REPO/tests/cli/small.proxy; python3 $REPO/tests/sumdb/testdb.py proxy --filler 40000
$ mkdir p; printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n' > p/go.mod; cp good.sum p/go.sum
$ modferry keygen --no-password --secret key --public pub > /dev/null; echo 'bsdtar -xOf $1 manifest.json | jq -c .payload.sumdb' > sumdb
$ modferry pack --level all p -o out --key key --quiet | grep proved; bsdtar -tf out | grep sumdb/
proved  2 modules by sumdb.modferry.test, tree of 80004 records
sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0
sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
sumdb/sumdb.modferry.test/tile/8/2/000.p/1
sumdb/sumdb.modferry.test/tile/8/1/001.p/56
sumdb/sumdb.modferry.test/tile/8/0/312.p/132
sumdb/sumdb.modferry.test/tile/8/1/000
sumdb/sumdb.modferry.test/tile/8/0/156
$ bsdtar -xOf out sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
40002
example.com/b v1.1.0 h1:guLSTVwmYQMdgcF7vKrknde1NEl7m3S6mK6TMD6vyLo=
example.com/b v1.1.0/go.mod h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=

go.sum database tree
80004
/9S5og65kHcDQyBCuqZj9qEb1IR1LY7u1DfzjPOveLw=

— sumdb.modferry.test W/1FRPEValzsj1Cyp85Prr2w9TpUMDuUgS/7a5YoAze+bd/jFTY5P6Y3XgEEXIoiXRwckuvY82WrwyNC7gaMZC6K2QA=
$ modferry list out --pubkey pub --json | grep log_index
      "log_index": 40000,
      "log_index": 40002,
$ modferry verify out --pubkey pub | grep proved
proved     2 modules by sumdb.modferry.test
$ modferry-offline verify out --pubkey pub --json | grep proved
  "proved": 2
$ python3 $REPO/tests/reader/bundle_reader.py out | grep members
 "members": 11,

# The same head and the same store give the same bytes, whatever --jobs is.
$ modferry pack --level all p -o again --key key --quiet --offline --jobs 3 > /dev/null; cmp out again

# Without them, and what nobody is asked about.
$ modferry pack --level all p -o none --key key --quiet --offline --no-sumdb | grep proved; sh ./sumdb none; modferry verify none --pubkey pub | grep proved
proved  2 modules by sumdb.modferry.test, tree of 80004 records
null
? 1
$ GONOSUMDB=example.com/a modferry pack --level all p -o part --key key --quiet --offline > /dev/null; bsdtar -tf part | grep lookup; modferry verify part --pubkey pub | grep proved
sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
proved     1 modules by sumdb.modferry.test
$ GOPRIVATE=example.com GONOPROXY=none modferry pack --level all p -o none --quiet --offline > /dev/null; sh ./sumdb none
null

# A later bundle serves clients that hold the head of an earlier one.
$ sh ./sumdb out; (cat $REPO/tests/cli/small.proxy; echo '-- example.com/d@v1.0.0 --') | mkproxy proxy; rm -r ~/.cache/modferry/download; modferry pack --level all p -o later --key key --quiet | grep proved; sh ./sumdb later
{"name":"sumdb.modferry.test","older":[],"range":[0,28160]}
proved  2 modules by sumdb.modferry.test, tree of 80005 records
{"name":"sumdb.modferry.test","older":[{"root":"/9S5og65kHcDQyBCuqZj9qEb1IR1LY7u1DfzjPOveLw=","size":80004}],"range":[0,28160]}
$ modferry verify later --pubkey pub | grep proved; python3 $REPO/tests/reader/bundle_reader.py later | grep members
proved     2 modules by sumdb.modferry.test
 "members": 11,
$ grep -c '^go.sum database tree' ~/.cache/modferry/sumdb/sumdb.modferry.test/shipped
2

# So does one of another machine, where it is told of the heads.
$ bsdtar -xOf out manifest.json | jq -r .provenance.tree_head > heads; rm -r ~/.cache; modferry pack --level all p -o other --key key --quiet > /dev/null; sh ./sumdb other; rm -r ~/.cache
{"name":"sumdb.modferry.test","older":[],"range":[0,28160]}
$ modferry pack --level all p -o other --key key --quiet --since-head heads > /dev/null; sh ./sumdb other; modferry verify other --pubkey pub | grep proved
{"name":"sumdb.modferry.test","older":[{"root":"/9S5og65kHcDQyBCuqZj9qEb1IR1LY7u1DfzjPOveLw=","size":80004}],"range":[0,28160]}
proved     2 modules by sumdb.modferry.test
$ sed 's/80004/80003/' heads > wrong; modferry pack --level all p -o x --since-head wrong
modferry: head 2 of those that clients may hold: tree head: invalid signature for key sumdb.modferry.test+5bfd4544
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ modferry pack --level all p -o x --since-head nothing
modferry: --since-head: open nothing: No such file or directory
  next: check the name
? 5
$ modferry pack --level all p -o x --since-head heads --no-sumdb 2>&1 | head -1
modferry: --since-head and --no-sumdb exclude one another

# verify trusts the key of the database, not the signer of the bundle.
$ GOSUMDB= modferry verify out --pubkey pub
modferry: verify: checksum database: its proofs are of the checksum database sumdb.modferry.test, GOSUMDB of this machine is <ANY>
  next: set GOSUMDB to the verifier key of sumdb.modferry.test, which you have from elsewhere
? 1
$ GOSUMDB=off modferry verify out --pubkey pub | grep proved
? 1
$ cp -r proxy lie; rm -r lie/sumdb; printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/bad.txt\n' | mkproxy lie --no-sumdb; python3 $REPO/tests/sumdb/testdb.py lie --seed other; export XDG_CACHE_HOME=$PWD/cache; GOPROXY=file://$PWD/lie GOSUMDB=$(python3 $REPO/tests/sumdb/testdb.py --key --seed other) modferry pack --level all example.com/a@v1.0.0 -o lying --key key --quiet | grep proved
proved  2 modules by sumdb.modferry.test, tree of 5 records
$ modferry verify lying --pubkey pub
modferry: verify: checksum database: note has no signature by key sumdb.modferry.test
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ modferry unpack lying --pubkey pub --proxy tree; find tree -type f
modferry: unpack into tree: checksum database: note has no signature by key sumdb.modferry.test
  next: do not use it; show this to those who run the proxy and the checksum database
tree/.modferry/lock

# Past the gap: the tree serves the database, `env` and `check` say so.
$ modferry-offline unpack out --pubkey pub --proxy far > /dev/null; cd far; find sumdb .modferry -type f | sort
.modferry/heads
.modferry/installed
.modferry/lock
.modferry/sumdb
sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0
sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
sumdb/sumdb.modferry.test/supported
sumdb/sumdb.modferry.test/tile/8/0/156
sumdb/sumdb.modferry.test/tile/8/0/312.p/132
sumdb/sumdb.modferry.test/tile/8/1/000
sumdb/sumdb.modferry.test/tile/8/1/001.p/56
sumdb/sumdb.modferry.test/tile/8/2/000.p/1
$ head -1 far/.modferry/sumdb | cut -d+ -f1; modferry-offline env far | grep SUMDB; modferry-offline check far
modferry-sumdb/1 sumdb.modferry.test
export GOSUMDB='sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7'
export GONOSUMDB='none'
checked    far (proxy tree)
modules    2, 911 bytes read
sumdb      sumdb.modferry.test: 2 records proved, complete
found      ok 4, changed 0, missing 0, unrecorded 0
$ modferry-offline unpack out --pubkey pub --proxy far | tail -1
modules    published 0, present 2, replaced 0: nothing changed
$ modferry-offline check far --json | sed -n '/sumdb/,/}/p'
  "sumdb": {
    "name": "sumdb.modferry.test",
    "lookups": 2,
    "complete": true,
    "exempt": []
  },
$ modferry-offline unpack later --pubkey pub --proxy far > /dev/null; grep -c '^go.sum' far/.modferry/heads; find far/sumdb -name '.p' -o -path '*.p/*' | sort
2
far/sumdb/sumdb.modferry.test/tile/8/0/312.p/132
far/sumdb/sumdb.modferry.test/tile/8/0/312.p/133
far/sumdb/sumdb.modferry.test/tile/8/1/001.p/56
far/sumdb/sumdb.modferry.test/tile/8/2/000.p/1
$ modferry-offline unpack out --pubkey pub --modcache far2 > /dev/null; cd far2; find cache/download/sumdb .modferry -type f | sort
.modferry/heads
.modferry/installed
.modferry/lock
.modferry/sumdb
cache/download/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0
cache/download/sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
cache/download/sumdb/sumdb.modferry.test/tile/8/0/156
cache/download/sumdb/sumdb.modferry.test/tile/8/0/312.p/132
cache/download/sumdb/sumdb.modferry.test/tile/8/1/000
cache/download/sumdb/sumdb.modferry.test/tile/8/1/001.p/56
cache/download/sumdb/sumdb.modferry.test/tile/8/2/000.p/1
$ modferry-offline unpack part --pubkey pub --proxy far3 > /dev/null; modferry-offline env far3 | grep SUMDB; modferry-offline check far3 | tail -2
export GOSUMDB='sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7'
export GONOSUMDB='example.com/a'
exempt     example.com/a
found      ok 4, changed 0, missing 0, unrecorded 0

# A bundle without proofs takes `supported` away, one of another database is refused, and so is a tree that was changed.
$ modferry-offline unpack none --allow-unsigned --proxy far4 > /dev/null; modferry-offline env far4 | grep SUMDB; modferry-offline check far4 | tail -2
export GONOSUMDB='example.com/a,example.com/b'
exempt     example.com/b
found      ok 4, changed 0, missing 0, unrecorded 0
$ GOSUMDB=off modferry-offline unpack out --pubkey pub --proxy far5 > /dev/null; find far5/sumdb far5/.modferry/heads 2>&1 | head -1; modferry-offline env far5 | tail -1
find: 'far5/sumdb': No such file or directory
# warning: no complete checksum database in this tree: go needs a complete go.sum
$ GOSUMDB= modferry-offline unpack out --pubkey pub --proxy far6; find far6 -type f
modferry: unpack into far6: checksum database: its proofs are of the checksum database sumdb.modferry.test, GOSUMDB of this machine is <ANY>
  next: set GOSUMDB to the verifier key of sumdb.modferry.test, which you have from elsewhere
far6/.modferry/lock
$ flip far/sumdb/sumdb.modferry.test/tile/8/0/156 100; modferry-offline check far
modferry: check far: checksum database: tile/8/0/156 is not a tile of the tree of size 80005
  next: unpack the bundle again: what is wrong is replaced; and find out what changed it
? 1
$ rm far/sumdb/sumdb.modferry.test/tile/8/0/156; modferry-offline check far
modferry: check far: checksum database: tile/8/0/156 is missing in the tree
  next: unpack the bundle again: what is wrong is replaced; and find out what changed it
? 4
$ modferry-offline unpack later --pubkey pub --proxy far | tail -2; modferry-offline check far | tail -1
proved     2 modules by sumdb.modferry.test
modules    published 0, present 2, replaced 0
found      ok 4, changed 0, missing 0, unrecorded 0

# A lookup that was cut off, as by a loss of power, is written anew.
$ : > far/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0; modferry-offline check far > /dev/null
modferry: check far: checksum database: lookup/example.com/a@v1.0.0 in the tree: malformed record data
  next: unpack the bundle again: what is wrong is replaced; and find out what changed it
? 4
$ modferry-offline unpack later --pubkey pub --proxy far | tail -1; modferry-offline check far | tail -1
modules    published 0, present 2, replaced 0
found      ok 4, changed 0, missing 0, unrecorded 0

# A cache in which go has looked something up itself, under a head that we do not know: that is left to go.
$ modferry-offline unpack out --pubkey pub --modcache used > /dev/null; cd used/cache/download/sumdb/*/lookup/example.com; sed '1s/.*/99999999/; s,example.com/a,example.com/new,' a@v1.0.0 > new@v1.0.0; cp new@v1.0.0 ../was
$ modferry-offline unpack later --pubkey pub --modcache used | tail -1; modferry-offline check used | tail -2; cmp used/cache/download/sumdb/*/lookup/example.com/new@v1.0.0 used/cache/download/sumdb/*/lookup/was
modules    published 0, present 2, replaced 0
sumdb      sumdb.modferry.test: 2 records proved, complete
found      ok 8, changed 0, missing 0, unrecorded 0

# A bundle without proofs that is refused leaves the database supported; where the mark is missing, it is made again.
$ modferry pack --level all example.com/d@v1.0.0 -o bare --no-sumdb --quiet > /dev/null; flip bare -80; modferry-offline unpack bare --allow-unsigned --proxy far > /dev/null
modferry: unpack into far: bare: frame 2: its SHA-256 is not the one in the manifest
  next: do not use this content; find out where it was changed
? 1
$ find far -name supported
far/sumdb/sumdb.modferry.test/supported
$ rm far/sumdb/sumdb.modferry.test/supported; modferry-offline unpack later --pubkey pub --proxy far | tail -1; find far -name supported
modules    published 0, present 2, replaced 0
far/sumdb/sumdb.modferry.test/supported

# What such a bundle says is exempt counts when it is there.
$ GONOSUMDB=example.com/d modferry pack --level all example.com/d@v1.0.0 -o whole --quiet > /dev/null 2>&1; cp whole bare; flip bare -80; modferry-offline unpack bare --allow-unsigned --proxy far > /dev/null 2>&1; modferry-offline env far | grep GONOSUMDB
export GONOSUMDB='none'
$ cp -r far far8; modferry-offline unpack whole --allow-unsigned --proxy far8 > /dev/null; modferry-offline env far8 | grep GONOSUMDB
export GONOSUMDB='example.com/d'

# With some of the modules come all proofs, which hold for the rest as well.
$ modferry-offline unpack out --pubkey pub --proxy some --only example.com/b | tail -3; modferry-offline check some | tail -1
proved     2 modules by sumdb.modferry.test
only       1 of 2 modules
modules    published 1, present 0, replaced 0
found      ok 2, changed 0, missing 0, unrecorded 0
$ modferry-offline env some | grep GOSUMDB
export GOSUMDB='sumdb.modferry.test+5bfd4544+ARdwHhDHnieTvWevOtLhPG35ZBMWmW1yfIjsgZSy4kB7'
$ modferry-offline unpack out --pubkey pub --proxy some | tail -2; modferry-offline check some | tail -1
proved     2 modules by sumdb.modferry.test
modules    published 1, present 1, replaced 0
found      ok 4, changed 0, missing 0, unrecorded 0

# Heads are remembered by channel; those of bundles without one count in each.
$ rm -rf proxy ~/.cache; mkproxy proxy --no-sumdb < $REPO/tests/cli/small.proxy; python3 $REPO/tests/sumdb/testdb.py proxy --filler 300
$ cat > grown <<'END'
> # grown N CHANNEL: the log grows by N records, and a bundle of the channel is packed: sizes of the heads that it serves
> python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import testdb; d = testdb.Database("proxy/sumdb/" + testdb.NAME); d.fill(int(sys.argv[2])); d.publish()' $REPO/tests/sumdb $1
> rm -rf ~/.cache/modferry/download/sumdb; modferry pack --level all p -o of --quiet ${2:+--channel $2} > /dev/null && bsdtar -xOf of manifest.json | jq -c '[.payload.sumdb.older[].size]'
> END
$ sh ./grown 1; sh ./grown 1 stable; sh ./grown 1 nightly; sh ./grown 1 stable; sh ./grown 1; ls ~/.cache/modferry/sumdb/*
[]
[605]
[605]
[605,606]
[605]
latest
lock
shipped
shipped-nightly
shipped-stable
