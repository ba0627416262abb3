/* Pieces of formats/goimports.c: how go finds the end of a file's imports, the
 * build constraint before its package clause, and embed patterns. */
#ifndef MF_GOHEAD_H
#define MF_GOHEAD_H

#include "formats/goimports.h"

/* A list of items that grows in an arena. */
struct mf_gohead_list {
    struct mf_goimports_item *items;
    size_t count, cap;
};

/* Adds an item; fails as the arena does. */
int mf_gohead_add(struct mf_gohead_list *list, struct mf_str text, size_t at, struct mf_arena *arena,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The value of a string literal (either kind, with its quotes), as
 * strconv.Unquote. *ok_out is false where it is malformed. Fails as the arena
 * does. */
int mf_gohead_unquote(struct mf_str literal, struct mf_arena *arena, struct mf_str *out, bool *ok_out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* How far the lenient reader goes (readGoInfo in cmd/go/internal/modindex). */
struct mf_gohead_extent {
    size_t end;  /* what go/parser gets to see: this many bytes */
    bool syntax; /* the reader was confused, and has taken the whole file */
    size_t nul;  /* offset of a NUL that it met first, or SIZE_MAX */
};

/* Reads `src` (without a byte order mark). Where `imports` is not NULL, the
 * string literals of its imports are added, with their quotes. Fails as the
 * arena does. */
int mf_gohead_read(struct mf_str src, struct mf_gohead_list *imports, struct mf_arena *arena,
                   struct mf_gohead_extent *out, struct mf_err *err) MF_NONNULL_ARGS(3, 4, 5) MF_NODISCARD;

/* The constraint of a file (parseFileHeader in go/build), in the form that
 * struct mf_goimports has. *second_out becomes the offset of a second
 * //go:build line, or SIZE_MAX. Fails as the arena does. */
int mf_gohead_constraint(struct mf_str src, struct mf_arena *arena, struct mf_str *out, size_t *second_out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Adds the patterns of every well-formed //go:embed line in `src`. Fails as the
 * arena does. */
int mf_gohead_embeds(struct mf_str src, struct mf_gohead_list *list, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
