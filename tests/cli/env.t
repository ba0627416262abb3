$ mkbundle u.tar.zst
$ modferry-offline unpack u.tar.zst --proxy tree --allow-unsigned > /dev/null
$ modferry-offline unpack u.tar.zst --modcache cache --allow-unsigned > /dev/null
$ modferry-offline env tree
export GOPROXY='file://<DIR>/tree'
export GONOPROXY='none'
export GOVCS='*:off'
export GOTOOLCHAIN='local'
# warning: no complete checksum database in this tree: go needs a complete go.sum
$ modferry-offline env cache
export GOMODCACHE='<DIR>/cache'
export GOPROXY='off'
export GONOPROXY='none'
export GOVCS='*:off'
export GOTOOLCHAIN='local'
# warning: no complete checksum database in this tree: go needs a complete go.sum
$ modferry-offline env tree --format json
{
  "env": {
    "GOPROXY": "file://<DIR>/tree",
    "GONOPROXY": "none",
    "GOVCS": "*:off",
    "GOTOOLCHAIN": "local"
  },
  "warnings": [
    "no complete checksum database in this tree: go needs a complete go.sum"
  ]
}
$ for f in sh fish powershell docker goenv; do modferry-offline env tree -f $f > $f || echo $f; done
$ eval "$(modferry-offline env tree)"; echo "$GOPROXY"
file://<DIR>/tree
$ GOFLAGS='-mod=vendor -v' modferry-offline env tree | tail -1
# warning: GOFLAGS has -mod=vendor: go reads the vendor directory and not this tree
$ mkdir empty; modferry-offline env empty
modferry: env empty: there is no record of modferry in it: not a tree that it filled
  usage: modferry-offline env DIR [--format FORMAT]
  next: run `modferry-offline env --help`
? 2
$ modferry-offline env none
modferry: env none: open none: No such file or directory
  next: check the name
? 5

# The record of a tree that others may write: what is no module path is not handed on to go, a shell or a terminal.
$ printf 'modferry-sumdb/1 \nexempt example.com/a\n' > tree/.modferry/sumdb; modferry-offline env tree | grep GONOSUMDB
export GONOSUMDB='example.com/a'
$ printf 'modferry-sumdb/1 \nexempt *\n' > tree/.modferry/sumdb; modferry-offline env tree
modferry: env tree: .modferry/sumdb is not a record of a checksum database
  next: copy the file again; if that does not help, pack it again
? 4
$ printf 'modferry-sumdb/1 \nexempt a\033[31m\n' > tree/.modferry/sumdb; modferry-offline env tree
modferry: env tree: .modferry/sumdb is not a record of a checksum database
  next: copy the file again; if that does not help, pack it again
? 4
$ rm tree/.modferry/sumdb
