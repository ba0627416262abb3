/* The text around every minisign record: a comment line, then one line of
 * base64. Shared by minisign.c and seckey.c, of no use to others.
 *
 *     untrusted comment: <up to 1024 bytes, ignored>
 *     <base64 of exactly 42, 74 or 158 bytes>
 *
 * Lines end with LF or, as minisign accepts it too, CR LF; the last line may
 * lack its end. Reentrant; nothing is allocated.
 */
#ifndef MF_MINITEXT_H
#define MF_MINITEXT_H

#include "formats/base/err.h"
#include "formats/base/str.h"

/* Kinds of record; the value is the size of the decoded record in bytes. */
enum mf_minitext_kind { MF_MINITEXT_PUBLIC = 42, MF_MINITEXT_SIGNATURE = 74, MF_MINITEXT_SECRET = 158 };

/* What a kind is called in messages, for example "public key". */
const char *mf_minitext_name(enum mf_minitext_kind kind);

/* Takes the next line off *text, without its end. False at the end of text. */
bool mf_minitext_line(struct mf_str *text, struct mf_str *line_out) MF_NONNULL MF_NODISCARD;

/* Reads comment line and record of the given kind from the beginning of *text
 * into out (as many bytes as the kind says) and leaves in *text what follows.
 * A public key may come without its comment line. MF_E_KEY_FILE where the text
 * is longer than MF_MINISIGN_FILE_MAX, is cut off, has a comment line that is
 * missing or too long, is not base64, or is a record of another kind, which is
 * then named. What out holds after a failure is not defined. */
int mf_minitext_record(struct mf_str *text, enum mf_minitext_kind kind, void *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* 0 where `text`, the rest after a record, has nothing but blanks and line
 * ends; else MF_E_KEY_FILE. */
int mf_minitext_end(struct mf_str text, enum mf_minitext_kind kind, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
