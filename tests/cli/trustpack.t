% only modferry

$ mkproxy proxy --sum p/go.sum < $REPO/tests/cli/small.proxy
$ printf 'module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.1.0 // indirect\n)\n' > p/go.mod
$ for k in alice bob; do modferry keygen -s $k.key -p $k.pub --no-password > /dev/null; done
$ modferry trust init team.trust --signer alice=alice.pub --signer bob=bob.pub --threshold 2 --channel stable > /dev/null
$ for k in alice bob; do modferry trust sign team.trust --key $k.key > /dev/null; done; cp team.trust v1.trust

# Channel, counter and expiry; the counter is the time of creation unless it is given.
$ modferry pack --level all p -o one --key alice.key --key bob.key --channel stable --expires 30d --quiet
packed  one
id      5c98cd06d19a4c9d5800d424eaaeaa337e9319975d61c560bd38ba64896fb9b2
channel stable, counter 1700000000
modules 2 with their zip, 0 with their go.mod alone
proved  2 modules by sumdb.modferry.test, tree of 4 records
size    <ANY>
$ SOURCE_DATE_EPOCH=1700000001 modferry pack --level all p -o two --key alice.key --key bob.key --channel stable --quiet --json | grep -e channel -e counter
  "channel": "stable",
  "counter": 1700000001
$ modferry pack --level all p -o five --key alice.key --key bob.key --channel stable --counter 5 --expires 2999-12-31T00:00:00Z --quiet | grep channel
channel stable, counter 5
$ modferry list five --trust team.trust | grep -e channel -e expires
channel    stable, counter 5
expires    2999-12-31T00:00:00Z
$ modferry list one --trust team.trust | grep -e channel -e expires
channel    stable, counter 1700000000
expires    2023-12-14T22:13:20Z

# An expired bundle is refused, for a key alone too.
$ modferry verify one --trust team.trust
modferry: verify: one: the bundle expired 2023-12-14T22:13:20Z
  next: ask for a newer bundle; to accept this one nevertheless, pass --override-trust, which is recorded
? 1
$ modferry verify one --pubkey alice.pub 2>&1 | head -1
modferry: verify: one: the bundle expired 2023-12-14T22:13:20Z
$ modferry verify one --pubkey alice.pub --override-trust | head -1
OVERRIDDEN the bundle expired 2023-12-14T22:13:20Z
$ modferry unpack five --proxy t --trust team.trust | grep -e channel -e modules
channel    stable, counter 5
proved     2 modules by sumdb.modferry.test
modules    published 2, present 0, replaced 0
$ modferry rehearse one --root p --trust team.trust 2>&1 | head -1
modferry: rehearse one: one: the bundle expired 2023-12-14T22:13:20Z
$ modferry fits p one --trust team.trust 2>&1 | head -1
modferry: fits one: one: the bundle expired 2023-12-14T22:13:20Z
$ modferry fits p five --trust team.trust | tail -1
fits: level all, 2 modules, 2 zips
$ modferry fits p t --trust team.trust 2>&1 | head -1
modferry: fits t: --pubkey, --trust and --allow-unsigned go with a bundle, and t is a directory
$ modferry verify two --trust team.trust | head -1
verified   two
$ modferry pack p -o x --counter 5 2>&1 | head -1
modferry: --counter needs --channel NAME
$ modferry pack p -o x --channel 'a b' 2>&1 | head -1
modferry: --channel a b: not a name of letters, digits and ._@+-
$ modferry pack p -o x --expires soon 2>&1 | head -1
modferry: --expires soon: neither days like 90d nor a time like <ANY>
$ modferry pack p -o x --expires 0d 2>&1 | head -1
modferry: --expires 0d: the bundle would be expired when it is made
$ modferry pack p -o x --expires 2020-01-01T00:00:00Z 2>&1 | head -1
modferry: --expires 2020-01-01T00:00:00Z: the bundle would be expired when it is made
$ modferry pack p -o x --channel c --counter 0 2>&1 | head -1
modferry: --counter takes a number from 1 to <HEX>, not "0"

# A trust file travels in a bundle, and is applied only on request.
$ modferry trust set team.trust --channel stable --max-age 3650 --expires required > /dev/null
$ modferry pack p -o x --attach-trust team.trust --quiet
modferry: --attach-trust team.trust: trust document after version 1: 0 of the root of version 1 signed it, 2 are needed: signed with nobody; wanted of alice (<HEX>), bob (<HEX>)
  next: have its keepers sign it: `modferry trust sign FILE --key KEY`
? 1
$ for k in alice bob; do modferry trust sign team.trust --key $k.key > /dev/null; done
$ modferry pack --level all p -o six --key alice.key --key bob.key --channel stable --counter 6 --expires 2999-12-31T00:00:00Z --attach-trust team.trust --quiet | grep channel
channel stable, counter 6
$ modferry list six --trust v1.trust | grep attachment | sed 's/([^)]*)/(SIZE)/'
attachment modferry.trust (SIZE)
$ tar --zstd -xOf six attachments/modferry.trust | cmp - team.trust
$ python3 $REPO/tests/reader/bundle_reader.py six > /dev/null && echo read
read
$ modferry unpack six --proxy t --trust v1.trust | grep trust
trust      version 1, 2 of 2 signatures needed
$ cp v1.trust far.trust; modferry trust update far.trust six | sed 's/ of 20[^ ]*Z/ of TIME/'
updated    far.trust: version 2, before 1
version    2 of TIME
key        alice <HEX>
key        bob <HEX>
root       2 of alice, bob
channel    stable: 2 of alice, bob; at most 3650 days old; must expire
sha256     <HEX>
$ cmp far.trust team.trust
$ modferry verify five --trust v1.trust 2>&1 | head -1
modferry: verify: --trust v1.trust: trust document: this is version 1, and version 2 (SHA-256 <HEX>) was accepted before
$ modferry trust update far.trust five
modferry: trust update far.trust: five: it has no attachment modferry.trust
  next: pass a bundle packed with `modferry pack --attach-trust`, or the trust file itself
? 1
$ modferry pack --level all p -o forged --channel stable --counter 7 --attach-trust team.trust --key alice.key --quiet > /dev/null; modferry trust update far.trust forged 2>&1 | head -1
modferry: trust update far.trust: check the signatures of forged: channel stable: signed by 1 of its keys, and 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>)
$ modferry trust update far.trust six --json
{
  "version_before": 2,
  "version": 2,
  "sha256": "<HEX>",
  "overridden": []
}
$ modferry verify two --trust team.trust 2>&1 | head -1
modferry: verify: two: the bundle does not say when it expires, and the channel's rule asks for it
