# Wrong usage: exit status 2, what is wrong, and how it goes.
$ modferry-offline
modferry: no command was given
  next: run `modferry-offline --help`
? 2
$ modferry-offline verfy x
modferry: unknown command "verfy"
  next: did you mean `modferry-offline verify`? `modferry-offline --help` lists all commands
? 2
$ modferry-offline frobnicate
modferry: unknown command "frobnicate"
  next: run `modferry-offline --help`
? 2
$ modferry-offline --frobnicate
modferry: unknown option --frobnicate before the command
  next: run `modferry-offline --help`
? 2
$ modferry-offline help frobnicate
modferry: unknown command "frobnicate"
  next: run `modferry-offline --help`
? 2
$ modferry-offline help verify list
modferry: help explains one command at a time
  next: run `modferry-offline --help`
? 2
$ modferry-offline verify
modferry: verify: BUNDLE is missing
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a b --allow-unsigned
modferry: verify: one argument too many: b
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --allow-unsigned=yes
modferry: verify: option --allow-unsigned takes no value
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --pubky team.pub
modferry: verify: unknown option --pubky; the nearest one is --pubkey
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a -z
modferry: verify: unknown option -z
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --pubkey
modferry: verify: option --pubkey needs a value: --pubkey FILE
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --json --json --allow-unsigned
modferry: verify: option --json was given twice
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
{
  "error": {
    "code": "usage",
    "text": "verify: option --json was given twice",
    "next": "run `modferry-offline verify --help`"
  }
}
? 2
$ modferry-offline verify a
modferry: verify: whose signature is to be trusted was not said
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: pass the signer's public key with --pubkey FILE, a trust document with --trust FILE, or accept unchecked content with --allow-unsigned
? 2
$ modferry-offline verify a --allow-unsigned --pubkey team.pub
modferry: verify: --pubkey and --allow-unsigned exclude one another
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --allow-unsigned --jobs 0
modferry: verify: --jobs takes a number from 1 to 64, not "0"
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --allow-unsigned -j99999999999999999999
modferry: verify: --jobs takes a number from 1 to 64, not "99999999999999999999"
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --allow-unsigned --quiet --progress json
modferry: verify: --quiet and --progress exclude one another
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline verify a --allow-unsigned --progress often
modferry: verify: --progress takes auto, plain or json, not "often"
  usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline verify --help`
? 2
$ modferry-offline unpack a --allow-unsigned
modferry: unpack: either --proxy DIR or --modcache DIR is needed
  usage: modferry-offline unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry-offline unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline unpack --help`
? 2
$ modferry-offline unpack a --allow-unsigned --proxy p --modcache m
modferry: unpack: either --proxy DIR or --modcache DIR is needed
  usage: modferry-offline unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry-offline unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: run `modferry-offline unpack --help`
? 2
$ modferry-offline sign a
modferry: sign: either --key FILE or --attach FILE is needed
  usage: modferry-offline sign BUNDLE --key FILE [--trusted-comment TEXT] [-o FILE] [--json]
  usage: modferry-offline sign BUNDLE --attach FILE.minisig --pubkey FILE [-o FILE] [--json]
  next: run `modferry-offline sign --help`
? 2
$ modferry-offline sign a --key k --attach s
modferry: sign: either --key FILE or --attach FILE is needed
  usage: modferry-offline sign BUNDLE --key FILE [--trusted-comment TEXT] [-o FILE] [--json]
  usage: modferry-offline sign BUNDLE --attach FILE.minisig --pubkey FILE [-o FILE] [--json]
  next: run `modferry-offline sign --help`
? 2
$ modferry-offline sign a --attach s
modferry: sign: --attach needs --pubkey FILE, the key of whoever signed
  usage: modferry-offline sign BUNDLE --key FILE [--trusted-comment TEXT] [-o FILE] [--json]
  usage: modferry-offline sign BUNDLE --attach FILE.minisig --pubkey FILE [-o FILE] [--json]
  next: run `modferry-offline sign --help`
? 2
$ modferry-offline keygen --secret only
modferry: keygen: --secret FILE and --public FILE are both needed
  usage: modferry-offline keygen --secret FILE --public FILE [--no-password] [--json]
  next: run `modferry-offline keygen --help`
? 2
$ modferry-offline env . --format csv
modferry: env .: --format takes sh, fish, powershell, json, docker or goenv, not "csv"
  usage: modferry-offline env DIR [--format FORMAT]
  next: run `modferry-offline env --help`
? 2
$ modferry-offline list a --allow-unsigned --json --manifest m
modferry: list: --manifest and --json exclude one another
  usage: modferry-offline list BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [--json]
  usage: modferry-offline list BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) --manifest FILE|-
  next: run `modferry-offline list --help`
{
  "error": {
    "code": "usage",
    "text": "list: --manifest and --json exclude one another",
    "next": "run `modferry-offline list --help`"
  }
}
? 2

# Operands that begin with a dash stand behind `--`; names are masked.
$ modferry-offline verify --allow-unsigned -- --json
modferry: verify: open --json: No such file or directory
  next: check the name
? 5
$ modferry-offline verify --allow-unsigned "$(printf 'a\033[31mb')"
modferry: verify: open a\x1b[31mb: No such file or directory
  next: check the name
? 5

# With --json the error is a JSON object on standard output as well.
$ modferry-offline verify none --allow-unsigned --json 2>/dev/null
{
  "error": {
    "code": "io",
    "text": "verify: open none: No such file or directory",
    "next": "check the name"
  }
}
? 5
$ modferry-offline verify --json 2>/dev/null
{
  "error": {
    "code": "usage",
    "text": "verify: BUNDLE is missing",
    "next": "run `modferry-offline verify --help`"
  }
}
? 2
