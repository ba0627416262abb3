# Damaged in transit: exit status 1 where a hash tells, 4 where the form does.
$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle s.tar.zst; modferry-offline sign s.tar.zst --key a.key > /dev/null

# One bit, in the manifest, in its signature, in the content, in the seek table.
$ cp s.tar.zst x; flip x 900; modferry-offline verify x --pubkey a.pub
modferry: verify: check the signatures of x: the signature of key <HEX> does not fit its manifest
  next: do not use it; ask the sender for a fresh copy
? 1
$ cp s.tar.zst x; flip x -300; modferry-offline verify x --pubkey a.pub
modferry: verify: x: frame 2: its SHA-256 is not the one in the manifest
  next: do not use this content; find out where it was changed
? 1
$ cp s.tar.zst x; flip x -1; modferry-offline verify x --pubkey a.pub
modferry: verify: x: its seek table is not the one of this bundle
  next: copy the file again; if that does not help, pack it again
? 4
$ cp s.tar.zst x; flip x 2; modferry-offline verify x --pubkey a.pub
modferry: verify: x: does not begin as a bundle does
  next: pass a file that `modferry pack` wrote
? 4

# Cut off.
$ head -c 0 s.tar.zst > x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: ends inside its head
  next: copy the file again: its end is missing
? 4
$ head -c 3 s.tar.zst > x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: ends inside its head
  next: copy the file again: its end is missing
? 4
$ head -c 1000 s.tar.zst > x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: ends inside its head
  next: copy the file again: its end is missing
? 4
$ cp s.tar.zst x; truncate -s -200 x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: ends inside frame 2 of 2
  next: copy the file again: its end is missing
? 4
$ modferry-offline verify - --pubkey a.pub < x
modferry: verify: standard input: ends inside frame 2 of 2
  next: copy the file again: its end is missing
? 4

# Something behind it.
$ cp s.tar.zst x; echo more >> x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: something follows its seek table
  next: copy the file again; if that does not help, pack it again
? 4

# Not a bundle at all.
$ echo hello > x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: does not begin as a bundle does
  next: pass a file that `modferry pack` wrote
? 4
$ modferry-offline verify . --pubkey a.pub
modferry: verify: . is a directory
  next: pass a file that `modferry pack` wrote
? 4
$ modferry-offline verify none --pubkey a.pub
modferry: verify: open none: No such file or directory
  next: check the name
? 5
$ modferry-offline verify /dev/null --pubkey a.pub
modferry: verify: /dev/null: ends inside its head
  next: copy the file again: its end is missing
? 4
$ modferry-offline verify - --pubkey a.pub
modferry: verify: standard input: ends inside its head
  next: copy the file again: its end is missing
? 4
$ tar -cf - a.pub | zstd -q > x; modferry-offline verify x --pubkey a.pub
modferry: verify: x: does not begin as a bundle does
  next: pass a file that `modferry pack` wrote
? 4
