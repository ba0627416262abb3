% only modferry

$ mkproxy proxy --sum p/go.sum < $REPO/tests/cli/small.proxy
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.1.0 // indirect\n)\n' > p/go.mod
$ modferry-offline keygen --secret a.key --public a.pub --no-password > /dev/null

# A project, signed.
$ modferry pack --level all p -o one --key a.key
packed  one
id      5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
size    <ANY>
$ modferry verify one --pubkey a.pub
verified   one
signed by  <HEX>
comment    timestamp:1700000000 bundle:5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
bundle id  5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
level      all
modules    2 (0 with a go.mod alone)
proved     2 modules by sumdb.modferry.test
content    209 bytes
$ modferry pack --level all p --json --output two --key a.key
{
  "bundle": "two",
  "id": "5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2",
  "manifest_sha256": "<HEX>",
  "signatures": 1,
  "modules": 2,
  "zips": 2,
  "as_zip": 2,
  "zip_size": <N>,
  "content_size": 122,
  "bundle_size": <N>,
  "sumdb": {
    "name": "sumdb.modferry.test",
    "size": 4,
    "root": "MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI=",
    "covered": 2,
    "not_covered": 0
  }
}
$ cmp one two
$ modferry pack --level all p -o - --offline --key a.key --jobs 1 | cmp - one
$ modferry list one --pubkey a.pub
signed by  <HEX>
comment    timestamp:1700000000 bundle:5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
bundle id  5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
level      all
go         1.21
roots      example.com/p
created    2023-11-14T22:13:20Z
commands   go build ./...
           go list -deps ./...
           go list -m all
           go mod graph
           go mod verify
           go run PACKAGE
           go test ./...
           go vet ./...
           go mod tidy
           go mod vendor
           go mod why -m all
           go get ./...
           go test all
           go mod download
           go mod download all
modules    2 (0 with a go.mod alone)
  example.com/a v1.0.0  68 bytes
  example.com/b v1.1.0  54 bytes
$ modferry pack --level all p --dry-run
would pack 2 modules with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
$ modferry pack --level all p --dry-run --json
{
  "dry_run": true,
  "modules": 2,
  "zips": 2,
  "zip_size": <N>,
  "sumdb": {
    "name": "sumdb.modferry.test",
    "size": 4,
    "root": "MWuePeh0V1kfQk2yifoyOe8F7JhVCglpi7Waq7uJ9FI=",
    "covered": 2,
    "not_covered": 0
  }
}
$ modferry pack --level all p --dry-run -o three; ls three
would pack 2 modules with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
ls: cannot access 'three': No such file or directory
? 2

# Wrong usage.
$ modferry pack --level all p
modferry: pack needs a place for the bundle
  usage: modferry pack <ANY>
  next: add -o FILE, or -o - for standard output
? 2
$ modferry pack --level all p -o
modferry: pack: option --output needs a value: --output FILE
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o three --key none
modferry: read the secret key: open none: No such file or directory
  next: check the name
? 5
$ modferry pack --level all p -o three --key a.pub
modferry: read the secret key a.pub: this is a minisign public key, not a secret key
  next: pass a file that minisign or `modferry keygen` wrote
? 4
$ modferry pack --level all p -o three --compress 23
modferry: --compress takes a number from 1 to 22, not "23"
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o three --jobs 0
modferry: --jobs takes a number from 1 to 64, not "0"
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o .
modferry: pack: "." does not name a file
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o p
modferry: pack: p exists and is not a regular file
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o none/three
modferry: pack: open directory none: No such file or directory
  next: check the disc and the permissions
? 5
$ modferry pack --level all p -o p/go.mod/three
modferry: pack: open directory p/go.mod: Not a directory
  next: check the disc and the permissions
? 5
$ modferry pack --level all p -o ''
modferry: pack: "" does not name a file
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ SOURCE_DATE_EPOCH=soon modferry pack --level all p -o three
modferry: SOURCE_DATE_EPOCH is not a number of seconds: "soon"
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o /dev/full
modferry: pack: /dev/full exists and is not a regular file
  usage: modferry pack <ANY>
  next: run `modferry pack --help`
? 2
$ modferry pack --level all p -o - > /dev/full
modferry: pack standard output: write standard output: No space left on device
  next: free some space and run it again
? 5
$ TMPDIR=/nowhere modferry pack --level all p -o - | head -c 1
modferry: pack: open directory /nowhere: No such file or directory
  next: check the disc and the permissions
$ ls
a.key
a.pub
one
p
proxy
two

