$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle u.tar.zst; modferry-offline sign u.tar.zst --key a.key -o s.tar.zst > /dev/null
$ modferry-offline list s.tar.zst --pubkey a.pub
signed by  <HEX>
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
level      build
go         1.21
roots      example.com/app
channel    test, counter 1
created    2023-05-06T07:08:09Z
commands   go build ./...
modules    3 (1 with a go.mod alone)
  example.com/alpha v1.2.0  134 bytes
  example.com/beta v0.3.1  109 bytes
  example.com/gamma v1.0.0  go.mod
$ modferry-offline list s.tar.zst --pubkey a.pub --json
{
  "verified": true,
  "bundle": "s.tar.zst",
  "id": "b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681",
  "manifest_sha256": "<HEX>",
  "signer": {
    "key_id": "<HEX>",
    "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
  },
  "level": "build",
  "go": "1.21",
  "roots": [
    {
      "path": "example.com/app",
      "go.mod": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "commands": [
        "go build ./..."
      ]
    }
  ],
  "platforms": [],
  "tags": [],
  "toolchains": [],
  "channel": "test",
  "counter": 1,
  "created": "2023-05-06T07:08:09Z",
  "tool": "clibundle",
  "modules": [
    {
      "path": "example.com/alpha",
      "version": "v1.2.0",
      "h1": "h1:a44koR9jRAm1eMdzvP5WkCdFf0Kqee0LzwI8EW8Uk1A=",
      "mod_h1": "h1:YHow77xbH+ggU39aBbYdg0ePvfXlEwA+H5UduKJe4xw=",
      "time": "2023-05-06T07:08:09Z",
      "zip_sha256": "a0191b436e723bc39e85d6e4949eca7133c5b9f06c1c975389764756d0719e21",
      "not_covered": "made for a test",
      "form": "files",
      "size": 134,
      "files": 3
    },
    {
      "path": "example.com/beta",
      "version": "v0.3.1",
      "h1": "h1:21202G8fZTrWiLY24P5gU69n9DCD4jtdEn4o5xKToeQ=",
      "mod_h1": "h1:cwoRWv9FdioBAsnFzcqwjzFMR6/f4goidK9RsAz278Q=",
      "time": "2023-05-06T07:08:09Z",
      "zip_sha256": "afb0dad797a816b226c57c50c2e3c2ad0067eadc075708151e060edc1ca494be",
      "not_covered": "made for a test",
      "form": "files",
      "size": 109,
      "files": 2
    },
    {
      "path": "example.com/gamma",
      "version": "v1.0.0",
      "mod_h1": "h1:kEALwL/XjAmLhDAGRP1Vtu2+7/Y0ginZdnCQRyHrzwI=",
      "time": "2023-05-06T07:08:09Z",
      "not_covered": "made for a test",
      "form": "go.mod",
      "size": 0,
      "files": 0
    }
  ]
}
$ modferry-offline list u.tar.zst --allow-unsigned | head -2
UNVERIFIED
signed by  nobody was checked
$ modferry-offline list u.tar.zst --pubkey a.pub
modferry: list: check the signatures of u.tar.zst: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1

# The manifest, byte for byte, to a file and to standard output.
$ modferry-offline list s.tar.zst --pubkey a.pub --manifest m.json
manifest   m.json
sha256     <HEX>
$ sha256sum < m.json
73307c74d7ed38f73bece594afd284428cc4a670f1c1fdec147aafad3bb0e650  -
$ modferry-offline list s.tar.zst --pubkey a.pub --manifest - | cmp - m.json
$ tar --zstd -xOf s.tar.zst manifest.json | cmp - m.json
$ modferry-offline list u.tar.zst --allow-unsigned --manifest - > /dev/null
UNVERIFIED
$ modferry-offline list u.tar.zst --allow-unsigned --manifest none/m.json
modferry: list: open directory none: No such file or directory
  next: check the disc and the permissions
? 5
