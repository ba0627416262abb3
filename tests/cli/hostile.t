% only modferry

# Zips that Go refuses are refused by name, and no bundle is written.
$ mkproxy proxy < $REPO/tests/cli/small.proxy
$ cat > bad <<'END'
> #!/bin/sh
> printf '%s\n' '-- example.com/h@v1.0.0 --' "$1" | mkproxy proxy; rm -rf ~/.cache out
> modferry pack --level all example.com/h@v1.0.0 -o out; status=$?
> ls out 2> /dev/null; cd ~/.cache && find . -name '*.zip' -o -name '*.proof' -o -name '*.tmp'
> exit $status
> END
$ chmod +x bad
$ ./bad '= ../../etc/evil.go'
modferry: example.com/h@v1.0.0: "../../etc/evil.go": path does not have prefix "example.com/h@v1.0.0/"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '= /etc/evil.go'
modferry: example.com/h@v1.0.0: "/etc/evil.go": path does not have prefix "example.com/h@v1.0.0/"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '= example.com/other@v1.0.0/a.go'
modferry: example.com/h@v1.0.0: "example.com/other@v1.0.0/a.go": path does not have prefix "example.com/h@v1.0.0/"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ ../evil.go'
modferry: example.com/h@v1.0.0: malformed file path "../evil.go": invalid path element ".."
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ a/./b.go'
modferry: example.com/h@v1.0.0: malformed file path "a/./b.go": invalid path element "."
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ c:\evil.go'
modferry: example.com/h@v1.0.0: malformed file path "c:\evil.go": invalid char ':'
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ nul'
modferry: example.com/h@v1.0.0: malformed file path "nul": "nul" disallowed as path element component on Windows
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ H.GO'
modferry: example.com/h@v1.0.0: case-insensitive file name collision: "H.GO" and "h.go"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '= example.com/h@v1.0.0/h.go'
modferry: example.com/h@v1.0.0: multiple entries for file "h.go"
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '@ link'
modferry: example.com/h@v1.0.0: "example.com/h@v1.0.0/link": not a regular file
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ vendor/../../x'
modferry: example.com/h@v1.0.0: malformed file path "vendor/../../x": invalid path element ".."
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '+ a//b'
modferry: example.com/h@v1.0.0: malformed file path "a//b": double slash
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '! zip this is no zip'
modferry: example.com/h@v1.0.0: not a valid zip file: no end record
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
$ ./bad '! zip '
modferry: example.com/h@v1.0.0: not a valid zip file: no end record
  next: go refuses this module zip as well; ask the module's author or proxy
? 4
