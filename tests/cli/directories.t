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

# Directories are made once, and a file costs three calls.
$ printf '%s\n' '-- example.com/f@v1.0.0 --' '+ a/b/c/1.txt' '+ a/b/c/2.txt' '+ a/b/d/3.txt' '+ a/e/4.txt' | mkproxy proxy
$ modferry pack example.com/f@v1.0.0 --level all -o f > /dev/null
$ ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace=mkdirat,openat,write,close,fstat,fchmod -o trace modferry-offline unpack f --modcache few --allow-unsigned --jobs 1 > /dev/null
$ grep -o 'mkdirat([^ ]* "a[^ ]* .*' trace | sed 's/.*"\(.*\)".* = \(-1 [A-Z]*\|0\).*/\1 \2/'
a/b/c -1 ENOENT
a/b -1 ENOENT
a 0
a/b 0
a/b/c 0
a/b/d 0
a/e 0
$ grep -c '/a/b/c/2.txt>\|"a/b/c/2.txt"' trace
3
