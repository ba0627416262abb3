$ for k in alice bob carol dave; do modferry-offline keygen -s $k.key -p $k.pub --no-password > /dev/null; done

# Two keepers make a document together, and both sign it.
$ modferry-offline trust init team.trust --signer alice=alice.pub --signer bob=bob.pub --threshold 2 --channel test
written    team.trust
version    1 of 2023-11-14T22:13:20Z
key        alice <HEX>
key        bob <HEX>
root       2 of alice, bob
channel    test: 2 of alice, bob
sha256     <HEX>
signed     0 of 2 that the root of version 1 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust sign team.trust --key alice.key
version    1 of 2023-11-14T22:13:20Z
key        alice <HEX>
key        bob <HEX>
root       2 of alice, bob
channel    test: 2 of alice, bob
sha256     <HEX>
signed     1 of 2 that the root of version 1 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust sign team.trust --key alice.key | tail -2
signed     1 of 2 that the root of version 1 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ mkbundle one && modferry-offline verify one --trust team.trust
modferry: verify: --trust team.trust: trust document of version 1: 1 of the root of version 1 signed it, 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>)
  next: have its keepers sign it: `modferry trust sign FILE --key KEY`
? 1
$ modferry-offline trust sign team.trust --key bob.key | tail -2
sha256     <HEX>
signed     2 of 2 that the root of version 1 asks for
$ modferry-offline trust show team.trust --json
{
  "version": 1,
  "sha256": "<HEX>",
  "created": "2023-11-14T22:13:20Z",
  "closed": true,
  "signatures": 2,
  "keys": [
    {
      "name": "alice",
      "key_id": "<HEX>",
      "counts": true
    },
    {
      "name": "bob",
      "key_id": "<HEX>",
      "counts": true
    }
  ],
  "root": {
    "threshold": 2,
    "keys": [
      "alice",
      "bob"
    ]
  },
  "channels": [
    {
      "threshold": 2,
      "keys": [
        "alice",
        "bob"
      ],
      "name": "test",
      "max_age_days": 0,
      "require_expires": false
    }
  ]
}

# A key with a password; each command asks for it.
$ echo secret | modferry-offline keygen -s eve.key -p eve.pub > /dev/null
$ modferry-offline trust init eve.trust --signer eve=eve.pub > /dev/null
$ echo wrong | modferry-offline trust sign eve.trust --key eve.key > /dev/null
modferry: trust sign eve.trust: open the secret key eve.key: secret key: wrong password
  next: try again with the password of this key
? 1
$ echo secret | modferry-offline trust sign eve.trust --key eve.key | tail -1
signed     1 of 1 that the root of version 1 asks for

# What nobody asks for is not signed.
$ modferry-offline trust sign team.trust --key carol.key > /dev/null
modferry: trust sign team.trust: key <HEX> is not of the root: those of version 1 are alice (<HEX>), bob (<HEX>)
  next: sign with one of these, or add the key: `modferry trust add-key FILE --root`
? 1
$ modferry-offline trust sign team.trust --key alice.pub > /dev/null
modferry: trust sign team.trust: read the secret key alice.pub: this is a minisign public key, not a secret key
  next: pass a file that minisign or `modferry keygen` wrote
? 4
$ modferry-offline trust init team.trust --signer alice=alice.pub
modferry: trust init team.trust: it exists already and is not overwritten
  next: choose another name, or make its next version with `modferry trust set`
? 1
$ modferry-offline trust init new.trust --signer alice=alice.pub --signer bob=bob.pub 2>&1 | head -1
modferry: trust init new.trust: --threshold N is needed: how many of the 2 have to sign
$ modferry-offline trust init new.trust --signer alice 2>&1 | grep -v usage
modferry: trust init new.trust: --signer alice: this is not NAME=FILE
  next: a name has letters, digits and ._@+-, as in --signer alice=alice.pub
$ modferry-offline trust init new.trust --signer 'al ice=alice.pub' 2>&1 | grep -v usage
modferry: trust init new.trust: --signer al ice=alice.pub: this is not NAME=FILE
  next: a name has letters, digits and ._@+-, as in --signer alice=alice.pub
