/* Tree heads and records of the checksum database.
 *
 * A tree head is the signed note whose text is
 *
 *     go.sum database tree
 *     N                       records, in decimal
 *     BASE64(root hash)
 *
 * and perhaps more lines. A lookup answers for one module version with the
 * record's number, its text (lines of go.sum) and a tree head:
 *
 *     ID
 *     example.com/m v1.0.0 h1:...
 *     example.com/m v1.0.0/go.mod h1:...
 *     <blank line>
 *     <tree head>
 *
 * Nothing but inclusion in the tree binds a record to a head, so the head of a
 * lookup may be exchanged. Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/sumdb/
 * tlog/note.go (ParseTree, ParseRecord), hashes as in RFC 6962 section 2.1.
 * Stricter than go: numbers stand in their shortest form without sign, and are
 * below 2^53.
 */
#ifndef MF_TREEHEAD_H
#define MF_TREEHEAD_H

#include "formats/base/hash.h"
#include "formats/modpath.h"
#include "formats/note.h"

#define MF_TREE_SIZE_MAX ((uint64_t)1 << 53) /* records of a tree */
#define MF_RECORD_MAX (64 * MF_KIB)          /* bytes of a record's text */
#define MF_LOOKUP_MAX (MF_RECORD_MAX + MF_NOTE_MAX + 32)

struct mf_treehead {
    uint64_t size; /* records */
    struct mf_digest root;
};

/* One answer; slices of the text that was parsed. */
struct mf_lookup {
    uint64_t id;
    struct mf_str record; /* its text, final newline included */
    struct mf_str note;   /* not opened yet */
};

/* Parses the text of a tree head. MF_E_DAMAGED: "malformed tree note". */
int mf_treehead_parse(struct mf_str text, struct mf_treehead *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks the signature of a note and parses the head in it. MF_E_SUMDB,
 * MF_E_DAMAGED, MF_E_LIMIT as mf_note_open has them. */
int mf_treehead_open(struct mf_str note, const struct mf_notekey *key, struct mf_treehead *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

bool mf_treehead_eq(const struct mf_treehead *a, const struct mf_treehead *b) MF_NONNULL;

/* The root of the tree without records: SHA-256 of nothing. */
struct mf_digest mf_treehead_empty(void);

/* Parses an answer; the note is not looked at. MF_E_DAMAGED: "malformed record
 * data". MF_E_LIMIT. */
int mf_lookup_parse(struct mf_str text, struct mf_lookup *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends an answer with another note. */
void mf_lookup_write(const struct mf_lookup *lookup, struct mf_str note, struct mf_buf *out) MF_NONNULL;

/* The hash that the record gives a module's zip, or its go.mod where is_mod:
 * "h1:..." of its first such line; empty where it has none. */
struct mf_str mf_lookup_h1(const struct mf_lookup *lookup, struct mf_module m, bool is_mod) MF_NONNULL;

/* SHA-256(0 || text), and SHA-256(1 || left || right). */
struct mf_digest mf_tree_record_hash(struct mf_str text);
struct mf_digest mf_tree_node_hash(const struct mf_digest *left, const struct mf_digest *right) MF_NONNULL;

#endif
