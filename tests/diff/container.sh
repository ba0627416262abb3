#!/bin/sh
# Writes bundles and reads them with everything else that can: an independent
# reader, tar, bsdtar, zstd, jq, minisign.
#
#     container.sh DRIVERS       the folder that holds diff_container
set -eu

driver=$1/diff_container
reader=$(cd "$(dirname "$0")/.." && pwd)/reader/bundle_reader.py
for tool in python3 tar bsdtar zstd jq minisign; do
    command -v $tool >/dev/null || {
        echo "$tool is not installed: nothing to compare with"
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Module zips: upper-case letters, names that need prefix or pax, files that
# take more than a frame, no file at all, files that are empty.
python3 - >lines <<'PYTHON'
import random, zipfile
rand = random.Random(1)
modules = [
    ("files", "example.com/Upper/Case", "v1.0.0", {"go.mod": b"module x\n", "Read Me.txt": b"hi", "empty": b"",
        "testdata/é/ü.txt": b"text", "d/" * 30 + "f.go": b"package f\n", "d/" * 120 + "g.go": b"package g\n",
        "n" * 130: b"n" * 512, "block": b"b" * 512, "over": b"o" * 513}),
    ("files", "example.com/Upper/Case", "v1.10.0-pre.2", {"a.go": b"package a\n" * 50000}),
    ("mod", "example.com/Upper/Case", "v1.10.0-pre.10", {}),
    ("files", "example.com/large", "v0.0.0-20240102030405-abcdefabcdef", {"data": rand.randbytes(20 << 20),
        "more": bytes(17 << 20)}),
    ("files", "example.com/none", "v0.1.0", {}),
    ("zip", "example.com/zip/v2", "v2.0.0", {"go.mod": b"module example.com/zip/v2\n", "z": rand.randbytes(3 << 20)}),
    ("zip", "gopkg.in/yaml.v3", "v3.0.1", {"y.go": b"package yaml\n"}),
]
rand.shuffle(modules)
for i, (form, path, version, files) in enumerate(modules):
    with zipfile.ZipFile(f"{i}.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(f"{path}@{version}/{name}", data)
    with open(f"{i}.mod", "w") as out:
        out.write(f"module {path}\n")
    print(form, path, version, f"{i}.zip", f"{i}.mod")
PYTHON

# The same input gives the same bytes, whatever the number of threads.
"$driver" pack one.tar.zst 1 3 <lines
"$driver" pack again.tar.zst 1 3 <lines
sort lines | "$driver" pack four.tar.zst 4 3
cmp one.tar.zst again.tar.zst || fail "two runs differ"
cmp one.tar.zst four.tar.zst || fail "1 and 4 threads differ"

# Signed by minisign, and by minisign verified from what bsdtar takes out.
bsdtar -xOf one.tar.zst manifest.json >manifest.json
minisign -G -W -p key.pub -s key >/dev/null
minisign -S -s key -m manifest.json -x sig
"$driver" sign one.tar.zst signed.tar.zst 0123456789abcdef sig
mkdir out
(cd out && bsdtar -xf ../signed.tar.zst manifest.json signatures)
minisign -V -q -p key.pub -m out/manifest.json -x out/signatures/0123456789abcdef.minisig || fail "minisign"

# The independent reader; its names and files against those of the others.
mkdir sigs
python3 "$reader" --extract files --manifest read.json --signature-dir sigs signed.tar.zst >summary
cmp read.json manifest.json || fail "the reader has another manifest"
cmp sigs/0123456789abcdef.minisig sig || fail "the reader has another signature"
LC_ALL=C.UTF-8 tar --zstd -tf signed.tar.zst --quoting-style=literal >tar.names || fail "tar: $(cat tar.names)"
LC_ALL=C.UTF-8 bsdtar -tf signed.tar.zst >bsdtar.names || fail "bsdtar"
"$driver" list signed.tar.zst 1 >list1
"$driver" list signed.tar.zst 3 >list3
cmp list1 list3 || fail "1 and 3 threads read differently"
{
    echo manifest.json
    echo signatures/0123456789abcdef.minisig
    sed -e 1d -e 's/^[0-9]* //' list1
} >our.names
cmp tar.names our.names || fail "tar lists other names"
cmp bsdtar.names our.names || fail "bsdtar lists other names"
(cd files && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) >reader.names
sed 1,2d our.names | LC_ALL=C sort | cmp - reader.names || fail "the reader extracts other names"
mkdir tarred
LC_ALL=C.UTF-8 tar --zstd -xf signed.tar.zst -C tarred
rm -r tarred/manifest.json tarred/signatures
diff -r tarred files || fail "tar and the reader extract different files"

# The id, three ways.
id=$(sed -n 's/^id //p' list1)
[ "$id" = "$(jq -r .id summary)" ] || fail "the reader has another id"
[ "$id" = "$(jq -cj .content manifest.json | sha256sum | cut -d' ' -f1)" ] || fail "jq gives another id"
jq -cjS . manifest.json | cmp - manifest.json || fail "the manifest is not as jq writes it"

# zstd, and its view of the frames.
zstd -tq signed.tar.zst || fail "zstd -t"
zstd -l signed.tar.zst >zstd.list
frames=$(jq '.frames | length' manifest.json)
awk -v want=$((frames + 2)) 'NR == 2 && $1 == want { found = 1 } END { exit !found }' zstd.list ||
    fail "zstd -l does not see $frames frames, head and table: $(cat zstd.list)"
[ "$frames" -ge 4 ] || fail "only $frames frames: nothing spans two"

# refused PATTERN FILE: both readers refuse it
refused() {
    if python3 "$reader" "$2" >/dev/null 2>why; then
        fail "the reader accepts $2"
    fi
    grep -q -e "^bundle_reader: .*$1" why || fail "$2: the reader says: $(cat why)"
    status=0
    "$driver" list "$2" 2 >/dev/null 2>why || status=$?
    case $status in
    1 | 4) ;;
    *) fail "the driver gives status $status for $2: $(cat why)" ;;
    esac
    if grep -q Sanitizer why; then
        fail "$2: $(cat why)"
    fi
}

# change NAME OFFSET: a copy with the byte there changed
change() {
    python3 - "$1" "$2" <<'PYTHON'
import sys
data = bytearray(open("signed.tar.zst", "rb").read())
data[int(sys.argv[2])] ^= 1
open(sys.argv[1], "wb").write(data)
PYTHON
}
size=$(wc -c <signed.tar.zst)
change magic 0 && refused 'not a bundle' magic
change block 9 && refused 'block' block
change tarname 12 && refused '' tarname
change frame $((size - 100000)) && refused 'hash: frame' frame
change table $((size - 12)) && refused 'seek table' table
head -c $((size - 1)) signed.tar.zst >cut && refused 'truncated' cut
head -c $((size / 2)) signed.tar.zst >half && refused 'truncated' half
{
    cat signed.tar.zst
    echo
} >longer && refused 'follows' longer

# Manifests that were edited, in heads that fit: nobody takes them.
grep -v large lines >small.lines
"$driver" pack small.tar.zst 1 3 <small.lines
mkdir liars
python3 "$(dirname "$reader")/liars.py" small.tar.zst liars
python3 "$reader" liars/honest >/dev/null || fail "an honest bundle made by hand is refused"
"$driver" list liars/honest 1 >/dev/null || fail "an honest bundle made by hand is refused"
rm liars/honest
for liar in liars/*; do
    refused '' "$liar"
done
echo "read alike by $(tar --version | head -n 1), $(bsdtar --version | cut -d' ' -f1-2), zstd, jq, minisign, python"