$ modferry-offline trust init new.trust --signer alice=alice.pub --signer alice=bob.pub --threshold 1 2>&1 | head -1
modferry: trust init new.trust: --signer alice=bob.pub: the name is taken by another key of alice
$ modferry-offline trust init new.trust --signer alice=alice.pub --signer bob=alice.pub --threshold 1 2>&1 | head -1
modferry: trust init new.trust: --signer bob=alice.pub: this is the key of alice
$ modferry-offline trust init new.trust --signer alice=alice.pub --threshold 2
modferry: trust init new.trust: trust document: root: threshold 2 of 1 keys cannot be reached
  next: add keys first, or set another threshold: `modferry trust set FILE`; edits before the signing make one version together
? 1
$ ls new.trust
ls: cannot access 'new.trust': No such file or directory
? 2

# A bundle needs both; the payload stays as it is.
$ modferry-offline verify one --trust team.trust
modferry: verify: check the signatures of one: it carries no signature
  next: have it signed with `modferry sign`, or accept the risk with --allow-unsigned
? 1
$ modferry-offline sign one --key alice.key > /dev/null
$ modferry-offline verify one --trust team.trust
modferry: verify: check the signatures of one: channel test: signed by 1 of its keys, and 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>)
  next: have more of them sign it: `modferry sign BUNDLE --key FILE`
? 1
$ modferry-offline sign one --key alice.key > /dev/null; modferry-offline verify one --trust team.trust 2>&1 | head -1
modferry: verify: check the signatures of one: channel test: signed by 1 of its keys, and 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>)
$ modferry-offline sign one --key carol.key > /dev/null; modferry-offline verify one --trust team.trust 2>&1 | grep -c 'signed by 1 of its keys, and 2 are needed'
1
$ modferry-offline sign one --key bob.key > /dev/null
$ modferry-offline verify one --trust team.trust | sort -k 4
bundle id  b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
comment    timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
content    369 bytes
level      build
verified   one
channel    test, counter 1
trust      version 1, 2 of 2 signatures needed
signed by  <HEX> alice
signed by  <HEX> bob
modules    3 (1 with a go.mod alone)
$ tail -c 400 one | head -c 350 > payload; mkbundle fresh; tail -c 400 fresh | head -c 350 | cmp - payload
$ modferry-offline verify one --pubkey alice.pub | head -2
verified   one
signed by  <HEX>
$ mkbundle foreign && modferry-offline sign foreign --key carol.key > /dev/null && modferry-offline verify foreign --trust team.trust
modferry: verify: check the signatures of foreign: signed with key <HEX>; trusted is alice (<HEX>), bob (<HEX>)
  next: have keys of the trust document sign it: `modferry sign BUNDLE --key FILE`; or take up a newer document: `modferry trust update FILE NEWER`
? 1
$ flip one 900; modferry-offline verify one --trust team.trust 2>&1 | head -1 | cut -d: -f1-3; flip one 900
modferry: verify: check the signatures of one
$ modferry-offline verify one --trust team.trust --pubkey alice.pub 2>&1 | head -1
modferry: verify: --pubkey and --trust exclude one another

# unpack keeps what it has accepted; verify does not.
$ ls -A $HOME/.local
ls: cannot access '<ANY>': No such file or directory
? 2
$ modferry-offline unpack one --proxy tree --trust team.trust --json | sed -n '/"trust"/,/\]/p' | grep -v -e key_id -e name
  "trust": {
    "version": 1,
    "threshold": 2,
    "signers": [
      {
        "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
      },
      {
        "trusted_comment": "timestamp:1700000000 bundle:b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681"
      }
    ],
$ stat -c %a $HOME/.local/state/modferry/state.json
600
$ modferry-offline trust show
trust      version 1, SHA-256 <HEX>
channel    test: counter 1, <ANY>, id b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681
$ ls $HOME/.local/state/modferry
state.json
state.json.lock
$ modferry-offline unpack one --proxy tree --trust team.trust | tail -1
modules    published 0, present 3, replaced 0: nothing changed

# Back to an older bundle, another one of the same counter, a replay of an older one.
$ printf '#!/bin/sh\nfor k in alice bob; do modferry-offline sign $1 --key $k.key > /dev/null; done\n' > both; chmod +x both
$ mkbundle two --newer --counter 2; ./both two; modferry-offline unpack two --proxy tree --trust team.trust | tail -1
modules    published 1, present 1, replaced 0
$ modferry-offline verify one --trust team.trust
modferry: verify: one: channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)
  next: use the newest bundle, or have this content packed again; to go back to this one nevertheless, pass --override-trust, which is recorded
