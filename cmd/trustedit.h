/* A trust file that is being edited: its newest document, and the one before.
 *
 * A document that the roots have signed as they must is closed; an edit of it
 * makes the next version. One that they have not yet is a draft; an edit changes
 * it and drops its signatures. Nothing is written before mf_trustedit_write.
 */
#ifndef MF_TRUSTEDIT_H
#define MF_TRUSTEDIT_H

#include <jansson.h>

#include "cmd/cli.h"
#include "formats/trustcheck.h"

struct mf_trustedit {
    const char *path;
    struct mf_trustfile file;
    struct mf_trustdoc doc;      /* the newest; an edit changes it */
    struct mf_trustdoc previous; /* the one before; version 0: none, or it is not in the file */
    int64_t now;
    size_t kept;    /* documents of the file that stay as they are */
    size_t dropped; /* signatures of the draft */
    struct mf_buf text;
    struct mf_arena arena;
};

#define MF_TRUSTEDIT_INIT                                                                                              \
    ((struct mf_trustedit){.text = MF_BUF_INIT(MF_TRUSTFILE_MAX), .arena = MF_ARENA_INIT(64 * MF_MIB)})

/* Reads the file. Signatures are not asked for: it is the keeper's own. */
int mf_trustedit_open(const char *path, struct mf_trustedit *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_trustedit_release(struct mf_trustedit *edit) MF_NONNULL;

/* The entry of the newest document. */
struct mf_trustfile_entry *mf_trustedit_newest(const struct mf_trustedit *edit) MF_NONNULL;

/* True where the newest document has the signatures that it needs, now or as of
 * the time when it was made: a key that has expired since opens nothing again. */
bool mf_trustedit_is_closed(const struct mf_trustedit *edit) MF_NONNULL;

/* Makes edit->doc the next version where the newest is closed, and its draft
 * otherwise. */
void mf_trustedit_begin(struct mf_trustedit *edit) MF_NONNULL;

/* Adds a key, "NAME=FILE" as typed; *at_out is its index. One that is there
 * already, under this name, is found. MF_E_USAGE for a name that is none or is
 * taken. */
int mf_trustedit_add_key(struct mf_trustedit *edit, const char *text, size_t *at_out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Makes the keys of the document the edit's own, so that they can be changed. */
int mf_trustedit_own_keys(struct mf_trustedit *edit, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Adds a key to a role, where it is not in it. */
int mf_trustedit_add_member(struct mf_trustedit *edit, struct mf_trustrole *role, size_t key,
                            struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Replaces the keys of a role by those of a list of names, "alice,bob". */
int mf_trustedit_set_members(struct mf_trustedit *edit, struct mf_trustrole *role, const char *list,
                             struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Finds a channel, or makes one without keys. MF_E_USAGE for a name that is none. */
int mf_trustedit_channel(struct mf_trustedit *edit, const char *name, struct mf_trustchannel **out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks the document and writes the file, with the document unsigned. MF_E_POLICY
 * where it could never be signed, or names a threshold that cannot be reached. */
int mf_trustedit_write(struct mf_trustedit *edit, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the file with the signatures that the newest document has now. */
int mf_trustedit_write_signed(struct mf_trustedit *edit, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Prints what came of it: version, and whose signatures are there and wanted. */
void mf_trustedit_print_status(const struct mf_trustedit *edit) MF_NONNULL;

/* Prints the document, a line each part; or as a new JSON object, NULL where
 * memory is short. */
void mf_trustedit_print(const struct mf_trustdoc *doc, int64_t now) MF_NONNULL;

/* Runs the print of an edit: of `edit` as it was written, with --json as JSON. */
int mf_trustedit_report(const struct mf_cli_args *args, const struct mf_trustedit *edit,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The document with its signatures as JSON. */
json_t *mf_trustedit_json(const struct mf_trustedit *edit) MF_NONNULL;

#endif
