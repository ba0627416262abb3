% only modferry

# The full program: the same commands and more.
$ modferry --version
modferry <ANY>
bundle format: modferry-bundle/1
zstd <ANY>
libcurl <ANY>
$ modferry --help | head -1
Usage: modferry COMMAND [ARGUMENT...]
$ modferry verify --help | head -1
usage: modferry verify BUNDLE|- (--pubkey FILE... | --allow-unsigned) [OPTION...]
$ modferry verfy
modferry: unknown command "verfy"
  next: did you mean `modferry verify`? `modferry --help` lists all commands
? 2
