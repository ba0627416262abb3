% only modferry
% when command -v bsdtar && command -v jq

# A module proxy with its checksum database, and a project.
$ mkproxy proxy --sum good.sum < $REPO/tests/cli/small.proxy; cp -r proxy good; ls proxy/sumdb/sumdb.modferry.test | grep -v latest
lookup
records
supported
tile
$ mkdir p; printf 'module example.com/p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n' > p/go.mod; cp good.sum p/go.sum
$ cat > again <<'END'
> # the proxy and its database as they were, and nothing kept
> rm -rf proxy ~/.cache; cp -r good proxy; lookup=$PWD/proxy/sumdb/sumdb.modferry.test/lookup/example.com; tile=$PWD/proxy/sumdb/sumdb.modferry.test/tile/8/0/000.p/4; kept=~/.cache/modferry/download/sumdb/sumdb.modferry.test
> END
$ cat > says <<'END'
> # who covers the modules of a bundle, and under which head
> bsdtar -xOf $1 manifest.json | jq -r '.provenance | (.modules[] | .not_covered // "proved"), .tree_head // "no head"'
> END
$ modferry pack --level all p -o out
packed  out
id      e147524b9faf8c774b44743af2f3b6394e17338d138d2835a6cda80f91ed3fb9
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
size    <ANY>
unsigned: add a signature with `modferry sign out --key FILE`
$ sh says out
proved
proved
go.sum database tree
4
MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI=

— sumdb.modferry.test W/1FRAMVIvw/Y6nzdxg97GKP/WK6Wmts0oeF1lx5DABi46fMTpi6wKTtMIHaItATPlaS+RJ9PlAzW0keV3DjqwXmSgo=
$ modferry pack --level all p -o out --json | sed -n '/sumdb/,/}/p'
  "sumdb": {
    "name": "sumdb.modferry.test",
    "size": 4,
    "root": "MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI=",
    "covered": 2,
    "not_covered": 0
  }
$ modferry pack --level all p --dry-run
would pack 2 modules with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ cd ~/.cache/modferry; find download/sumdb sumdb -type f | sort
download/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0
download/sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0
download/sumdb/sumdb.modferry.test/tile/8/0/000.p/4
sumdb/sumdb.modferry.test/latest
sumdb/sumdb.modferry.test/lock
sumdb/sumdb.modferry.test/shipped

# What was proved is kept: no network is needed again.
$ mv proxy away; modferry pack --level all p -o again.out --offline --quiet > /dev/null; cmp out again.out; mv away proxy

# Names that nobody is asked about.
$ . ./again; GONOSUMDB='example.com/b,nothing/*' modferry pack --level all p -o out --quiet | grep proved; sh says out | head -2; ls $kept/lookup/example.com
proved  1 modules by sumdb.modferry.test, tree of 4 records
proved
GONOSUMDB matches it
a@v1.0.0
$ . ./again; GOPRIVATE=example.com GONOPROXY=none modferry pack --level all p -o out --quiet | grep proved; sh says out; ls ~/.cache/modferry
GOPRIVATE matches it
GOPRIVATE matches it
no head
download
$ . ./again; GONOSUMCHECK=example.com/b modferry pack --level all p -o out --quiet | grep proved; sh says out | head -2
proved  1 modules by sumdb.modferry.test, tree of 4 records
proved
GONOSUMCHECK matches it
$ GOPRIVATE=example.com GONOPROXY=none modferry pack --level all example.com/a@v1.0.0 -o out --quiet > /dev/null
modferry: warning: 2 modules are not covered by the checksum database, and go.sum does not vouch for 2 of them
$ GOSUMDB=off modferry pack --level all p -o out --quiet > /dev/null; sh says out
modferry: warning: GOSUMDB=off: the checksum database is not asked; go.sum alone vouches for the modules
GOSUMDB=off
GOSUMDB=off
no head
$ GOSUMDB=off modferry pack --level all example.com/a@v1.0.0 -o out --quiet > /dev/null
modferry: warning: GOSUMDB=off: the checksum database is not asked, and go.sum does not vouch for 2 modules

# Settings that are none.
$ GOSUMDB=sum.example.com modferry pack --level all p -o out 2>&1 | grep -v usage
modferry: invalid GOSUMDB: malformed verifier id
  next: set GOSUMDB as `go help environment` and `go help module-auth` say