? 1
$ modferry-offline unpack one --proxy tree --trust team.trust 2>&1 | head -1
modferry: unpack into tree: one: channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)
$ mkbundle twin --counter 2; ./both twin; modferry-offline unpack twin --proxy tree --trust team.trust
modferry: unpack into tree: twin: channel test: two bundles have counter 2: this one with id b206c945ce2547ee35beecf82dc331a9bddde5153c81ce56a1e962fda26be681, and 626753da9b5045d7efb6deaf424be6f6d538822a00c9eac1869f6ad47f680343, which was accepted before
  next: find out who signed both; have it packed again with a higher --counter, or pass --override-trust, which is recorded
? 1
$ modferry-offline list one --trust team.trust | grep -c 'channel    test, counter 1'
1
$ modferry-offline diff one two --trust team.trust | tail -2
removed    example.com/gamma v1.0.0
summary    added 0, removed 1, version 1, content 0, extent 0
$ modferry-offline verify one --state other.json --trust team.trust | head -1
verified   one
$ modferry-offline verify one --override-trust --trust team.trust | head -2
OVERRIDDEN channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)
verified   one
$ modferry-offline trust show | grep -c overridden
0
? 1
$ modferry-offline unpack one --proxy tree --override-trust --trust team.trust | head -2
OVERRIDDEN channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)
unpacked   one
$ modferry-offline unpack one --proxy tree --override-trust --trust team.trust --json | sed -n '/"overridden"/,/\]/p'
  "overridden": [
    "channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)"
  ],
$ modferry-offline trust show | sed 's/ 20[^:]*T[^ ]*Z/ TIME/g'
trust      version 1, SHA-256 <HEX>
channel    test: counter 2, TIME, id 626753da9b5045d7efb6deaf424be6f6d538822a00c9eac1869f6ad47f680343
overridden TIME: channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)
overridden TIME: channel test: the bundle has counter 1, and 2 was accepted before (<ANY>)

# What was not unpacked to its end is not accepted.
$ cp two cut; truncate -s -100 cut; modferry-offline unpack cut --proxy cuttree --trust team.trust --state cut.json
modferry: unpack into cuttree: cut: ends inside frame 2 of 2
  next: copy the file again: its end is missing
? 4
$ ls cut.json*
cut.json.lock
$ modferry-offline unpack two --proxy cuttree --trust team.trust --state cut.json | tail -1; modferry-offline trust show --state cut.json | grep -c 'counter 2'
modules    published 2, present 0, replaced 0
1

# Where a channel is kept under a document, a key alone does not do, nor nothing.
$ mkbundle three --counter 3; modferry-offline sign three --key alice.key > /dev/null
$ modferry-offline unpack three --proxy tree --pubkey alice.pub
modferry: unpack into tree: three: channel test: its bundles are accepted under a trust document here (counter 2, <ANY>), and this one is to be accepted for a key alone
  next: pass --trust FILE; to go past it nevertheless, add --override-trust, which is recorded
? 1
$ modferry-offline verify three --allow-unsigned
modferry: verify: three: channel test: its bundles are accepted under a trust document here (counter 2, <ANY>), and this one is to be accepted unsigned
  next: pass --trust FILE; to go past it nevertheless, add --override-trust, which is recorded
? 1
$ modferry-offline verify three --allow-unsigned --override-trust | head -2
UNVERIFIED
OVERRIDDEN channel test: its bundles are accepted under a trust document here (counter 2, <ANY>), and this one is to be accepted unsigned
$ modferry-offline list three --allow-unsigned | head -1
UNVERIFIED
$ mkbundle elsewhere --channel elsewhere; modferry-offline verify elsewhere --allow-unsigned | head -2
UNVERIFIED
complete   elsewhere
$ ./both elsewhere; modferry-offline verify elsewhere --trust team.trust
modferry: verify: check the signatures of elsewhere: channel elsewhere, and the trust document of version 1 has neither an entry for it nor a default
  next: have it packed for another channel: `modferry pack --channel NAME`; or add it to the document: `modferry trust set FILE --channel NAME`
