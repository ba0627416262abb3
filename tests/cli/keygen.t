# A key pair without a password.
$ modferry-offline keygen --secret a.key --public a.pub --no-password
key id      <HEX>
public key  <KEY>
$ stat -c %a a.key
600
$ tail -1 a.pub
<KEY>
$ modferry-offline keygen -s b.key -p b.pub --no-password --json
{
  "key_id": "<HEX>",
  "public_key": "<KEY>",
  "encrypted": false
}

# Nothing is overwritten, and a failure leaves nothing behind.
$ modferry-offline keygen --secret a.key --public new.pub --no-password
modferry: keygen: a.key exists already and is not overwritten
  next: choose another name, or remove the file if you are sure
? 1
$ modferry-offline keygen --secret new.key --public a.pub --no-password
modferry: keygen: a.pub exists already and is not overwritten
  next: choose another name, or remove the file if you are sure
? 1
$ modferry-offline keygen --secret same --public same --no-password
modferry: keygen: same exists already and is not overwritten
  next: choose another name, or remove the file if you are sure
? 1
$ modferry-offline keygen --secret none/a.key --public new.pub --no-password
modferry: keygen: create none/a.key: No such file or directory
  next: check the disc and the permissions
? 5
$ printf '\n' | modferry-offline keygen --secret new.key --public new.pub
modferry: keygen: the password is empty
  usage: modferry-offline keygen --secret FILE --public FILE [--no-password] [--json]
  next: choose a password, or pass --no-password for a key without one
? 2
$ modferry-offline keygen --secret new.key --public new.pub
modferry: keygen: a password is needed, and standard input has no line
  usage: modferry-offline keygen --secret FILE --public FILE [--no-password] [--json]
  next: run `modferry-offline keygen --help`
? 2
$ ls
a.key
a.pub
b.key
b.pub

# With a password, from standard input where that is no terminal.
$ echo secret | modferry-offline keygen --secret p.key --public p.pub
key id      <HEX>
public key  <KEY>
$ mkbundle b.tar.zst
$ echo wrong | modferry-offline sign b.tar.zst --key p.key > /dev/null
modferry: sign b.tar.zst: open the secret key p.key: secret key: wrong password
  next: try again with the password of this key
? 1
$ echo secret | modferry-offline sign b.tar.zst --key p.key | tail -3
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
written    b.tar.zst
$ modferry-offline verify b.tar.zst --pubkey p.pub | head -2
verified   b.tar.zst
signed by  <HEX>

# Key files that are none.
$ modferry-offline sign b.tar.zst --key a.pub --json
modferry: sign b.tar.zst: read the secret key a.pub: this is a minisign public key, not a secret key
  next: pass a file that minisign or `modferry keygen` wrote
{
  "error": {
    "code": "key-file",
    "text": "sign b.tar.zst: read the secret key a.pub: this is a minisign public key, not a secret key",
    "next": "pass a file that minisign or `modferry keygen` wrote"
  }
}
? 4
$ modferry-offline verify b.tar.zst --pubkey a.key
modferry: verify: read the public key a.key: this is a minisign secret key, not a public key
  next: pass a file that minisign or `modferry keygen` wrote
? 4
$ modferry-offline verify b.tar.zst --pubkey none
modferry: verify: read the public key: open none: No such file or directory
  next: check the name
? 5
$ head -c 5000 /dev/zero > large; modferry-offline verify b.tar.zst --pubkey large
modferry: verify: read the public key: large is larger than 4096 bytes
  next: see the limits in docs/format-bundle.md
? 4
