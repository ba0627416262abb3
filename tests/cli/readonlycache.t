% only modferry
% when setpriv --reuid 65534 --clear-groups true

# As another user: a cache that may only be read serves what needs nothing new in it.
# The tree head of the bundle has been remembered before, under its channel.
$ chmod 755 . ..
$ printf -- '-- example.com/a@v1.0.0 --\n-- example.com/b@v1.1.0 --\nrequire example.com/a v1.0.0\n' | mkproxy proxy --sum sums
$ export XDG_CACHE_HOME=$PWD/cache; modferry pack example.com/b@v1.1.0 -o first.tar.zst | grep -c proved
1
$ export XDG_CACHE_HOME=$PWD/cache; mkdir -m 777 open; setpriv --reuid 65534 --clear-groups modferry pack example.com/b@v1.1.0 -o open/again.tar.zst --offline | grep -c proved
1
$ cmp first.tar.zst open/again.tar.zst
$ export XDG_CACHE_HOME=$PWD/cache; setpriv --reuid 65534 --clear-groups modferry pack example.com/b@v1.1.0 -o open/other.tar.zst --offline --channel other
modferry: remember the tree head of this bundle: open lock lock: Permission denied
  next: check owner and permissions of that path
? 5
$ ls open
again.tar.zst