? 1
$ mkbundle none --channel ''; ./both none; modferry-offline verify none --trust team.trust 2>&1 | head -1
modferry: verify: check the signatures of none: it is of no channel, and the trust document of version 1 has neither an entry for it nor a default

# Version 2: carol comes, bob goes. It needs the roots of both versions.
$ cp team.trust v1.trust
$ modferry-offline trust add-key team.trust --signer carol=carol.pub --root --channel test | grep -v -e key
written    team.trust
version    2 of 2023-11-14T22:13:20Z
root       2 of alice, bob, carol
channel    test: 2 of alice, bob, carol
sha256     <HEX>
signed     0 of 2 that the root of version 1 asks for
signed     0 of 2 that the root of version 2 asks for
$ modferry-offline trust revoke team.trust bob --reason 'laptop lost' | sed 's/ 20[^ ]*Z/ TIME/g'
written    team.trust
version    2 of TIME
key        alice <HEX>
key        bob <HEX>  revoked TIME: laptop lost
key        carol <HEX>
root       2 of alice, bob, carol
channel    test: 2 of alice, bob, carol
sha256     <HEX>
signed     0 of 2 that the root of version 1 asks for
signed     0 of 2 that the root of version 2 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust sign team.trust --key carol.key | tail -3
signed     0 of 2 that the root of version 1 asks for
signed     1 of 2 that the root of version 2 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust sign team.trust --key alice.key | tail -3
signed     1 of 2 that the root of version 1 asks for
signed     2 of 2 that the root of version 2 asks for
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust update v1.trust team.trust
modferry: trust update v1.trust: team.trust: trust document after version 1: 1 of the root of version 1 signed it, 2 are needed: signed with <ANY>; wanted of alice (<HEX>), bob (<HEX>)
  next: have its keepers sign it: `modferry trust sign FILE --key KEY`
? 1
$ cp team.trust onlynew.trust; modferry-offline verify two --trust onlynew.trust 2>&1 | head -1
modferry: verify: --trust onlynew.trust: trust document after version 1: 1 of the root of version 1 signed it, 2 are needed: signed with <ANY>; wanted of alice (<HEX>), bob (<HEX>)
$ modferry-offline trust set team.trust --root-threshold 2 2>&1 > /dev/null
modferry: note: the draft had 2 signatures, which are gone
$ modferry-offline trust sign team.trust --key alice.key | tail -3 > /dev/null; modferry-offline trust sign team.trust --key bob.key | tail -3 | sed 's/ 20[^ ]*Z/ TIME/g'
signed     2 of 2 that the root of version 1 asks for
signed     1 of 2 that the root of version 2 asks for; not counted: bob (<HEX>) revoked TIME: laptop lost
draft: nobody accepts it before `modferry trust sign team.trust --key FILE` by enough of them
$ modferry-offline trust update v1.trust team.trust 2>&1 | head -1 | sed 's/ 20[^ ]*Z/ TIME/g'
modferry: trust update v1.trust: team.trust: trust document of version 2: 1 of the root of version 2 signed it, 2 are needed: signed with <ANY>; wanted of alice (<HEX>), bob (<HEX>), carol (<HEX>); not counted: bob (<HEX>) revoked TIME: laptop lost
$ modferry-offline trust sign team.trust --key carol.key | tail -2 | sed 's/ 20[^ ]*Z/ TIME/g'
signed     2 of 2 that the root of version 1 asks for
signed     2 of 2 that the root of version 2 asks for; not counted: bob (<HEX>) revoked TIME: laptop lost

# The far side takes it up: its own file and the state go on to version 2.
$ cp v1.trust far.trust; modferry-offline trust update far.trust team.trust | head -2 | sed 's/ 20[^ ]*Z/ TIME/g'
updated    far.trust: version 2, before 1
version    2 of TIME
$ cmp far.trust team.trust; modferry-offline trust update far.trust team.trust | head -1
unchanged  far.trust: version 2
$ modferry-offline trust update far.trust v1.trust | head -1
unchanged  far.trust: version 2
$ modferry-offline verify two --trust v1.trust
modferry: verify: --trust v1.trust: trust document: this is version 1, and version 2 (SHA-256 <HEX>) was accepted before
  next: pass the trust file that holds version 2; to go back for this once, pass --override-trust
