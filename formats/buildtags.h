/* Build constraints: for which platforms and tags go uses a file.
 *
 * Rules: GOROOT/src/go/build/constraint/expr.go (syntax), and
 * cmd/go/internal/imports/{build,tags}.go (which tags hold while packages are
 * loaded), internal/syslist (platforms). The lists are those of go1.26.
 *
 * Two ways to look at a file:
 *   - a platform (`any` false): one GOOS, GOARCH, release, set of tags;
 *   - any platform (`any` true), as `go mod tidy` and `go mod vendor` look: a tag
 *     counts as true and, below `!`, as false, whichever lets the expression
 *     hold, so that every expression holds but for the tag `ignore`, which is
 *     false always. File names exclude nothing.
 */
#ifndef MF_BUILDTAGS_H
#define MF_BUILDTAGS_H

#include "formats/base/arena.h"

/* Limits on an expression, which are go's: operands with their parentheses, and
 * operators of a +build line. They bound recursion, too. */
enum { MF_BUILDTAGS_OPERANDS_MAX = 1000, MF_BUILDTAGS_OLD_MAX = 100 };

enum mf_buildtags_op { MF_BUILDTAGS_TAG, MF_BUILDTAGS_NOT, MF_BUILDTAGS_AND, MF_BUILDTAGS_OR };

struct mf_buildtags_expr {
    enum mf_buildtags_op op;
    struct mf_str tag;                     /* of a TAG; slice of the line */
    const struct mf_buildtags_expr *x, *y; /* y of AND and OR only */
};

/* What a file is matched against. Slices stay the caller's. */
struct mf_buildtags_target {
    bool any; /* the rest does not count */
    struct mf_str goos, goarch;
    bool cgo;
    unsigned release; /* N of the newest tag go1.N that holds */
    /* Tags of -tags, and `goexperiment.NAME` where an experiment is on, which no
     * release number tells. */
    const struct mf_str *tags;
    size_t tag_count;
};

/* True where the line (trimmed) is a `//go:build` or a `// +build` constraint,
 * well-formed or not. */
bool mf_buildtags_is_go_build(struct mf_str line);
bool mf_buildtags_is_plus_build(struct mf_str line);

/* Parses one constraint line of either kind. *out becomes NULL where it is
 * malformed or no constraint, and *fault_out (may be NULL) says why in go's
 * words, a static text. Nodes live in `arena`, whose errors are the only
 * failures. */
int mf_buildtags_parse(struct mf_str line, struct mf_arena *arena, const struct mf_buildtags_expr **out,
                       const char **fault_out, struct mf_err *err) MF_NONNULL_ARGS(2, 3, 5) MF_NODISCARD;

/* The value of an expression where `holds` tells which tags hold. */
bool mf_buildtags_eval(const struct mf_buildtags_expr *x, bool (*holds)(void *ctx, struct mf_str tag), void *ctx)
    MF_NONNULL_ARGS(1, 2);

/* True where the tag holds: GOOS (linux also for android, solaris for illumos,
 * darwin for ios), `unix`, GOARCH and its default feature level (amd64.v1),
 * `gc`, `cgo`, go1.1 to go1.N, and the extra tags. Not with target->any. */
bool mf_buildtags_holds(const struct mf_buildtags_target *target, struct mf_str tag) MF_NONNULL;

/* The value of an expression on a target, also with target->any. */
bool mf_buildtags_match_expr(const struct mf_buildtags_target *target, const struct mf_buildtags_expr *x) MF_NONNULL;

/* The constraint of a file as struct mf_goimports has it: nothing, which
 * matches; one //go:build line, which does not match where it is malformed; or
 * +build lines joined by newlines, all of which must match, malformed ones
 * aside. Fails with MF_E_NOMEM only. */
int mf_buildtags_match_text(const struct mf_buildtags_target *target, struct mf_str constraint, bool *out,
                            struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The rule for file names: base name `name` ends in _GOOS, _GOARCH or
 * _GOOS_GOARCH, perhaps followed by _test, before its first dot. */
bool mf_buildtags_match_name(const struct mf_buildtags_target *target, struct mf_str name) MF_NONNULL;

bool mf_buildtags_known_os(struct mf_str name);
bool mf_buildtags_known_arch(struct mf_str name);

#endif
