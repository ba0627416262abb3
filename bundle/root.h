/* Roots: what a closure is taken of.
 *
 * A root is a directory with a go.mod; or the workspace that such a directory
 * lies in, as a whole; or `path@version`, which stands for a main module that
 * requires only it, as `go mod init` and `go get path@version` make (DESIGN
 * section 3). Everything downstream sees a list of main modules: one, several,
 * or none.
 *
 * Rules of workspaces: GOSPEC section 1.5; GOROOT/src/cmd/go/internal/modload/
 * init.go (FindGoWork, LoadWorkFile, loadModFile, makeMainModules) and
 * modfile.go (replacementFrom).
 */
#ifndef MF_ROOT_H
#define MF_ROOT_H

#include "bundle/settings.h"
#include "formats/base/dir.h"
#include "formats/gomod.h"
#include "formats/gosum.h"
#include "formats/gowork.h"

/* A main module: one whose sources the user has at hand. */
struct mf_main {
    struct mf_str path;     /* module path */
    struct mf_str dir;      /* its directory, absolute; ends in NUL */
    struct mf_gomod gomod;  /* parsed strictly */
    char go_mod_sha256[65]; /* lower-case hex */
    char go_sum_sha256[65]; /* empty where there is no such file */
};

/* A replacement by go.work or by the go.mod of a main module. */
struct mf_root_replace {
    struct mf_module from; /* version empty: every version */
    struct mf_module to;   /* version empty: a directory, absolute and clean */
    struct mf_str typed;   /* the right side as written, without version */
    struct mf_str file;    /* that has the line, absolute */
    struct mf_str base;    /* the directory of that file */
    unsigned line;
    unsigned group;          /* 0 for go.work; main modules count from the last, 1, to the first */
    struct mf_str conflicts; /* file of another main module whose replacement differs, where go will refuse it */
};

/* The target of directory replacements: its go.mod takes part in the graph,
 * nothing of it travels. */
struct mf_root_directory {
    struct mf_str dir; /* absolute and clean; ends in NUL */
    struct mf_gomod gomod;
    struct mf_err *failure; /* why the go.mod cannot be had; NULL where it can */
};

struct mf_root {
    struct mf_str typed;     /* as the user wrote it */
    struct mf_module module; /* path@version; else the path of mains[0], version empty */
    struct mf_main *mains;   /* in the order of go.work; none for path@version */
    size_t main_count;
    struct mf_str go_work;   /* path of go.work, absolute; empty outside of workspaces */
    struct mf_str dir;       /* of go.work or the main module, absolute; empty for path@version */
    struct mf_str go;        /* go version of go.work or the main module: its go line, else 1.18 or 1.16;
                                empty for path@version */
    bool go_implied;         /* there is no go line */
    struct mf_str toolchain; /* toolchain line of the same file, or empty */
    char go_work_sha256[65]; /* lower-case hex; empty where there is no such file */
    char go_work_sum_sha256[65];
    struct mf_gosum sums;             /* every go.sum, and go.work.sum */
    struct mf_root_replace *replaces; /* go.work's, then those of the last main module to the first */
    size_t replace_count;
    struct mf_module *excludes; /* of all main modules */
    size_t exclude_count;
    struct mf_root_directory *directories; /* targets of directory replacements, each once */
    size_t directory_count;
    struct mf_str *vendor_problems; /* why go refuses the vendor directory, a line each (vendorcheck.h) */
    size_t vendor_problem_count;
};

/* Loads the root that `typed` names, a directory or path@version with a full
 * version (rootquery.h takes queries). Everything lives in the arena.
 *
 * A directory that go.work covers (found upwards from it, or named by GOWORK;
 * GOWORK=off: none) stands for the workspace. It must be a module that go.work
 * uses or the directory of go.work.
 *
 * MF_E_NO_GOMOD: the directory has no go.mod. MF_E_USAGE: neither a directory
 * nor path@version; GOWORK is not absolute. MF_E_GOMOD: a file does not parse,
 * or go.work uses a directory twice. MF_E_CLOSURE: files contradict each other
 * in a way that go refuses: replacements that conflict, a module above the go
 * line of go.work, a module that is missing or used twice. Messages have go's
 * words. A directory replacement that cannot be followed is no failure yet:
 * see mf_root_directory_gomod. */
int mf_root_load(const char *typed, const struct mf_settings *settings, struct mf_root *out, struct mf_arena *arena,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for the module path of a main module. */
bool mf_root_is_main(const struct mf_root *root, struct mf_str path) MF_NONNULL;

/* True where `typed` is path@query: it has an '@' and names no file. */
bool mf_root_is_query(const char *typed) MF_NONNULL;

/* The root of a module at a full version, which mf_module_check accepts. */
int mf_root_of_module(const char *typed, struct mf_module m, struct mf_root *out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What takes the place of m for this root: m itself, another module, or a
 * directory (version empty, path absolute). GOSPEC section 3.1, repl(m). */
struct mf_module mf_root_replacement(const struct mf_root *root, struct mf_module m) MF_NONNULL;

/* As mf_root_replacement, as the line that replaces m; NULL where none does. */
const struct mf_root_replace *mf_root_find_replace(const struct mf_root *root, struct mf_module m) MF_NONNULL;

/* True where a main module excludes that version. */
bool mf_root_excludes(const struct mf_root *root, struct mf_module m) MF_NONNULL;

/* The go.mod of the directory that replaces m. NULL with the error set where go
 * could not follow it (MF_E_CLOSURE: nothing there, MF_E_GOMOD), or where it is
 * outside of the project (MF_E_POLICY): in no main module's directory and not
 * below that of go.work. */
const struct mf_gomod *mf_root_directory_gomod(const struct mf_root *root, struct mf_module m,
                                               struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Compares a hash with the go.sum lines of every root; *found_out is set where
 * one has it and left alone otherwise. MF_E_HASH names module, both hashes and
 * the root. */
int mf_root_check_sums(const struct mf_root *roots, size_t root_count, struct mf_module m, bool is_mod, const char *h1,
                       bool *found_out, struct mf_err *err) MF_NONNULL_ARGS(5, 6, 7) MF_NODISCARD;

#endif