? 1
$ modferry-offline verify two --trust far.trust 2>&1 | sed 's/ 20[^ ]*Z/ TIME/g'
modferry: verify: check the signatures of two: channel test: signed by 1 of its keys, and 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>), carol (<HEX>); not counted: bob (<HEX>) revoked TIME: laptop lost
  next: have more of them sign it: `modferry sign BUNDLE --key FILE`
$ modferry-offline verify two --trust v1.trust --override-trust | grep -e OVERRIDDEN -e trust
OVERRIDDEN the trust file does not hold version 2, which was accepted before
trust      version 1, 2 of 2 signatures needed
$ modferry-offline sign two --key carol.key > /dev/null; modferry-offline verify two --trust far.trust | grep -e 'signed by' -e trust | sort -k 4
trust      version 2, 2 of 2 signatures needed
signed by  <HEX> alice
signed by  <HEX> carol

# A second version 2 is a fork, whoever signed it; skipping one is refused.
$ cp v1.trust fork.trust; modferry-offline trust set fork.trust --channel extra --signers alice > /dev/null
$ for k in alice bob; do modferry-offline trust sign fork.trust --key $k.key > /dev/null; done; modferry-offline trust update far.trust fork.trust
modferry: trust update far.trust: fork.trust: trust document: it goes on with SHA-256 <HEX> where far.trust goes on with <HEX>: one of them is a fork
  next: find out who made the second one; nothing was changed
? 1
$ modferry-offline verify two --trust fork.trust
modferry: verify: --trust fork.trust: trust document: version 2 has SHA-256 <HEX>, and the one accepted before has <HEX>
  next: find out who made the second one; another organisation's document needs a --state of its own; to take it nevertheless, pass --override-trust
? 1
$ cp team.trust v3.trust; modferry-offline trust set v3.trust --channel test --max-age 1 > /dev/null; for k in alice carol; do modferry-offline trust sign v3.trust --key $k.key > /dev/null; done
$ sed -n '/"version":3}$/,$p' v3.trust > only3.trust; cp v1.trust late.trust; modferry-offline trust update late.trust only3.trust --state fresh.json 2>&1 | head -1
modferry: trust update late.trust: only3.trust: trust document after version 1: 1 of the root of version 1 signed it, 2 are needed: signed with <ANY>; wanted of alice (<HEX>), bob (<HEX>)
$ modferry-offline trust update late.trust v3.trust --state fresh.json | head -1
updated    late.trust: version 3, before 1
$ cp far.trust far2.trust; modferry-offline trust update far2.trust only3.trust | head -1
updated    far2.trust: version 3, before 2
$ modferry-offline verify two --trust v3.trust
modferry: verify: two: the bundle is of 2023-05-06T07:08:09Z, and the channel's rule allows 1 days
  next: ask for a newer bundle; to accept this one nevertheless, pass --override-trust, which is recorded
? 1
$ modferry-offline verify two --trust v3.trust --override-trust | head -1
OVERRIDDEN the bundle is of 2023-05-06T07:08:09Z, and the channel's rule allows 1 days

# A revoked key cannot be needed; a root has to stay able to sign.
$ modferry-offline trust revoke team.trust carol --reason x
modferry: trust revoke team.trust: trust document: root: threshold 2 cannot be reached: 1 of its keys are not revoked
  next: add keys first, or set another threshold: `modferry trust set FILE`; edits before the signing make one version together
? 1
$ modferry-offline trust set team.trust --channel test --threshold 4
modferry: trust set team.trust: trust document: channels[0]: threshold 4 of 3 keys cannot be reached
  next: add keys first, or set another threshold: `modferry trust set FILE`; edits before the signing make one version together
