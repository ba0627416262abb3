% only modferry

# Entries for directories count in the h1 of a zip, and what is extracted has none: go calls it changed, and so does check both ways.
$ printf '%s\n' '-- example.com/d@v1.0.0 --' '+ sub/' '+ sub/a.txt' '-- example.com/e@v1.0.0 --' '+ sub/a.txt' | mkproxy proxy
$ modferry pack example.com/d@v1.0.0 example.com/e@v1.0.0 --level all -o b > /dev/null
$ modferry unpack b --modcache cache --allow-unsigned > /dev/null
$ modferry check cache
changed    example.com/d@v1.0.0 dir: expected h1:3hGFJQ8tx44EfZT1bYKgwZSDqZN2esiFBpb+Wcva8aM=, found h1:c1nNnN77Hzjm61VKVUssYLtUOXRRfm431ONhwlP+OL0=
checked    cache (GOMODCACHE)
modules    2, 1.2 kB read
sumdb      sumdb.modferry.test: 2 records proved, complete
found      ok 7, changed 1, missing 0, unrecorded 0
modferry: check cache: 1 changed, 0 missing
  next: find out what changed it; then remove cache/.modferry/installed and unpack the bundle again: what is wrong is replaced
? 1
$ modferry check --quick cache
changed    example.com/d@v1.0.0 dir: expected h1:3hGFJQ8tx44EfZT1bYKgwZSDqZN2esiFBpb+Wcva8aM=, found h1:c1nNnN77Hzjm61VKVUssYLtUOXRRfm431ONhwlP+OL0=
checked    cache (GOMODCACHE)
modules    2, 1.2 kB read
sumdb      sumdb.modferry.test: 2 records proved, complete
found      ok 7, changed 1, missing 0, unrecorded 0
modferry: check cache: 1 changed, 0 missing
  next: find out what changed it; then remove cache/.modferry/installed and unpack the bundle again: what is wrong is replaced
? 1
