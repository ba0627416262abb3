# On a terminal a password is asked for without echo, twice for a new key.
$ terminal secret,secret modferry-offline keygen --secret a.key --public a.pub
Password for the new key: 
Once more: 
key id      <HEX>
public key  <KEY>
$ terminal secret,other modferry-offline keygen --secret b.key --public b.pub
Password for the new key: 
Once more: 
modferry: keygen: the two passwords differ
  next: run it again and type the same password twice
? 1
$ terminal ^C modferry-offline keygen --secret b.key --public b.pub
Password for the new key: 
modferry: keygen: interrupted
  next: run it again: it goes on from where it was
? 130
$ ls b.key b.pub
ls: cannot access 'b.key': No such file or directory
ls: cannot access 'b.pub': No such file or directory
? 2
$ mkbundle u.tar.zst --big 64
$ terminal secret modferry-offline sign u.tar.zst --key a.key
bundle     u.tar.zst
bundle id  66321b02b1f227e5b3bda1414d8e9e4a9d4162f73114bed5a8f3f4175af78547
root       example.com/app
level      build
channel    test, counter 1
created    2023-05-06T07:08:09Z
modules    4
unproved   4 of them: no checksum database vouches for them
Password of a.key: 
signed by  <HEX>
comment    timestamp:1700000000 bundle:66321b02b1f227e5b3bda1414d8e9e4a9d4162f73114bed5a8f3f4175af78547
written    u.tar.zst
$ terminal wrong modferry-offline sign u.tar.zst --key a.key 2>&1 | tail -2
modferry: sign u.tar.zst: open the secret key a.key: secret key: wrong password
  next: try again with the password of this key

# Progress is a line that is redrawn, and gone at the end.
$ terminal '' modferry-offline verify u.tar.zst --pubkey a.pub > shown; grep -c '<CR>verify: .* of .*, . of 4 modules' shown; tail -7 shown | head -1
1
<ANY>verify: <ANY> of 67.1 MB (<N>%), <N> of 4 modules<ANY><ESC>[K<CR><ESC>[Kverified   u.tar.zst
$ terminal '' modferry-offline verify u.tar.zst --pubkey a.pub --quiet | head -1
verified   u.tar.zst
$ modferry-offline verify u.tar.zst --pubkey a.pub --progress plain 2>&1 >/dev/null
