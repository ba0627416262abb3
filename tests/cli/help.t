# Help comes from the tables: the program's page and one command's.
$ modferry-offline --help
Usage: modferry-offline COMMAND [ARGUMENT...]

Receives Go modules that modferry packed: checks signatures and hashes and fills
a proxy tree or a GOMODCACHE. This program holds no network code.

Commands:
  keygen     Make a key pair for signing bundles
  sign       Add a signature to a bundle
  trust      Say whose signatures count: keys, thresholds, channels
  verify     Check a bundle's signature and every hash in it
  unpack     Check a bundle and publish its modules into a tree
  list       Show what a bundle says it holds
  cat        Show one file of a module in a bundle, or the names of all
  diff       Show what changed from one bundle to another
  expand     Make a full bundle from a difference and its base
  check      Hash an installed tree again and compare
  env        Print the settings with which go uses a tree
  help       Explain a command

Options:
  -h, --help      this page; `modferry-offline COMMAND --help` explains a command
  -V, --version   versions of program, formats and libraries; sandbox

Exit status: 0 done; 1 a check refused the input; 2 wrong usage; 3 network or
upstream failure; 4 damaged or malformed input; 5 local file system failure;
130, 143 interrupted.
$ modferry-offline help
Usage: modferry-offline COMMAND [ARGUMENT...]

Receives Go modules that modferry packed: checks signatures and hashes and fills
a proxy tree or a GOMODCACHE. This program holds no network code.

Commands:
  keygen     Make a key pair for signing bundles
  sign       Add a signature to a bundle
  trust      Say whose signatures count: keys, thresholds, channels
  verify     Check a bundle's signature and every hash in it
  unpack     Check a bundle and publish its modules into a tree
  list       Show what a bundle says it holds
  cat        Show one file of a module in a bundle, or the names of all
  diff       Show what changed from one bundle to another
  expand     Make a full bundle from a difference and its base
  check      Hash an installed tree again and compare
  env        Print the settings with which go uses a tree
  help       Explain a command

Options:
  -h, --help      this page; `modferry-offline COMMAND --help` explains a command
  -V, --version   versions of program, formats and libraries; sandbox

Exit status: 0 done; 1 a check refused the input; 2 wrong usage; 3 network or
upstream failure; 4 damaged or malformed input; 5 local file system failure;
130, 143 interrupted.
$ modferry-offline -h | head -1
Usage: modferry-offline COMMAND [ARGUMENT...]
$ modferry-offline --version
modferry-offline <ANY>
bundle format: modferry-bundle/1
zstd <ANY>
sandbox: <ANY>
$ modferry-offline -V | head -1
modferry-offline <ANY>
$ modferry-offline help verify
usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]

Check a bundle's signature and every hash in it.

Checks that a trusted key signed the bundle, then reads all of it and compares
every frame and every module with the signed hashes. Proofs of the checksum
database that it carries are checked with the database's key (GOSUMDB as `go`
takes it), whoever has signed the bundle. Nothing is written. `-` reads the
bundle from standard input.

Of a difference (`modferry pack --base`), what it leaves out is read from --base
and hashed with the rest.

Options:
      --base PLACE         of a difference: the proxy tree, GOMODCACHE or bundle
                           that holds the rest
  -p, --pubkey FILE        trust what the owner of this minisign public key
                           signed; may be repeated
      --trust FILE         trust what was signed as the trust document in this
                           file asks for
      --allow-unsigned     accept a bundle without checking who made it; the
                           output says UNVERIFIED
      --state FILE         what was accepted so far (default:
                           modferry/state.json in XDG_STATE_HOME or
                           ~/.local/state)
      --override-trust     accept an older or stale bundle, or another kind of
                           trust, this once; unpack records it
      --json               print the result as JSON
  -j, --jobs N             threads to use, 1 to 64 (default: the processors)
  -q, --quiet              show no progress
      --progress auto|plain|json
                           how to show it on standard error (default: auto)
  -h, --help               this page

Examples:
  $ modferry-offline verify deps.tar.zst --pubkey team.pub
  $ modferry-offline verify - --pubkey team.pub --json < /dev/sr0
$ modferry-offline verify --help | head -1
usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
$ modferry-offline verify -h --nonsense | head -1
usage: modferry-offline verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]

# Every command explains itself with an example.
$ for c in keygen sign verify unpack list diff check env; do
>     modferry-offline $c --help > page || exit
>     modferry-offline help $c | cmp - page || exit
>     grep -c '^  \$ modferry-offline '$c page > /dev/null || echo "$c has no example"
> done
