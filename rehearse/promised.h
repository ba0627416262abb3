/* Promised commands: which ones are known, and what is run for them.
 *
 * The texts in a manifest (statement.roots[].commands) are never executed. A text
 * is compared with the table in promised.c, letter by letter, and what is run is
 * the argument vector of the table's row; so a manifest can choose among these
 * commands, and can do nothing else. The module path and version in some of them
 * must be the root's own, whose form the manifest's reader has checked.
 *
 * Some commands have a stand-in that reads the same modules and executes nothing
 * of them: for `go run PACKAGE` it is `go build ./...`, which links every program;
 * for `go tool NAME` it is `go build tool` (go 1.24); for `go test all`, which
 * would run the tests of std and of every dependency, `go list -test -deps all`.
 */
#ifndef MF_PROMISED_H
#define MF_PROMISED_H

#include "formats/manifest.h"

enum mf_promised_traits {
    MF_PROMISED_BUILDS = 1, /* depends on platform and tags */
    MF_PROMISED_TESTS = 2,  /* executes tests, that is code of the modules */
    MF_PROMISED_WRITES = 4, /* may change files where it runs */
    MF_PROMISED_GETS = 8,   /* is how a new module comes to require its root */
};

#define MF_PROMISED_WORDS_MAX 8

struct mf_promised {
    unsigned traits;
    struct mf_str words[MF_PROMISED_WORDS_MAX]; /* "go", then its arguments */
    size_t word_count;
    bool stands_in; /* the words are not those of the command */
};

/* Looks a command of `root` up. False where it is not one that modferry makes
 * promises with for such a root. Slices live in `command`, in the root or for
 * ever. */
bool mf_promised_find(struct mf_str command, const struct mf_manifest_root *root,
                      struct mf_promised *out) MF_NONNULL MF_NODISCARD;

#endif
