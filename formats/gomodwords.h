/* The words of go.mod and go.work directives: strings, versions, intervals, replacements.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/modfile/rule.go and, for the
 * main module, the version fixer in cmd/go/internal/modload/init.go. Used by
 * formats/gomod.c and formats/gowork.c, which know where a word stands.
 *
 * Functions that return int fail with MF_E_GOMOD and go's words, without a
 * place in the file, or with MF_E_NOMEM and MF_E_LIMIT. Results live in the
 * arena or are slices of the words given.
 */
#ifndef MF_GOMODWORDS_H
#define MF_GOMODWORDS_H

#include "formats/gomod.h"
#include "formats/gomodlex.h"

/* Words from the file are cut to this length in messages, in bytes. */
enum { MF_GOMODWORDS_SHOWN = 320 };

struct mf_gomodwords {
    enum mf_gomod_mode mode;
    struct mf_arena *arena;
    struct mf_err *err;
};

/* The value of a word, which may be a double-quoted string. */
int mf_gomodwords_string(const struct mf_gomodwords *w, struct mf_str word, struct mf_str *out) MF_NONNULL MF_NODISCARD;

/* A version of module `path` in canonical form. A dependency may write it in
 * another form (`v1`, `v1.0.0+meta`); in a main module that is an error. */
int mf_gomodwords_version(const struct mf_gomodwords *w, const char *verb, struct mf_str path, struct mf_str word,
                          struct mf_str *out) MF_NONNULL MF_NODISCARD;

/* Checks that path and version of a directive fit together. */
int mf_gomodwords_major(const struct mf_gomodwords *w, const char *verb, struct mf_module m) MF_NONNULL MF_NODISCARD;

/* `PATH [VERSION] => PATH [VERSION]`. */
int mf_gomodwords_replace(const struct mf_gomodwords *w, const struct mf_str *args, size_t count,
                          struct mf_module *from, struct mf_module *to) MF_NONNULL_ARGS(1, 4, 5) MF_NODISCARD;

/* `VERSION` or `[ LOW , HIGH ]`; *used becomes the number of words taken. The
 * versions are stored as they are written, valid or not. */
int mf_gomodwords_interval(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *low,
                           struct mf_str *high, size_t *used) MF_NONNULL_ARGS(1, 4, 5, 6) MF_NODISCARD;

/* Checks that the main module `module` (empty: none is named) may retract the
 * version. */
int mf_gomodwords_retractable(const struct mf_gomodwords *w, struct mf_str module,
                              struct mf_str version) MF_NONNULL MF_NODISCARD;

/* The argument of a go line, a version; in a dependency `1.12+auto` stands for
 * 1.12. That of a toolchain line. Each stands once: *out is empty before. */
int mf_gomodwords_go(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_gomodwords_toolchain(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

/* The argument of a godebug line, `key=value`. */
int mf_gomodwords_godebug(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

/* The error for a statement that begins with no known directive, or for a block
 * that no directive has. Returns -1. */
int mf_gomodwords_unknown(const struct mf_gomodwords *w, const struct mf_gomodlex_stmt *stmt) MF_NONNULL;

/* True where s has to be quoted to be one word (modfile.MustQuote). */
bool mf_gomodwords_must_quote(struct mf_str s);

#endif
