/* Go toolchains as modules: golang.org/toolchain@v0.0.1-go1.21.3.linux-amd64.
 *
 * Rules: GOSPEC section 8; GOROOT/src/cmd/go/internal/toolchain/select.go
 * (Exec: the version, what becomes executable, _go.mod) and modfetch/
 * toolchain.go (dlToGo). Pure functions of names; slices point into the
 * arguments.
 */
#ifndef MF_TOOLCHAIN_H
#define MF_TOOLCHAIN_H

#include "formats/modpath.h"

#define MF_TOOLCHAIN_MODULE "golang.org/toolchain"
#define MF_TOOLCHAIN_VERSION "v0.0.1-" /* and then the name with its platform */
#define MF_TOOLCHAIN_GO_MOD "module " MF_TOOLCHAIN_MODULE "\n"
#define MF_TOOLCHAIN_NAME_MAX 64 /* bytes of a name with its platform */

struct mf_toolchain {
    struct mf_str release;  /* "1.21.3", a release: not the 1.21 of a go line from 1.21 on */
    struct mf_str os, arch; /* "linux", "amd64"; both empty where the name has no platform */
};

/* Parses "go1.21.3" or "go1.21.3.linux-amd64". False where it is none, also for
 * names with a suffix (go1.21.3-custom), which no proxy has. Whether go knows
 * the platform is for the caller to see. */
bool mf_toolchain_parse(struct mf_str name, struct mf_toolchain *out) MF_NONNULL MF_NODISCARD;

/* True for every version of golang.org/toolchain. */
bool mf_toolchain_is(struct mf_module m);

/* True for a language version that is not the name of a release: "1.21" and
 * above without patch. The toolchain that go takes for it is its ".0". */
bool mf_toolchain_is_lang(struct mf_str go);

/* True for a file of the module (name below its root) that go makes executable
 * on first use: those in bin and pkg/tool, and lib/.../go_OS_ARCH_exec. */
bool mf_toolchain_is_program(struct mf_str file);

/* True for a file named _go.mod in any directory: go copies it to a go.mod
 * beside it on first use, because a module zip cannot hold that. */
bool mf_toolchain_is_gomod(struct mf_str file);

#endif
