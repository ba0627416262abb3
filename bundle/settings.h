/* Go's settings, with Go's precedence: process environment (non-empty), the
 * file of `go env -w`, GOROOT/go.env, built-in default (GOSPEC section 5.2).
 *
 * goproxyhosts.h holds Go's own defaults for GOPROXY and GOSUMDB; no other file
 * names a host.
 */
#ifndef MF_SETTINGS_H
#define MF_SETTINGS_H

#include "formats/base/arena.h"

enum mf_setting {
    MF_GOPROXY,
    MF_GONOPROXY, /* default: GOPRIVATE */
    MF_GOPRIVATE,
    MF_GONOSUMDB, /* default: GOPRIVATE */
    MF_GOSUMDB,
    MF_GOINSECURE,
    MF_GOMODCACHE, /* default: first of GOPATH + /pkg/mod; absolute */
    MF_GOPATH,     /* default: $HOME/go */
    MF_GOFLAGS,
    MF_GOWORK,
    MF_GOTOOLCHAIN,
    MF_SETTING_COUNT
};

enum mf_setting_source { MF_FROM_ENVIRONMENT, MF_FROM_GOENV, MF_FROM_GOROOT, MF_FROM_DEFAULT };

struct mf_settings {
    struct mf_str value[MF_SETTING_COUNT];
    enum mf_setting_source source[MF_SETTING_COUNT];
};

/* Reads all of them. `getenv_fn` is getenv but for tests. Missing files are no
 * error; slices live in the arena and end in NUL. MF_E_USAGE: GOMODCACHE that is
 * not absolute. */
int mf_settings_load(char *(*getenv_fn)(const char *), struct mf_settings *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Name of a setting, "GOPROXY". */
const char *mf_setting_name(enum mf_setting setting);

/* One entry of a GOPROXY list. */
struct mf_proxy {
    struct mf_str url;   /* no trailing slash; ends in NUL; "direct", "off" as they are */
    struct mf_str shown; /* the same without credentials, for messages and provenance */
    bool falls_through;  /* followed by '|': any failure goes on to the next */
};

struct mf_proxies {
    struct mf_proxy *list;
    size_t count; /* nothing follows "direct" or "off" */
};

/* Parses a GOPROXY value as go does (GOSPEC section 5.1, modfetch proxyList).
 * MF_E_USAGE for an empty list, a bare path, a file URL with a host, http with
 * credentials. */
int mf_proxies_parse(struct mf_str value, struct mf_proxies *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
