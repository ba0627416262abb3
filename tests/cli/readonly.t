% when setpriv --reuid 65534 --clear-groups true

# A target that may not be written to, as another user.
$ mkbundle u.tar.zst; chmod 755 . ..; mkdir -m 755 closed
$ setpriv --reuid 65534 --clear-groups modferry-offline unpack u.tar.zst --proxy closed --allow-unsigned
modferry: unpack into closed: create directory .modferry: Permission denied
  next: check owner and permissions of that path
? 5
$ setpriv --reuid 65534 --clear-groups modferry-offline unpack u.tar.zst --proxy closed/below --allow-unsigned
modferry: unpack into closed/below: create directory closed/below: Permission denied
  next: check owner and permissions of that path
? 5
$ setpriv --reuid 65534 --clear-groups modferry-offline unpack u.tar.zst --modcache closed --allow-unsigned
modferry: unpack into closed: create directory .modferry: Permission denied
  next: check owner and permissions of that path
? 5
$ setpriv --reuid 65534 --clear-groups modferry-offline keygen --secret closed/k --public closed/p --no-password
modferry: keygen: create closed/k: Permission denied
  next: check owner and permissions of that path
? 5
$ setpriv --reuid 65534 --clear-groups modferry-offline list u.tar.zst --allow-unsigned --manifest closed/m
modferry: list: write closed/m: create m: Permission denied
  next: check owner and permissions of that path
? 5
$ ls -A closed