$ GOSUMDB="$GOSUMDB https://a b" modferry pack --level all p -o out 2>&1 | grep -v usage
modferry: invalid GOSUMDB: too many fields
  next: set GOSUMDB as `go help environment` and `go help module-auth` say
$ . ./again; GOSUMDB="$GOSUMDB ftp://a" modferry pack --level all p -o out 2>&1 | grep -v usage
modferry: checksum database sumdb.modferry.test: GOSUMDB: invalid proxy URL scheme (must be https, http, file): ftp://a
  next: set GOSUMDB to a URL such as https://proxy.example.com
$ GOSUMDB="${GOSUMDB%?}C" modferry pack --level all p -o out 2>&1 | grep -v usage
modferry: invalid GOSUMDB: invalid verifier hash
  next: set GOSUMDB as `go help environment` and `go help module-auth` say
$ GOSUMDB="${GOSUMDB%?}C" modferry pack --level all p --dry-run
modferry: invalid GOSUMDB: invalid verifier hash
  usage: modferry pack <ANY>
  next: set GOSUMDB as `go help environment` and `go help module-auth` say
? 2

# By its own URL, without a proxy that serves it. What is kept serves any place.
$ . ./again; mv proxy/sumdb sumdb; GOSUMDB="$GOSUMDB file://$PWD/sumdb/sumdb.modferry.test" modferry pack --level all p -o out --quiet | grep proved
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ GOSUMDB="$GOSUMDB file://$PWD/none" modferry pack --level all p -o out --quiet | grep proved
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ . ./again; GOSUMDB="$GOSUMDB file://$PWD/none" modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: the checksum database does not know it: file://<DIR>/none/lookup/example.com/a@v1.0.0: 404 Not Found
  next: check its path and version; where it is not public, name it in GOPRIVATE or GONOSUMDB
? 3
$ GOSUMDB=off modferry pack --level all p -o out --quiet > /dev/null 2>&1; modferry pack --level all p -o out --offline
modferry: example.com/a@v1.0.0: its record of the checksum database is not in the store, and the network is off
  next: run it once with the network, or set GOPROXY
? 3

# Records: one of another module, one that is changed, one that is missing.
$ . ./again; cp $lookup/a@v1.0.0 $lookup/b@v1.1.0; modferry pack --level all p -o out
modferry: example.com/b@v1.1.0: file://<DIR>/proxy/sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0: the record is of another module
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; sed -i 's/h1:./h1:A/' $lookup/a@v1.0.0; modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: cannot authenticate record data in server response: record 0 of the tree is another one
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; sed -i 's/^2$/1/' $lookup/b@v1.1.0; modferry pack --level all p -o out
modferry: example.com/b@v1.1.0: cannot authenticate record data in server response: record 1 of the tree is another one
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; sed -i 1s/.*/99/ $lookup/b@v1.1.0; modferry pack --level all p -o out
modferry: example.com/b@v1.1.0: cannot validate record 99 in tree of size 4
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; sed -i '/v1.1.0 h1:/d' $lookup/b@v1.1.0; modferry pack --level all p -o out
modferry: example.com/b@v1.1.0: cannot authenticate record data in server response: record 2 of the tree is another one
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; rm $lookup/b@v1.1.0; modferry pack --level all p -o out
modferry: example.com/b@v1.1.0: the checksum database does not know it: file://<DIR>/proxy/sumdb/sumdb.modferry.test/lookup/example.com/b@v1.1.0: 404 Not Found
  next: check its path and version; where it is not public, name it in GOPRIVATE or GONOSUMDB
? 3

# Tiles: changed, too short, too long, missing; wider than needed is fine.
$ . ./again; flip $tile 40; modferry pack --level all p -o out
modferry: checksum database sumdb.modferry.test: the tiles at the edge of the tree of size 4 do not give its root
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; truncate -s -1 $tile; modferry pack --level all p -o out
modferry: file://<DIR>/proxy/sumdb/sumdb.modferry.test/tile/8/0/000.p/4: it has 127 bytes instead of 128
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; truncate -s 8193 $tile; modferry pack --level all p -o out
modferry: file://<DIR>/proxy/sumdb/sumdb.modferry.test/tile/8/0/000.p/4: larger than the limit of 8192 bytes
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; rm $tile; modferry pack --level all p -o out
modferry: file://<DIR>/proxy/sumdb/sumdb.modferry.test/tile/8/0/000.p/4: 404 Not Found
  next: try again later or use another GOPROXY: what was fetched is kept
