% only modferry

# The full program: the same commands and more.
$ modferry --version
modferry <ANY>
bundle format: modferry-bundle/1
zstd <ANY>
libcurl <ANY>
sandbox: <ANY>
$ modferry --help | head -1
Usage: modferry COMMAND [ARGUMENT...]
$ modferry verify --help | head -1
usage: modferry verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
$ modferry verfy
modferry: unknown command "verfy"
  next: did you mean `modferry verify`? `modferry --help` lists all commands
? 2

# What a file holds reaches a terminal masked, and a pipe as it is.
$ printf -- '-- example.com/esc@v1.0.0 --\n+ f.txt <- tab\there\\n\033[31mred\\nlast\n' | mkproxy proxy --sum sums
$ GOPROXY=file://$PWD/proxy modferry pack example.com/esc@v1.0.0 -o esc.tar.zst 2>&1 | tail -1
unsigned: add a signature with `modferry sign esc.tar.zst --key FILE`
$ terminal '' modferry cat esc.tar.zst example.com/esc@v1.0.0/f.txt --allow-unsigned
UNVERIFIED
tab	here
\x1b[31mred
last
$ modferry cat esc.tar.zst example.com/esc@v1.0.0/f.txt --allow-unsigned 2>/dev/null | od -c
0000000   t   a   b  \t   h   e   r   e  \n 033   [   3   1   m   r   e
0000020   d  \n   l   a   s   t  \n
0000027