? 1
$ modferry-offline trust set team.trust --channel nosuch --threshold 1 2>&1 | head -1
modferry: trust set team.trust: the document has no channel "nosuch"; to make it, --signers LIST is needed
$ modferry-offline trust set team.trust --channel test --signers alice,eve 2>&1 | head -1
modferry: trust set team.trust: the document has no key "eve"
$ modferry-offline trust revoke team.trust eve --reason x 2>&1 | head -1
modferry: trust revoke team.trust: the document has no key "eve"
$ modferry-offline trust add-key team.trust --signer dave=dave.pub 2>&1 | head -1
modferry: trust add-key team.trust: what it may sign was not said: --root, --channel NAME or both
$ modferry-offline trust set team.trust 2>&1 | head -1
modferry: trust set team.trust: what to set was not said
$ modferry-offline trust set team.trust --threshold 2 2>&1 | head -1
modferry: trust set team.trust: --threshold needs --channel NAME

# Keys that have expired or are not yet valid do not count.
$ modferry-offline trust init times.trust --signer alice=alice.pub > /dev/null
$ modferry-offline trust set times.trust --channel '*' --signers alice --threshold 1 > /dev/null
$ modferry-offline trust add-key times.trust --signer bob=bob.pub --channel '*' --valid-until 2020-01-01T00:00:00Z > /dev/null
$ modferry-offline trust add-key times.trust --signer carol=carol.pub --channel '*' --valid-from 2999-01-01T00:00:00Z > /dev/null
$ modferry-offline trust set times.trust --channel '*' --threshold 2 | grep -e key -e channel
key        alice <HEX>
key        bob <HEX>  expired 2020-01-01T00:00:00Z
key        carol <HEX>  not valid before 2999-01-01T00:00:00Z
channel    *: 2 of alice, bob, carol
draft: nobody accepts it before `modferry trust sign times.trust --key FILE` by enough of them
$ modferry-offline trust sign times.trust --key alice.key > /dev/null
$ mkbundle t --channel anything; modferry-offline sign t --key bob.key > /dev/null; modferry-offline verify t --trust times.trust --state t.json
modferry: verify: check the signatures of t: signed with key <HEX>; trusted is alice (<HEX>), bob (<HEX>), carol (<HEX>); not counted: bob (<HEX>) expired 2020-01-01T00:00:00Z
  next: have keys of the trust document sign it: `modferry sign BUNDLE --key FILE`; or take up a newer document: `modferry trust update FILE NEWER`
? 1
$ mkbundle t --channel anything; for k in alice carol; do modferry-offline sign t --key $k.key > /dev/null; done; modferry-offline verify t --trust times.trust --state t.json 2>&1 | head -1
modferry: verify: check the signatures of t: channel anything: signed by 1 of its keys, and 2 are needed: signed with alice (<HEX>); wanted of alice (<HEX>), bob (<HEX>), carol (<HEX>); not counted: carol (<HEX>) not valid before 2999-01-01T00:00:00Z
$ modferry-offline trust set times.trust --channel '*' --threshold 1 > /dev/null; modferry-offline trust sign times.trust --key alice.key > /dev/null; modferry-offline verify t --trust times.trust --state t.json | grep -e 'signed by' -e channel
signed by  <HEX> alice
channel    anything, counter 1
$ modferry-offline trust set times.trust --channel '*' --threshold 1 --expires required > /dev/null; modferry-offline trust sign times.trust --key alice.key > /dev/null; modferry-offline verify t --trust times.trust --state t.json
modferry: verify: t: the bundle does not say when it expires, and the channel's rule asks for it
  next: have it packed with `modferry pack --expires`, or pass --override-trust
? 1

# A root whose keys have expired: nobody begins with its document, and an edit makes a new version of it.
$ modferry-offline trust init old.trust --signer alice=alice.pub > /dev/null
$ modferry-offline trust add-key old.trust --signer bob=bob.pub --root --valid-until 2024-01-01T00:00:00Z > /dev/null
$ modferry-offline trust set old.trust --root-signers bob | grep -e version -e root
version    1 of 2023-11-14T22:13:20Z
root       1 of bob
signed     0 of 1 that the root of version 1 asks for
$ modferry-offline trust sign old.trust --key bob.key | tail -1
signed     0 of 1 that the root of version 1 asks for; not counted: bob (<HEX>) expired 2024-01-01T00:00:00Z
$ modferry-offline verify t --trust old.trust --state old.json
modferry: verify: --trust old.trust: trust document of version 1: 0 of the root of version 1 signed it, 1 are needed: signed with bob (<HEX>); wanted of bob (<HEX>); not counted: bob (<HEX>) expired 2024-01-01T00:00:00Z
  next: have its keepers sign it: `modferry trust sign FILE --key KEY`
