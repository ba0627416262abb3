/* Results on standard output.
 *
 * Text is printed a line at a time and masked, so untrusted names may be passed
 * as they are. JSON is printed in ASCII for the same reason. Nothing here
 * reports a failed write: stdio keeps it, and mf_output_close tells at the end,
 * so a full disc or a closed pipe never looks like success.
 */
#ifndef MF_OUTPUT_H
#define MF_OUTPUT_H

#include <jansson.h>

#include "formats/base/buf.h"

/* Prints one line: the formatted text, masked, and \n. One that there is no memory
 * for is missing, and mf_output_close tells. */
void mf_output_line(const char *fmt, ...) MF_NONNULL MF_PRINTF(1, 2);

/* Writes bytes as they are. */
void mf_output_bytes(struct mf_str bytes);

/* Sets key of *object to `value`, whose reference is taken. After a failure
 * *object is NULL and stays so, which mf_output_json reports as MF_E_NOMEM: a
 * sequence of calls needs one check at its end. *object may be NULL. */
void mf_output_set(json_t **object, const char *key, json_t *value) MF_NONNULL_ARGS(1, 2);

/* As mf_output_set for the next element of an array. */
void mf_output_append(json_t **array, json_t *value) MF_NONNULL_ARGS(1);

/* A JSON string of the slice, masked where it is not UTF-8. */
json_t *mf_output_string(struct mf_str s);

/* Prints the document and takes its reference. MF_E_NOMEM where it is NULL. */
int mf_output_json(json_t *document, struct mf_err *err) MF_NONNULL_ARGS(2) MF_NODISCARD;

/* Writes out what is buffered. MF_E_IO or MF_E_SPACE where any of it could not
 * be written, MF_E_NOMEM where a line is missing. To be called once, last. */
int mf_output_close(struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A size for people: "814 bytes", "1.2 MB" (powers of ten). */
#define MF_OUTPUT_SIZE 24
const char *mf_output_size(uint64_t bytes, char out[MF_OUTPUT_SIZE]) MF_NONNULL;

#endif