? 3
$ . ./again; mv $tile full; truncate -s 8192 full; rm -r ${tile%/*}; mv full ${tile%.p/*}; modferry pack --level all p -o out --quiet | grep proved; cd $kept && find tile -type f
proved  2 modules by sumdb.modferry.test, tree of 4 records
tile/8/0/000.p/4

# Tree heads: changed, signed by nobody we know, no note at all.
$ . ./again; sed -i 's/^4$/5/' $lookup/a@v1.0.0; modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: file://<DIR>/proxy/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0: tree head: invalid signature for key sumdb.modferry.test+5bfd4544
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; sed -i 's/^— .*/— other.example AAAAAAAA/' $lookup/a@v1.0.0; modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: file://<DIR>/proxy/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0: tree head: note has no signature by key sumdb.modferry.test
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ . ./again; echo '<html>' > $lookup/a@v1.0.0; modferry pack --level all p -o out
modferry: example.com/a@v1.0.0: file://<DIR>/proxy/sumdb/sumdb.modferry.test/lookup/example.com/a@v1.0.0: malformed record data
  next: try again later or use another GOPROXY: what was fetched is kept
? 3

# What is kept and was changed on the disk is fetched anew; offline it is refused.
$ . ./again; modferry pack --level all p -o out --quiet | grep proved; sed -i 's/h1:./h1:A/' $kept/lookup/example.com/a@v1.0.0; modferry pack --level all p -o out --offline
proved  2 modules by sumdb.modferry.test, tree of 4 records
modferry: example.com/a@v1.0.0: cannot authenticate record data in server response: record 0 of the tree is another one
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ modferry pack --level all p -o out --quiet | grep proved; modferry pack --level all p -o out --offline --quiet | grep proved
proved  2 modules by sumdb.modferry.test, tree of 4 records
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ flip ~/.cache/modferry/download/sumdb/sumdb.modferry.test/tile/8/0/000.p/4 40; modferry pack --level all p -o out --offline
modferry: checksum database sumdb.modferry.test: the tiles at the edge of the tree of size 4 do not give its root
  next: do not use it; show this to those who run the proxy and the checksum database
? 1
$ modferry pack --level all p -o out --quiet | grep proved; modferry pack --level all p -o out --offline --quiet | grep proved
proved  2 modules by sumdb.modferry.test, tree of 4 records
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ sed -i 's/^4$/5/' ~/.cache/modferry/sumdb/sumdb.modferry.test/latest; modferry pack --level all p -o out
modferry: <ANY>/.cache/modferry/sumdb/sumdb.modferry.test/latest: tree head: invalid signature for key sumdb.modferry.test+5bfd4544
  next: find out who changed this file; without it, nothing is known of earlier heads
? 1

# The log grows: the new head is proved to follow the one seen before, and takes its place.
$ . ./again; modferry pack --level all p -o out --quiet | grep proved; (cat $REPO/tests/cli/small.proxy; echo '-- example.com/d@v1.0.0 --') | mkproxy proxy; rm -r $kept; modferry pack --level all p -o out --quiet | grep proved; sed -n 2p ~/.cache/modferry/sumdb/sumdb.modferry.test/latest
proved  2 modules by sumdb.modferry.test, tree of 4 records
proved  2 modules by sumdb.modferry.test, tree of 5 records
5
$ rm -r proxy ~/.cache/modferry/download; cp -r good proxy; modferry pack --level all p -o out
modferry: file://<DIR>/proxy/sumdb/sumdb.modferry.test/tile/8/0/000.p/5: 404 Not Found
  next: try again later or use another GOPROXY: what was fetched is kept
? 3

# The database has forked: another tree, signed with its key. Both heads are shown and kept.
$ . ./again; modferry pack --level all p -o out --quiet | grep proved; (cat $REPO/tests/cli/small.proxy; printf -- '-- example.com/0@v1.0.0 --\n-- example.com/z@v1.0.0 --\n') | mkproxy fork; cp -r fork/sumdb forked; rm -r proxy/sumdb $kept; cp -r fork/sumdb proxy; modferry pack --level all p -o out
proved  2 modules by sumdb.modferry.test, tree of 4 records
modferry: SECURITY ERROR: the checksum database sumdb.modferry.test contradicts itself: its tree of size 4 with root MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI= is not the beginning of its tree of size 6 with root Q7iZZgfitRm1vNnwfOj7auyA+r+mcs5HQzEQc8Tz/qs=
  next: show both signed heads, kept in <ANY>/.cache/modferry/sumdb/sumdb.modferry.test/fork, to those who run the proxy and the database
? 1
$ sed 's/^— .*/(signature)/' ~/.cache/modferry/sumdb/sumdb.modferry.test/fork
go.sum database tree
4
MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI=

(signature)

go.sum database tree
6
Q7iZZgfitRm1vNnwfOj7auyA+r+mcs5HQzEQc8Tz/qs=

(signature)
$ . ./again; cp forked/*/lookup/example.com/a@v1.0.0 $lookup/; cp forked/*/tile/8/0/000.p/6 ${tile%/*}/; modferry pack --level all p -o out 2>&1 | cut -c-130
modferry: SECURITY ERROR: the checksum database sumdb.modferry.test contradicts itself: its tree of size 4 with root MWuePeh0V1kfQ
  next: show both signed heads, kept in <ANY>/.cache/modferry/sumdb/sumdb.modferry.test/fork, to those w
$ . ./again; printf -- '-- example.com/%s --\n' 0@v1.0.0 a@v1.0.0 b@v1.1.0 c@v1.0.0 | mkproxy fork2; cp fork2/sumdb/*/lookup/example.com/b@v1.1.0 $lookup/; modferry pack --level all p -o out 2>&1 | grep -o 'SECURITY.*'
SECURITY ERROR: the checksum database sumdb.modferry.test contradicts itself: its tree of size 4 with root MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI= is not the beginning of its tree of size 4 with root 6En+Hs1B9ontdKpNbXWwEwrkofBjsx/1mlbziYobD7U=

# Hashes that differ from the record, with and without a go.sum that agrees with them.
$ . ./again; printf -- '-- example.com/b@v1.1.0 --\ngo 1.21\n+ doc/other.txt\n' | mkproxy proxy --no-sumdb --sum new.sum; modferry pack --level all example.com/a@v1.0.0 -o out
modferry: example.com/b@v1.1.0: verifying module: checksum mismatch: downloaded: h1:hvwyq1yogsRROroM62c4+OyU9Z0KsL4nCHADYIiHHgY=, sumdb.modferry.test: h1:guLSTVwmYQMdgcF7vKrknde1NEl7m3S6mK6TMD6vyLo=; SECURITY ERROR: This download does NOT match the one reported by the checksum server. The bits may have been replaced on the origin server, or an attacker may have intercepted the download attempt.
  next: do not use it; for more information, see 'go help module-auth'
? 1
$ grep -v 'b v1.1.0 ' good.sum | cat - new.sum > p/go.sum; modferry pack --level all p -o out; cp good.sum p/go.sum
modferry: example.com/b@v1.1.0: verifying module: checksum mismatch: downloaded and go.sum: h1:hvwyq1yogsRROroM62c4+OyU9Z0KsL4nCHADYIiHHgY=, sumdb.modferry.test: h1:guLSTVwmYQMdgcF7vKrknde1NEl7m3S6mK6TMD6vyLo=; SECURITY ERROR: This download does NOT match the one reported by the checksum server. The bits may have been replaced on the origin server, or an attacker may have intercepted the download attempt.
  next: do not use it; for more information, see 'go help module-auth'
$ . ./again; printf -- '-- example.com/b@v1.1.0 --\ngo 1.20\n+ doc/readme.txt\n' | mkproxy proxy --no-sumdb; modferry pack --level all example.com/a@v1.0.0 -o out
modferry: example.com/b@v1.1.0: verifying go.mod: checksum mismatch: downloaded: h1:+cOQ9gCxvi1zPTXbwNdJp96QHGgUeReZ8VC6x2EuJCg=, sumdb.modferry.test: h1:B8EtYtsnc37WjL6LuqY7hE6TFr7+ZvNdRvjxwtDoXpE=; SECURITY ERROR: This download does NOT match the one reported by the checksum server. The bits may have been replaced on the origin server, or an attacker may have intercepted the download attempt.
  next: do not use it; for more information, see 'go help module-auth'
? 1
