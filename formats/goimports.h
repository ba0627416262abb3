/* The top of a .go file: package clause, imports, build constraint; and the
 * patterns of //go:embed, which may stand anywhere in it.
 *
 * Rules: GOROOT/src/cmd/go/internal/modindex/{scan,build_read}.go, by which go
 * learns what the packages of a module import, and cmd/go/internal/imports,
 * which it falls back to. Go reads a file twice: a lenient reader finds where
 * the imports end (all it knows is comments, `package`, `import` and strings),
 * then go/parser parses what the reader has taken, which may fail.
 *
 * A broken file is no failure here: go complains only when something is built
 * from it. Its fault is kept, and:
 *   - MF_GOIMPORTS_SYNTAX: `imports` are what the lenient reader saw; a module's
 *     index has none for such a file, the fallback has these. The constraint
 *     counts as usual. An invalid import path ("a b") is such a fault.
 *   - MF_GOIMPORTS_NUL: a NUL byte in what go reads. No imports, no constraint.
 *   - MF_GOIMPORTS_CONSTRAINTS: two //go:build lines. `imports` are those of the
 *     file; go uses none of them, and never builds the file.
 */
#ifndef MF_GOIMPORTS_H
#define MF_GOIMPORTS_H

#include "formats/base/arena.h"

enum mf_goimports_fault { MF_GOIMPORTS_OK, MF_GOIMPORTS_SYNTAX, MF_GOIMPORTS_NUL, MF_GOIMPORTS_CONSTRAINTS };

/* An import path or an embed pattern, without quotes and escapes. */
struct mf_goimports_item {
    struct mf_str text;
    size_t at; /* offset in the file, in bytes: of the import spec, whose name comes first (in a file with a syntax
                  fault, of its string); of the embed pattern */
};

struct mf_goimports {
    struct mf_str package;             /* empty where the package clause is broken */
    struct mf_goimports_item *imports; /* in the order of the file, repetitions and "C" included */
    size_t import_count;
    bool cgo;                         /* it imports "C" */
    struct mf_str constraint;         /* see below; empty: none */
    struct mf_goimports_item *embeds; /* in the order of the file; only where it imports "embed" */
    size_t embed_count;
    enum mf_goimports_fault fault;
    struct mf_str fault_text; /* "LINE:COLUMN: message", as go words it; empty without a fault */
};

/* Parses a whole file. Slices point into `content` or live in `arena`; nothing
 * else is allocated beyond a buffer for strings with escapes.
 *
 * `constraint` is the //go:build line, or else the // +build lines that count,
 * trimmed and joined by newlines: what mf_buildtags_match_text takes.
 *
 * LINE and COLUMN are those of the text: //line directives do not count.
 *
 * Fails only with MF_E_LIMIT (of the arena) and MF_E_NOMEM. */
int mf_goimports_parse(struct mf_str content, struct mf_arena *arena, struct mf_goimports *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for the imports that go never looks up: "C", appengine,
 * appengine_internal and what is below the latter two. */
bool mf_goimports_is_magic(struct mf_str path);

#endif