# Several roots make one bundle; an existing file is replaced.
$ modferry pack --level all p example.com/c@v1.0.0 -o one --json | jq '.modules, .zips'
4
4
$ modferry list one --allow-unsigned
UNVERIFIED
signed by  nobody was checked
bundle id  2025116a54d868ef49aba12f82c0aee15d661860f91bb7e403d41da3d5f749e7
level      all
go         1.21
roots      example.com/c@v1.0.0
           example.com/p
created    2023-11-14T22:13:20Z
in example.com/c@v1.0.0
commands   go get example.com/c@v1.0.0
           go build -mod=mod example.com/c/...
           go list -m all
           go mod graph
           go mod verify
           go test -mod=mod example.com/c/...
           go mod download
           go mod download all
in example.com/p
commands   go build ./...
           go list -deps ./...
           go list -m all
           go mod graph
           go mod verify
           go run PACKAGE
           go test ./...
           go vet ./...
           go mod tidy
           go mod vendor
           go mod why -m all
           go get ./...
           go test all
           go mod download
           go mod download all
modules    4 (0 with a go.mod alone)
  example.com/a v1.0.0  68 bytes
  example.com/b v1.0.0  39 bytes
  example.com/b v1.1.0  54 bytes
  example.com/c v1.0.0  68 bytes

# A run that fails leaves what was there.
$ echo old > kept; modferry pack --level all example.com/none@v1.0.0 -o kept; cat kept
modferry: root example.com/none@v1.0.0: example.com/none@v1.0.0: unknown revision v1.0.0 (file://<DIR>/proxy: 404 Not Found)
  next: check the module path and version, and that GOPROXY lists a proxy that has it
old

# Zips as they were served: the same content, so the same id.
$ modferry pack --level all p -o zips --payload zips --offline | grep '^id'
id      5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
$ modferry pack --level all p -o zips --payload zip --offline
modferry: --payload zip is neither files nor zips
  usage: modferry pack [ROOT...] -o FILE|- [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] [--allow-missing-sum] [--key FILE]... [--payload FORM] [--compress N] [--jobs N] [--since-head FILE] [--no-sumdb] [--channel NAME] [--counter N] [--expires WHEN] [--attach-trust FILE] [--base FILE] [--offline] [--dry-run]
  next: run `modferry pack --help`
? 2

# Whether its files make a zip again is found out for bundles of files alone: until then the store has - for it.
$ export XDG_CACHE_HOME=$PWD/fresh; modferry resolve p > /dev/null; modferry pack --level all p -o zips --payload zips > /dev/null; cat $(find fresh -name '*.proof') | sed 's/.* //'
-
-
$ export XDG_CACHE_HOME=$PWD/fresh; modferry pack --level all p -o files --offline > /dev/null; cat $(find fresh -name '*.proof') | sed 's/.* //'
0
0

# A zip that is another one, though it looks untouched from outside: what is packed is what was checked.
$ export XDG_CACHE_HOME=$PWD/fresh; zip=$(find fresh -name v1.0.0.zip -path '*/a/*'); cp -p $zip was; printf X | dd of=$zip conv=notrunc bs=1 seek=10 status=none; touch -r was $zip; modferry pack --level all p -o files --offline
modferry: pack files: example.com/a@v1.0.0: the zip in the store is not the one that was checked
  next: run it again: the zip was removed from the store and will be fetched anew
? 1
$ export XDG_CACHE_HOME=$PWD/fresh; find fresh -name v1.0.0.zip -path '*/a/*'

# A line of the store whose h1 was damaged is not believed.
$ export XDG_CACHE_HOME=$PWD/fresh; modferry pack --level all p -o files > /dev/null; sed -i 's/h1:./h1:Z/' $(find fresh -name v1.0.0.proof -path '*/a/*'); modferry pack --level all p -o again --offline > /dev/null; cmp files again

# An index of packages of another version of modferry is made anew.
$ cat > other.py <<'X'
> import glob, hashlib
> for name in glob.glob("fresh/**/*.packages", recursive=True):
>     data = open(name, "rb").read()
>     index = b"mfpkgix0" + data[88:]
>     open(name, "wb").write(data[:48] + hashlib.sha256(index).digest() + index)
> X
$ export XDG_CACHE_HOME=$PWD/fresh; cat $(find fresh -name '*.packages') | grep -ao mfpkgix.; python3 other.py; modferry pack --level all p -o again --offline > /dev/null; cmp files again; cat $(find fresh -name '*.packages') | grep -ao mfpkgix.
mfpkgix1
mfpkgix1
mfpkgix1
mfpkgix1
