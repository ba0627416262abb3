# Targets that are no directories.
$ mkbundle u.tar.zst; echo text > file; ln -s nowhere dangling
$ modferry-offline unpack u.tar.zst --proxy file --allow-unsigned
modferry: unpack into file: open directory file: Not a directory
  next: check the disc and the permissions
? 5
$ modferry-offline unpack u.tar.zst --proxy file/below --allow-unsigned
modferry: unpack into file/below: create directory file/below: Not a directory
  next: check the disc and the permissions
? 5
$ modferry-offline unpack u.tar.zst --proxy /proc/none --allow-unsigned
modferry: unpack into /proc/none: create directory /proc/none: No such file or directory
  next: check the disc and the permissions
? 5
$ modferry-offline unpack u.tar.zst --proxy '' --allow-unsigned
modferry: unpack into : open directory : No such file or directory
  next: check the disc and the permissions
? 5

# A tree of the other kind.
$ modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned | tail -1
modules    published 3, present 0, replaced 0
$ modferry-offline unpack u.tar.zst --modcache tree --allow-unsigned
modferry: unpack into tree: this directory holds a proxy tree, not a GOMODCACHE
  usage: modferry-offline unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry-offline unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline unpack --help`
? 2
