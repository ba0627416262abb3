/* Canonical JSON: RFC 8785 restricted to what our documents use.
 *
 * Keys are ASCII, sorted bytewise, without duplicates; numbers are integers of
 * magnitude below 2^53; strings are UTF-8 without control characters other than
 * newline (written `\n`); nesting is at most 8 deep. Such a value has exactly one
 * serialisation, so two documents are equal where their bytes are. jansson
 * parses and prints.
 */
#ifndef MF_CJSON_H
#define MF_CJSON_H

#include <jansson.h>

#include "formats/base/buf.h"

#define MF_CJSON_DEPTH 8

/* The most of `[`, `{` and `,` outside of strings in a text: jansson takes up to
 * 330 bytes for each of them (an object in an object), so this bounds a parsed
 * document at 83 MiB and its strings. The manifest of a thousand modules has
 * some 20,000. */
#define MF_CJSON_MARKS_MAX ((size_t)1 << 18)

/* json_loadb of the whole text; `flags` are its. NULL where it fails: *nomem_out
 * says whether memory ran out, else *why has the reason. After an allocation that
 * failed, jansson's parser mostly tells of an error in the text, which would pass
 * for damaged, or goes on and leaves a character of a string out. */
json_t *mf_cjson_load(struct mf_str text, size_t flags, json_error_t *why, bool *nomem_out) MF_NONNULL MF_NODISCARD;

/* json_dumps: the text, which the caller frees, or NULL where memory ran out; jansson
 * itself then leaves pieces of the text out. */
char *mf_cjson_dumps(const json_t *value, size_t flags) MF_NONNULL MF_NODISCARD;

/* Parses text and checks that it is in canonical form: MF_E_DAMAGED otherwise,
 * saying what and where; MF_E_LIMIT where it has more values than allowed. The caller owns *out (json_decref). */
int mf_cjson_parse(struct mf_str text, json_t **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the canonical form. MF_E_DAMAGED where the value has none. */
int mf_cjson_write(const json_t *value, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Scope clean-up for a value that may be NULL. */
void mf_cjson_release(json_t **value) MF_NONNULL;

#endif
