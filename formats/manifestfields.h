/* How the structs of a manifest and the objects of its JSON correspond: tables
 * that reading (manifestread.c) and writing (manifestwrite.c) both follow.
 * Private to manifest*.c.
 */
#ifndef MF_MANIFESTFIELDS_H
#define MF_MANIFESTFIELDS_H

#include "formats/manifest.h"

enum mf_field_kind {
    MF_FIELD_STR,     /* struct mf_str: one line */
    MF_FIELD_TEXT,    /* struct mf_str: may have newlines */
    MF_FIELD_U64,     /* uint64_t */
    MF_FIELD_INDEX,   /* uint64_t that holds 1 + the number; 0: left out */
    MF_FIELD_TRUE,    /* bool: `true`, or left out */
    MF_FIELD_LEVEL,   /* enum mf_level */
    MF_FIELD_FORM,    /* enum mf_form */
    MF_FIELD_DIGEST,  /* struct mf_digest: hex */
    MF_FIELD_SPAN,    /* struct mf_span: [offset, length] */
    MF_FIELD_STRINGS, /* array of struct mf_str, number at count_at */
    MF_FIELD_LIST,    /* array of records of `object`, number at count_at */
    MF_FIELD_JOIN,    /* as LIST, but the records exist already: one for each */
    MF_FIELD_SIZED,   /* likewise, MF_WHEN_SET: where the number at `at` is not 0 */
    MF_FIELD_OBJECT,  /* an object whose fields are in the same record; MF_WHEN_SET: where the text at `at` is set */
};

enum mf_field_when {
    MF_WHEN_ALWAYS,
    MF_WHEN_SET,      /* left out where empty, 0 or false */
    MF_WHEN_CONTENTS, /* of a module: left out where only_mod */
    MF_WHEN_CARRIED,  /* likewise, and where the far side holds it */
    MF_WHEN_HELD,     /* of a module: there where the far side holds it */
};

struct mf_field {
    const char *name;
    enum mf_field_kind kind;
    enum mf_field_when when;
    size_t at;       /* offset in the record */
    size_t count_at; /* offset of the number of elements, a size_t */
    const struct mf_object *object;
};

struct mf_object {
    const struct mf_field *fields; /* in the order in which they are read */
    size_t count;
    size_t size; /* of a record, in bytes */
    bool open;   /* fields that are not known are ignored when read */
};

/* `content`, and the whole document but for `format` and `requires`. */
extern const struct mf_object mf_manifest_content, mf_manifest_document;

/* Values of `requires`, in their order. */
enum mf_feature { MF_FEATURE_FILES, MF_FEATURE_HELD, MF_FEATURE_PREFIX, MF_FEATURE_ZIP, MF_FEATURE_COUNT };

/* Their names; those of the forms are also what "form" may be. */
extern const char *const mf_manifest_features[MF_FEATURE_COUNT];

/* The name of a form; NULL for MF_FORM_NONE. */
const char *mf_manifest_form_name(enum mf_form form);
bool mf_manifest_form_parse(struct mf_str name, enum mf_form *out) MF_NONNULL;

/* Whether the field is there in this record of a module, as far as `when` alone tells. */
bool mf_manifest_expects(const struct mf_field *f, const struct mf_manifest_module *m) MF_NONNULL;

/* Sets uses[feature] for each that a module or a frame needs. */
void mf_manifest_uses(const struct mf_manifest *m, bool uses[MF_FEATURE_COUNT]) MF_NONNULL;

/* Checks what the tables cannot say: order, spans, frames, texts. Called on
 * what was read and on what is to be written. Errors as mf_manifest_parse. */
int mf_manifest_check(const struct mf_manifest *m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
