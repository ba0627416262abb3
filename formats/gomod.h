/* go.mod files: lexer and directives.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/modfile/{read,rule}.go. The
 * main module's file is parsed strictly; every other go.mod laxly: only go,
 * module, require, retract and ignore count there, the rest is skipped even if
 * malformed.
 *
 * Errors are MF_E_GOMOD with `FILE:LINE:COLUMN: ` and the words that `go` uses.
 * All slices live in the arena. Limit: 16 MiB of text, as go's own.
 */
#ifndef MF_GOMOD_H
#define MF_GOMOD_H

#include "formats/base/arena.h"
#include "formats/modpath.h"

#define MF_GOMOD_MAX (16 * MF_MIB)

enum mf_gomod_mode {
    MF_GOMOD_MAIN, /* strict: a main module or the target of a directory replacement in a workspace */
    MF_GOMOD_DEP,  /* lax: any other */
};

struct mf_require {
    struct mf_module module;
    bool indirect; /* carries a `// indirect` comment */
    unsigned line; /* counted from 1 */
};

struct mf_replace {
    struct mf_module from; /* version empty: every version */
    struct mf_module to;   /* version empty: `path` is a directory */
    unsigned line;
};

struct mf_retract {
    struct mf_str low, high; /* closed interval; equal for one version */
    struct mf_str rationale;
};

struct mf_gomod {
    struct mf_str module;     /* path; empty where there is no module line */
    struct mf_str deprecated; /* text after "Deprecated:", or empty */
    struct mf_str go;         /* "1.21"; empty where there is no go line */
    struct mf_str toolchain;  /* "go1.21.3", "default", or empty */
    struct mf_require *requires;
    size_t require_count;
    struct mf_module *excludes; /* main only */
    size_t exclude_count;
    struct mf_replace *replaces; /* main only */
    size_t replace_count;
    struct mf_retract *retracts;
    size_t retract_count;
    struct mf_str *tools; /* package paths; main only */
    size_t tool_count;
    struct mf_str *ignores; /* directory patterns */
    size_t ignore_count;
    struct mf_str *godebugs; /* key=value; main only */
    size_t godebug_count;
};

/* Parses `text`; `file` is the name for messages, of which the first error is
 * given. In MF_GOMOD_MAIN mode a version that is not canonical, in any
 * directive, is MF_E_GOMOD, telling to run `go mod tidy` (go would resolve it
 * with a query and rewrite the file). In MF_GOMOD_DEP mode `v1` becomes v1.0.0
 * and build metadata other than +incompatible goes; retract keeps what is
 * written. Paths are checked for their major suffix only: call mf_module_check
 * or mf_importpath_check before a path becomes a file name. A text with too
 * many lines or words for 512 MiB of syntax tree is MF_E_LIMIT. */
int mf_gomod_parse(struct mf_gomod *out, struct mf_str text, enum mf_gomod_mode mode, const char *file,
                   struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The go.mod text of a module without one: `module PATH\n`, the path quoted
 * where modfile.MustQuote says so. */
int mf_gomod_synthetic(struct mf_str path, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
