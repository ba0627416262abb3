/* Go's settings, with Go's precedence: process environment (non-empty), the
 * file of `go env -w`, GOROOT/go.env, built-in default (GOSPEC section 5.2).
 *
 * formats/goproxyhosts.h holds Go's own defaults for GOPROXY and GOSUMDB.
 */
#ifndef MF_SETTINGS_H
#define MF_SETTINGS_H

#include "formats/base/arena.h"

enum mf_setting {
    MF_GOPROXY,
    MF_GONOPROXY, /* default: GOPRIVATE */
    MF_GOPRIVATE,
    MF_GONOSUMDB,    /* default: GOPRIVATE */
    MF_GONOSUMCHECK, /* more patterns like those of GONOSUMDB; go knows it no more */
    MF_GOSUMDB,
    MF_GOINSECURE,
    MF_GOVCS,
    MF_GOAUTH,
    MF_GOMODCACHE, /* default: first of GOPATH + /pkg/mod; absolute */
    MF_GOPATH,     /* default: $HOME/go */
    MF_GOFLAGS,
    MF_GOWORK,
    MF_GOTOOLCHAIN,
    MF_SETTING_COUNT
};

enum mf_setting_source { MF_FROM_ENVIRONMENT, MF_FROM_GOENV, MF_FROM_GOROOT, MF_FROM_DEFAULT };

#define MF_SETTINGS_FILE_MAX MF_MIB /* bytes of go/env and of go.env */

struct mf_settings {
    struct mf_str value[MF_SETTING_COUNT];
    enum mf_setting_source source[MF_SETTING_COUNT];
};

/* Reads all of them. `getenv_fn` is getenv but for tests; what it returns is
 * copied. Slices live in the arena and end in NUL; a setting without value is
 * empty. Files that are missing or cannot be read count as empty, as go has it.
 *
 * The user's file is $GOENV ("off": none), else go/env below $XDG_CONFIG_HOME or
 * $HOME/.config. GOROOT is taken from that file, the environment, or the place
 * of the `go` that $PATH finds, links resolved; where there is none, Go's
 * release defaults hold.
 *
 * MF_E_USAGE: GOMODCACHE that is not absolute. MF_E_LIMIT: a file above
 * MF_SETTINGS_FILE_MAX. MF_E_NOMEM. */
int mf_settings_load(char *(*getenv_fn)(const char *), struct mf_settings *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Name of a setting, "GOPROXY"; and words for where its value is from, such as
 * "the environment". Static text. */
const char *mf_settings_name(enum mf_setting setting);
const char *mf_settings_source_name(enum mf_setting_source source);

#endif
