/* The Go toolchains that travel: golang.org/toolchain, a module version for each
 * release and platform (formats/toolchain.h). */
#ifndef MF_TOOLCHAINS_H
#define MF_TOOLCHAINS_H

#include "bundle/upstream.h"
#include "formats/toolchain.h"

/* Reads the names of --toolchain: a name without platform stands for each of
 * `platforms` ("linux/amd64"), or for linux-amd64 where there is none. *out gets
 * the names with their platform, sorted bytewise, each once, in the arena.
 * MF_E_USAGE for what is no release or a platform that go does not know. */
int mf_toolchains_expand(const struct mf_str *typed, size_t count, const struct mf_str *platforms,
                         size_t platform_count, struct mf_arena *arena, const struct mf_str **out, size_t *count_out,
                         struct mf_err *err) MF_NONNULL_ARGS(5, 6, 7, 8) MF_NODISCARD;

/* The module versions of such names: one for each, and where that is another
 * one, the linux-amd64 version of the same release, whose .info go asks for on
 * any platform (modfetch/toolchain.go, Stat). The first `count` are those named. */
int mf_toolchains_modules(const struct mf_str *names, size_t count, struct mf_arena *arena, struct mf_module **out,
                          size_t *count_out, struct mf_err *err) MF_NONNULL_ARGS(3, 4, 5, 6) MF_NODISCARD;

/* Sees to it that the store holds the .mod of each: fetched, or where no proxy
 * has it, its one possible text. (A GOMODCACHE that go filled when it switched
 * holds no .mod, and go reads none.) */
int mf_toolchains_mods(const struct mf_module *modules, size_t count, struct mf_upstream *upstream, struct mf_err *err)
    MF_NONNULL_ARGS(3, 4) MF_NODISCARD;

#endif
