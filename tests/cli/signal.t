# Interrupted: exit status 130 or 143; what is published is whole, and the next
# run goes on from there.
$ mkbundle u.tar.zst --big 64
$ interrupt INT u.tar.zst modferry-offline verify - --allow-unsigned --quiet
modferry: verify: standard input: interrupted
  next: run it again: it goes on from where it was
? 130
$ interrupt TERM u.tar.zst modferry-offline verify - --allow-unsigned --quiet --json
modferry: verify: standard input: terminated
  next: run it again: it goes on from where it was
{
  "error": {
    "code": "terminated",
    "text": "verify: standard input: terminated",
    "next": "run it again: it goes on from where it was"
  }
}
? 143
$ interrupt INT u.tar.zst modferry-offline unpack - --proxy tree --allow-unsigned --quiet
modferry: unpack into tree: standard input: interrupted
  next: run it again: it goes on from where it was
? 130
$ modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned --quiet | tail -1
modules    published 3, present 1, replaced 0
$ modferry-offline check tree | tail -1
found      ok 7, changed 0, missing 0, unrecorded 0
$ find tree -name '*.tmp'

# A second signal ends it at once.
$ interrupt INT,INT u.tar.zst modferry-offline verify - --allow-unsigned --quiet
? 130