? 1
$ modferry-offline trust set old.trust --channel '*' --max-age 10 | grep -e version
version    2 of 2023-11-14T22:13:20Z
signed     0 of 1 that the root of version 1 asks for
signed     0 of 1 that the root of version 2 asks for

# Without a channel there is no counter.
$ modferry-offline trust set times.trust --channel '*' --expires optional > /dev/null; modferry-offline trust sign times.trust --key alice.key > /dev/null
$ mkbundle n --channel ''; modferry-offline sign n --key alice.key > /dev/null; modferry-offline unpack n --proxy ntree --trust times.trust --state t.json | tail -1
modules    published 3, present 0, replaced 0
$ modferry-offline trust show --state t.json
trust      version 4, SHA-256 <HEX>

# A state that is damaged, or has no place.
$ echo '{}' > bad.json; modferry-offline verify n --trust times.trust --state bad.json
modferry: verify: read the state bad.json: "format" is missing
  next: restore the file from a backup; without it nothing keeps older bundles out
? 4
$ modferry-offline verify n --pubkey alice.pub --state bad.json 2>&1 | head -1
modferry: verify: read the state bad.json: "format" is missing
$ env -u HOME modferry-offline unpack n --proxy ntree --trust times.trust 2>&1 | grep -v usage
modferry: unpack into ntree: there is no place to keep what was accepted: neither XDG_STATE_HOME nor HOME is set
  next: pass --state FILE
$ env -u HOME modferry-offline unpack n --proxy ntree --pubkey alice.pub | tail -1
modules    published 0, present 3, replaced 0: nothing changed
$ XDG_STATE_HOME=$PWD/xdg modferry-offline unpack n --proxy ntree --trust times.trust | tail -1; find xdg -type f | sort
modules    published 0, present 3, replaced 0: nothing changed
xdg/modferry/state.json
xdg/modferry/state.json.lock
$ modferry-offline verify n --trust alice.pub
modferry: verify: --trust alice.pub: trust file: does not begin with a trust document
  next: copy the file again; if that does not help, pack it again
? 4
$ modferry-offline verify n --trust nofile
modferry: verify: --trust nofile: open nofile: No such file or directory
  next: check the name
? 5

# The group explains itself.
$ modferry-offline trust
modferry: trust: which of its commands to run was not said
  usage: modferry-offline trust COMMAND [ARGUMENT...]
  next: run `modferry-offline trust --help`
? 2
$ modferry-offline trust singn team.trust
modferry: unknown command "trust singn"
  usage: modferry-offline trust COMMAND [ARGUMENT...]
  next: did you mean `modferry-offline trust sign`? `modferry-offline --help` lists all commands
? 2
$ modferry-offline trust --help
usage: modferry-offline trust COMMAND [ARGUMENT...]

Say whose signatures count: keys, thresholds, channels.

A trust document names keys, how long each is valid, how many of them have to
sign for a channel, and how old its bundles may be. It is signed itself; each
version is accepted under the signatures that the one before asks for. Commands
that read a bundle take it with --trust FILE, and keep which version and which
bundle of each channel they have seen, so that nobody can go back.

Commands:
  trust init     Make version 1 of a trust document
  trust show     Show a trust document, or what this machine has accepted
  trust add-key  Add a key, or what it may sign
  trust revoke   Take a key out of use for good
  trust set      Set thresholds, channels and how old bundles may be
  trust sign     Add a signature to the newest version of a trust document
  trust update   Take up a newer version of a trust document

`modferry-offline trust COMMAND --help` explains one of them.

$ for c in init show add-key revoke set sign update; do modferry-offline trust $c --help | grep -c '^  \$ modferry-offline'; done
2
3
2
1
3
3
3
$ modferry-offline help trust revoke | head -1
usage: modferry-offline trust revoke FILE NAME --reason TEXT
$ ls -A | grep tmp
? 1
