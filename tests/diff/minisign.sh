#!/bin/sh
# Compares keys and signatures with the real minisign, in both directions.
#
#     minisign.sh DRIVERS        the folder that holds diff_minisign
set -eu

driver=$1/diff_minisign
command -v minisign >/dev/null || {
    echo "minisign is not installed: nothing to compare with"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# refused STATUS PATTERN COMMAND...: it fails with that status and message
refused() {
    want=$1 pattern=$2
    shift 2
    status=0
    "$@" >out 2>err || status=$?
    [ "$status" = "$want" ] || fail "$* gave status $status instead of $want: $(cat err)"
    [ -z "$pattern" ] || grep -q -e "$pattern" err || fail "$* does not say \"$pattern\": $(cat err)"
}

# same NAME EXPECTED ACTUAL
same() {
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
}

# same_key FILE < FILE: minisign leaves out the leading zeros of the key id in the comment
same_key() {
    sed 's/public key 0*/public key /' "$1" >key.theirs
    sed 's/public key 0*/public key /' | cmp - key.theirs
}

public_line() {
    tail -n 1 "$1"
}

printf 'hello\n' >small
: >empty
head -c 700000 /dev/urandom >large

# Keys by minisign: read by us, the same public key, signatures that verify.
minisign -G -W -p plain.pub -s plain.key >/dev/null
printf 'secret word\nsecret word\n' | minisign -G -p locked.pub -s locked.key >/dev/null 2>&1
"$driver" public plain.key '' | same_key plain.pub || fail "public key of plain.key"
"$driver" public locked.key 'secret word' | same_key locked.pub || fail "public key of locked.key"
refused 1 'wrong password' "$driver" public locked.key 'secret werd'

for file in small empty large; do
    "$driver" sign plain.key '' $file "channel:a	n:1" >$file.ours
    minisign -V -q -p plain.pub -m $file -x $file.ours || fail "minisign refuses our signature on $file"
    same "trusted comment of $file" "channel:a	n:1" "$(minisign -V -Q -p plain.pub -m $file -x $file.ours)"
    minisign -S -s plain.key -m $file -x $file.theirs -t "channel:a	n:1"
    # Ed25519 is deterministic: the two files are the same
    cmp $file.ours $file.theirs || fail "our signature on $file differs from minisign's"
    minisign -S -s plain.key -m $file -x $file.dated
    "$driver" verify plain.pub $file $file.dated | grep -q "^timestamp:[0-9]*	file:$file	hashed$" ||
        fail "minisign's signature on $file with its own comment"
done
refused 9 '' "$driver" verify plain.pub large small.theirs
refused 9 '' "$driver" verify locked.pub small small.theirs

# Comments at and past our limit; minisign takes more.
long=$(head -c 1024 /dev/zero | tr '\0' x)
"$driver" sign plain.key '' small "$long" >long.ours
same "longest comment" "$long" "$(minisign -V -Q -p plain.pub -m small -x long.ours)"
refused 2 'at most 1024' "$driver" sign plain.key '' small "${long}x"
minisign -S -s plain.key -m small -x longer.theirs -t "${long}x"
refused 4 'longer than 1024 bytes' "$driver" verify plain.pub small longer.theirs

# The legacy form is refused by name.
if minisign -S -l -s plain.key -m small -x legacy 2>/dev/null; then
    refused 4 'legacy form' "$driver" verify plain.pub small legacy
fi

# Line ends of another system: both read them.
sed 's/$/\r/' small.theirs >crlf.sig
sed 's/$/\r/' plain.pub >crlf.pub
minisign -V -q -p crlf.pub -m small -x crlf.sig || fail "minisign refuses CR LF"
"$driver" verify crlf.pub small crlf.sig >/dev/null || fail "we refuse CR LF"

# A changed trusted comment verifies with neither.
sed 's/n:1/n:2/' small.theirs >changed
refused 1 '' minisign -V -p plain.pub -m small -x changed
refused 9 '' "$driver" verify plain.pub small changed

# Keys by us: minisign signs with them, verifies with them, recreates them.
"$driver" keygen our.key our.pub ''
"$driver" keygen sealed.key sealed.pub 'pass wörd'
minisign -S -s our.key -m small -x small.our
"$driver" verify our.pub small small.our >/dev/null || fail "signature by our plain key"
minisign -V -q -p our.pub -m small -x small.our || fail "minisign does not verify with our public key"
minisign -V -q -P "$(public_line our.pub)" -m small -x small.our || fail "our public key as an argument"
printf 'pass wörd\n' | minisign -S -s sealed.key -m small -x small.sealed >/dev/null 2>&1
"$driver" verify sealed.pub small small.sealed >/dev/null || fail "signature by our encrypted key"
minisign -R -f -s our.key -p again.pub >/dev/null
same_key our.pub <again.pub || fail "minisign recreates another public key"

# A password taken off by minisign leaves a true checksum behind; one given by
# us to minisign's key opens there.
printf 'secret word\n' | minisign -C -W -s locked.key >/dev/null 2>&1
"$driver" public locked.key '' | same_key locked.pub || fail "a key whose password was removed"
"$driver" recode plain.key '' 'new one' >recoded.key
printf 'new one\n' | minisign -R -f -s recoded.key -p recoded.pub >/dev/null 2>&1
same_key plain.pub <recoded.pub || fail "minisign does not open the key that we encrypted"

# Files that were mixed up are named.
refused 4 'this is a minisign secret key, not a public key' "$driver" verify plain.key small small.theirs
refused 4 'this is a minisign public key, not a secret key' "$driver" public plain.pub ''
refused 4 'this is a minisign public key, not a signature' "$driver" verify plain.pub small plain.pub
echo "minisign $(minisign -v | cut -d' ' -f2) agrees"
