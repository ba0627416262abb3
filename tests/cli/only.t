# Some modules of a bundle, by pattern.
$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null
$ mkbundle u.tar.zst --big 64; modferry-offline sign u.tar.zst --key a.key -o s.tar.zst > /dev/null
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub --only example.com/beta
unpacked   s.tar.zst
into       tree (proxy tree)
signed by  <HEX>
comment    timestamp:1700000000 bundle:66321b02b1f227e5b3bda1414d8e9e4a9d4162f73114bed5a8f3f4175af78547
bundle id  66321b02b1f227e5b3bda1414d8e9e4a9d4162f73114bed5a8f3f4175af78547
level      build
only       1 of 4 modules
modules    published 1, present 0, replaced 0
$ find tree -name '*.zip' -o -name '*.mod' | sort
tree/example.com/beta/@v/v0.3.1.mod
tree/example.com/beta/@v/v0.3.1.zip
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub --only 'example.com/[ab]*@v1.2.0' --only example.com/gamma | grep modules
only       2 of 4 modules
modules    published 2, present 0, replaced 0
$ find tree -name '*.zip' -o -name '*.mod' | sort
tree/example.com/alpha/@v/v1.2.0.mod
tree/example.com/alpha/@v/v1.2.0.zip
tree/example.com/beta/@v/v0.3.1.mod
tree/example.com/beta/@v/v0.3.1.zip
tree/example.com/gamma/@v/v1.0.0.mod
$ modferry-offline check tree | grep modules
modules    3, 1.2 kB read
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub --only example.com/beta | tail -1
modules    published 0, present 1, replaced 0: nothing changed

# Of a file the frames alone that hold them; of a pipe all, and the same comes of it.
$ ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=read,pread64 -o trace modferry-offline unpack s.tar.zst --proxy few --pubkey a.pub --only example.com/alpha > /dev/null
$ awk '/= [0-9]+$/ {sum += $NF} END {print (sum < 20000000 ? "less than 20 MB read" : sum)}' trace
less than 20 MB read
$ cat s.tar.zst | modferry-offline unpack - --proxy piped --pubkey a.pub --only example.com/alpha | tail -1
modules    published 1, present 0, replaced 0
$ diff -r -x .modferry few piped

# A list needs none of them.
$ ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=read,pread64 -o trace modferry-offline list s.tar.zst --pubkey a.pub | grep big
  example.com/big v1.0.0  67.1 MB
$ awk '/= [0-9]+$/ {sum += $NF} END {print (sum < 1000000 ? "less than 1 MB read" : sum)}' trace
less than 1 MB read

# The same for a GOMODCACHE; all of it afterwards.
$ modferry-offline unpack s.tar.zst --modcache cache --pubkey a.pub --only example.com/alpha --jobs 1 | tail -2
only       1 of 4 modules
modules    published 1, present 0, replaced 0
$ modferry-offline unpack s.tar.zst --modcache cache --pubkey a.pub --quiet | tail -1
modules    published 3, present 1, replaced 0
$ modferry-offline unpack s.tar.zst --proxy tree --pubkey a.pub --quiet | tail -1
modules    published 1, present 3, replaced 0
$ modferry-offline check cache | grep modules
modules    4, 134.2 MB read
$ chmod -R u+w cache

# A pattern that matches nothing, a bundle that is cut short.
$ modferry-offline unpack s.tar.zst --proxy none --pubkey a.pub --only example.com/delta
modferry: unpack into none: --only example.com/delta matches no module of s.tar.zst
  usage: modferry-offline unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  usage: modferry-offline unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]
  next: `modferry list` shows what is in it
? 2
$ head -c 40000000 s.tar.zst > t.tar.zst
$ modferry-offline unpack t.tar.zst --proxy none --pubkey a.pub --only example.com/alpha
modferry: unpack into none: t.tar.zst: ends inside its payload
  next: copy the file again: its end is missing
? 4
$ find none -name '*.zip'
