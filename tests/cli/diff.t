$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle a.tar.zst; modferry-offline sign a.tar.zst --key a.key > /dev/null
$ mkbundle b.tar.zst --newer; modferry-offline sign b.tar.zst --key a.key > /dev/null
$ mkbundle u.tar.zst
$ modferry-offline diff a.tar.zst b.tar.zst --pubkey a.pub
version    example.com/beta v0.3.1 -> v0.3.2
removed    example.com/gamma v1.0.0
summary    added 0, removed 1, version 1, content 0, extent 0
$ modferry-offline diff a.tar.zst b.tar.zst --pubkey a.pub --json
{
  "verified": true,
  "old": {
    "verified": true,
    "bundle": "a.tar.zst",
    "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
    "manifest_sha256": "<HEX>",
    "signer": {
      "key_id": "<HEX>",
      "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
    },
    "level": "build"
  },
  "new": {
    "verified": true,
    "bundle": "b.tar.zst",
    "id": "626753da9b5045d7efb6deaf424be6f6d538822a00c9eac1869f6ad47f680343",
    "manifest_sha256": "<HEX>",
    "signer": {
      "key_id": "<HEX>",
      "trusted_comment": "timestamp:1700000000 bundle:626753da9b5045d7efb6deaf424be6f6d538822a00c9eac1869f6ad47f680343"
    },
    "level": "build"
  },
  "same_content": false,
  "promises": [],
  "changes": [
    {
      "change": "version",
      "path": "example.com/beta",
      "old": {
        "version": "v0.3.1",
        "only_mod": false,
        "h1": "h1:21202G8fZTrWiLY24P5gU69n9DCD4jtdEn4o5xKToeQ=",
        "mod_h1": "h1:cwoRWv9FdioBAsnFzcqwjzFMR6/f4goidK9RsAz278Q="
      },
      "new": {
        "version": "v0.3.2",
        "only_mod": false,
        "h1": "h1:79gDGgkTZhls6EG40fGol0kTqkA04WNDJHXW+129KMk=",
        "mod_h1": "h1:cwoRWv9FdioBAsnFzcqwjzFMR6/f4goidK9RsAz278Q="
      }
    },
    {
      "change": "removed",
      "path": "example.com/gamma",
      "old": {
        "version": "v1.0.0",
        "only_mod": true,
        "h1": null,
        "mod_h1": "h1:kEALwL/XjAmLhDAGRP1Vtu2+7/Y0ginZdnCQRyHrzwI="
      },
      "new": null
    }
  ]
}
$ modferry-offline diff a.tar.zst a.tar.zst --pubkey a.pub
no differences between the modules
$ mkbundle other.tar.zst --name example.com/other; modferry-offline diff a.tar.zst other.tar.zst --allow-unsigned
UNVERIFIED
root       removed example.com/app
root       added example.com/other
no differences between the modules
$ modferry-offline diff a.tar.zst other.tar.zst --allow-unsigned --json | jq -c '.same_content, .promises[]'
false
{"what":"root","path":"example.com/app","version":null,"old":"example.com/app","new":null}
{"what":"root","path":"example.com/other","version":null,"old":null,"new":"example.com/other"}
$ modferry-offline diff a.tar.zst u.tar.zst --pubkey a.pub
modferry: diff: check the signatures of u.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ modferry-offline diff a.tar.zst u.tar.zst --allow-unsigned
UNVERIFIED
no differences between the modules
$ modferry-offline diff a.tar.zst --pubkey a.pub
modferry: diff: bundle B is missing
  usage: modferry-offline diff A B (--pubkey FILE... | --trust FILE | --allow-unsigned) [--json]
  next: run `modferry-offline diff --help`
? 2
