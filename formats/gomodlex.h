/* The syntax that go.mod and go.work share: statements, blocks, comments.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/modfile/read.go. What the words
 * mean is not known here.
 *
 *     require (              // a block with the head "require"
 *         // above           // before: comments on lines of their own
 *         a.b/c v1.0.0 // x  // suffix: the comment behind a line
 *     )
 */
#ifndef MF_GOMODLEX_H
#define MF_GOMODLEX_H

#include "formats/base/arena.h"

/* For the arena of the syntax tree of one file; a file of the largest size that
 * is nothing but one-letter lines is refused, which Go's own parser would
 * swallow. */
#define MF_GOMODLEX_TREE_MAX (512 * MF_MIB)

struct mf_gomodlex_comment {
    struct mf_gomodlex_comment *next;
    struct mf_str text; /* with its "//"; empty for a blank line inside a block */
    size_t start;       /* offset of the comment in the file, in bytes */
};

struct mf_gomodlex_line {
    struct mf_gomodlex_line *next; /* in the same block */
    struct mf_str *words;          /* as written, strings with their quotes */
    size_t word_count;             /* at least 1 */
    struct mf_gomodlex_comment *before;
    struct mf_gomodlex_comment *suffix;
    unsigned line, column; /* of the first word, counted from 1; columns are characters */
};

struct mf_gomodlex_stmt {
    struct mf_gomodlex_stmt *next;
    struct mf_gomodlex_line head;   /* the line itself, or what stands before '(' */
    bool is_block;                  /* head is the head of a block */
    struct mf_gomodlex_line *lines; /* of the block; NULL where it is empty */
};

/* Parses `text`; *out becomes the first statement, NULL where there is none.
 * Everything lives in `tree`, words and comments are slices of `text`.
 * A syntax error is MF_E_GOMOD, `FILE:LINE:COLUMN: ` and go's words for it;
 * MF_E_LIMIT and MF_E_NOMEM are possible. */
int mf_gomodlex_parse(struct mf_str text, const char *file, struct mf_arena *tree, struct mf_gomodlex_stmt **out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
