# Interrupted: exit status 130 or 143; what is published is whole, and the next
# run goes on from there.
$ mkbundle u.tar.zst --big 64
$ interrupt INT u.tar.zst modferry-offline verify - --allow-unsigned --quiet
modferry: verify: <ANY>interrupted
  next: run it again: it goes on from where it was
? 130
$ interrupt TERM u.tar.zst modferry-offline verify - --allow-unsigned --quiet --json
modferry: verify: <ANY>terminated
  next: run it again: it goes on from where it was
{
  "error": {
    "code": "terminated",
    "text": "verify: <ANY>terminated",
    "next": "run it again: it goes on from where it was"
  }
}
? 143
$ interrupt INT u.tar.zst modferry-offline unpack - --proxy tree --allow-unsigned --quiet
modferry: unpack into tree: <ANY>interrupted
  next: run it again: it goes on from where it was
? 130
$ modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned --quiet | tail -1
modules    published 3, present 1, replaced 0
$ modferry-offline check tree | tail -1
found      ok 7, changed 0, missing 0, unrecorded 0
$ find tree -name '*.tmp'

# A second signal changes nothing.
$ interrupt INT,INT u.tar.zst modferry-offline verify - --allow-unsigned --quiet
modferry: verify: <ANY>interrupted
  next: run it again: it goes on from where it was
? 130

# A signal ends waiting, too: for input that does not come, for the lock of
# a tree.
$ interrupt INT /dev/null modferry-offline verify - --allow-unsigned
modferry: verify: <ANY>interrupted
  next: run it again: it goes on from where it was
? 130
$ interrupt TERM /dev/null modferry-offline unpack - --modcache none --allow-unsigned; s=$?; ls none; exit $s
modferry: unpack into none: standard input: terminated
  next: run it again: it goes on from where it was
ls: cannot access 'none': No such file or directory
? 143
$ mkdir -p locked/.modferry; flock locked/.modferry/lock interrupt INT /dev/null modferry-offline unpack u.tar.zst --proxy locked --allow-unsigned
modferry: unpack into locked: wait for .modferry/lock: interrupted
  next: run it again: it goes on from where it was
? 130
$ ls -A locked/.modferry
lock
