#!/usr/bin/env bash
# The structure that docs/architecture.md promises: who includes whom, what the
# offline program imports, unique file names, headers that compile alone, and a
# build of the offline half where libcurl is absent.
# usage: house.sh BUILD_DIR
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?name the build directory}
failed=0
fail() { echo "FAIL: $*"; failed=1; }

# includes FOLDER-PATTERN FORBIDDEN-PATTERN WHY
includes() {
    local hits
    hits=$(grep -rnE --include='*.[ch]' "^#include $2" $1 2>/dev/null)
    [ -z "$hits" ] || fail "$3"$'\n'"$hits"
}
includes formats/base '"(formats/[^b]|verify/|bundle/|cmd/)' "formats/base includes something above it"
includes formats '"(verify/|bundle/|run/|rehearse/|cmd/)' "formats includes something above it"
includes run '"(formats/[^b]|verify/|bundle/|rehearse/|cmd/)' "run includes more than formats/base"
includes verify '"(bundle/|run/|rehearse/|cmd/)' "verify includes bundle, run, rehearse or cmd"
includes bundle '"(verify/|rehearse/|cmd/)' "bundle includes verify, rehearse or cmd"
includes rehearse '"(verify/|bundle/|cmd/)' "rehearse includes verify, bundle or cmd"
includes 'cmd formats verify run rehearse' '<curl/' "curl outside bundle/net"
hits=$(grep -rlE --include='*.[ch]' '<curl/' bundle | grep -v '^bundle/net/')
[ -z "$hits" ] || fail "curl outside bundle/net: $hits"
hits=$(grep -rlE --include='*.[ch]' '<(seccomp|linux/landlock)\.h>' formats verify bundle run rehearse cmd | grep -vE '^verify/(syscallfilter|landlock)\.c$')
[ -z "$hits" ] || fail "the sandbox is built outside of its two files: $hits"
for file in cmd/*.c; do
    if grep -q '"bundle/' "$file" && grep -q '"verify/' "$file"; then
        fail "$file includes both halves"
    fi
done
hits=$(grep -rnE --include='*.[ch]' '\b(printf|fprintf|puts|perror)\(' formats verify bundle run rehearse)
[ -z "$hits" ] || fail "a library prints:"$'\n'"$hits"
hits=$(grep -rnE --include='*.[ch]' '\b(v?fork|exec(v|ve|vp|vpe|l|le|lp)|posix_spawnp?|popen|system)\(' formats verify bundle rehearse cmd)
[ -z "$hits" ] || fail "a program is started outside run/:"$'\n'"$hits"

# One host name of the world's registries, in one file and one page.
hits=$(git grep -nE 'proxy\.golang\.org|sum\.golang\.org' -- . ':!formats/goproxyhosts.h' ':!docs/settings.md' ':!tests/house.sh')
[ -z "$hits" ] || fail "a registry is named outside its one place:"$'\n'"$hits"

hits=$(git ls-files | grep -E '\.[ch]$' | grep -v '/driver\.c$' | xargs -n1 basename | sort | uniq -d)
[ -z "$hits" ] || fail "file names that stand for two files: $hits"

for header in $(git ls-files '[bcfrv]*.h' 'tools/*.h'); do
    cc -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -x c "$header" || fail "$header does not compile alone"
done

# The offline program knows no network, and starts no other program.
program=$build/bin/modferry-offline
hits=$(nm -D --undefined-only "$program" | grep -E ' (fork|vfork|exec[lv]|posix_spawn|popen|system|unshare|ptrace|process_vm)' )
[ -z "$hits" ] || fail "modferry-offline starts programs:"$'\n'"$hits"
nm -D --undefined-only "$build/bin/modferry" | grep ' fork' >/dev/null || fail "this check cannot see imports"
hits=$(nm -D --undefined-only "$program" | grep -E ' (socket|connect|bind|listen|accept|getaddrinfo|gethostby|send|recv|curl_)' )
[ -z "$hits" ] || fail "modferry-offline imports the network:"$'\n'"$hits"
# Everything that is loaded with it, what libraries load in turn included.
hits=$(ldd "$program" | sed 's/^[[:space:]]*//; s/[ (].*//; s,.*/,,' |
    grep -vE '^(linux-(vdso|gate)|ld-linux|lib(c|m|gcc_s|pthread|sodium|nettle|utf8proc|jansson|zstd|z|deflate|seccomp|asan|ubsan|tsan|stdc\+\+))[.-]')
[ -z "$hits" ] || fail "modferry-offline loads more than its libraries: $hits"
ldd "$build/bin/modferry" | grep libcurl >/dev/null || fail "this check cannot see libraries"
nm -D --undefined-only "$build/bin/modferry" | grep curl_ >/dev/null || fail "this check cannot see imports"

# Without libcurl: its pkg-config file and headers hidden, online half off.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pc"
for dir in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
    [ -d "$dir" ] && find "$dir" -name '*.pc' ! -name 'libcurl*' -exec ln -sf {} "$work/pc/" \;
done
if PKG_CONFIG_LIBDIR=$work/pc PKG_CONFIG_PATH= pkg-config --exists libcurl; then
    fail "libcurl could not be hidden"
fi
PKG_CONFIG_LIBDIR=$work/pc PKG_CONFIG_PATH= cmake -S . -B "$work/build" -G Ninja -DMODFERRY_ONLINE=OFF \
    -DCMAKE_C_FLAGS="-DCURLINC_CURL_H" >"$work/log" 2>&1 &&
    cmake --build "$work/build" --target modferry-offline >>"$work/log" 2>&1 || { tail -20 "$work/log"; fail "the offline half does not build without libcurl"; }
[ -x "$work/build/bin/modferry-offline" ] || fail "no modferry-offline was built"
[ -e "$work/build/bin/modferry" ] && fail "MODFERRY_ONLINE=OFF built modferry"
if DESTDIR=$work/root cmake --install "$work/build" >>"$work/log" 2>&1; then
    find "$work/root" -name modferry-offline -type f | grep -q . || fail "cmake --install installs nothing"
else
    fail "cmake --install fails"
fi

[ $failed -eq 0 ] && echo "the house stands"
exit $failed
