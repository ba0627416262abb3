/* Roots: what a closure is taken of.
 *
 * A root is a directory with a go.mod, or `path@version`, which stands for a
 * main module that requires only it, as `go mod init` and `go get path@version`
 * make (DESIGN section 3).
 */
#ifndef MF_ROOT_H
#define MF_ROOT_H

#include "bundle/settings.h"
#include "formats/base/dir.h"
#include "formats/gomod.h"
#include "formats/gosum.h"

/* A replacement by a directory: its go.mod takes part, nothing of it travels. */
struct mf_root_directory {
    struct mf_str path; /* as in the replace line */
    struct mf_gomod gomod;
};

struct mf_root {
    struct mf_str typed; /* as the user wrote it */
    bool is_directory;
    struct mf_module module; /* directory: its module path, version empty; else path and version */
    struct mf_gomod gomod;   /* of the main module; for path@version: requires just that */
    struct mf_gosum sums;    /* lines of go.sum; none for path@version */
    char go_mod_sha256[65];  /* lower-case hex; empty where there is no such file */
    char go_sum_sha256[65];
    struct mf_root_directory *directories; /* targets of directory replacements */
    size_t directory_count;
};

/* Loads the root that `typed` names. Everything lives in the arena.
 *
 * MF_E_NO_GOMOD: the directory has no go.mod. MF_E_USAGE: neither a directory
 * nor path@version. MF_E_GOMOD: a file does not parse. MF_E_POLICY: a go.work
 * covers the directory (workspaces are not supported yet; GOWORK=off leaves it
 * out), or a replacement leads outside the project. */
int mf_root_load(const char *typed, const struct mf_settings *settings, struct mf_root *out, struct mf_arena *arena,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What takes the place of m for this root: m itself, another module, or a
 * directory (version empty). GOSPEC section 3.1, repl(m). */
struct mf_module mf_root_replacement(const struct mf_root *root, struct mf_module m) MF_NONNULL;

/* True where the main module excludes that version. */
bool mf_root_excludes(const struct mf_root *root, struct mf_module m) MF_NONNULL;

/* The go.mod of a directory replacement by its path, or NULL. */
const struct mf_gomod *mf_root_directory_gomod(const struct mf_root *root, struct mf_str path) MF_NONNULL;

/* Compares a hash with the go.sum of every root; *found_out is set where one
 * has it and left alone otherwise. MF_E_HASH names module, both hashes and the
 * root. */
int mf_root_check_sums(const struct mf_root *roots, size_t root_count, struct mf_module m, bool is_mod, const char *h1,
                       bool *found_out, struct mf_err *err) MF_NONNULL_ARGS(5, 6, 7) MF_NODISCARD;

#endif
