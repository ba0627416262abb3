/* go.work files: which modules make up a workspace.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/modfile/work.go and
 * cmd/go/internal/modload/init.go (LoadWorkFile). The file is always parsed
 * strictly.
 *
 * Errors are MF_E_GOMOD with `FILE:LINE:COLUMN: ` and the words that `go` uses.
 * All slices live in the arena. Limit: 16 MiB of text, as for go.mod.
 */
#ifndef MF_GOWORK_H
#define MF_GOWORK_H

#include "formats/gomod.h"

struct mf_gowork_use {
    struct mf_str path; /* of a module's directory, as written: absolute, or relative to the file's directory */
    unsigned line;      /* counted from 1 */
};

struct mf_gowork {
    struct mf_str go;        /* "1.21"; empty where there is no go line, which stands for 1.18 */
    struct mf_str toolchain; /* "go1.21.3", "default", or empty */
    struct mf_gowork_use *uses;
    size_t use_count;
    struct mf_replace *replaces; /* directories relative to the file's directory */
    size_t replace_count;
    struct mf_str *godebugs; /* key=value */
    size_t godebug_count;
};

/* Parses `text`; `file` is the name for messages, of which the first error is
 * given. Versions of replacements are made canonical as in the go.mod of a
 * dependency. Whether two `use` lines name one directory is for the caller to
 * see, who knows where the file lies. MF_E_LIMIT as for mf_gomod_parse. */
int mf_gowork_parse(struct mf_gowork *out, struct mf_str text, const char *file, struct mf_arena *arena,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
