#include "formats/minitext.h"

#include "formats/base/encode.h"
#include "formats/minisign.h"

#define COMMENT_MARK "untrusted comment:"

enum { COMMENT_LINE_MAX = sizeof(COMMENT_MARK) + 1024 };

const char *mf_minitext_name(enum mf_minitext_kind kind)
{
    switch (kind) {
    case MF_MINITEXT_PUBLIC:
        return "public key";
    case MF_MINITEXT_SIGNATURE:
        return "signature";
    case MF_MINITEXT_SECRET:
        return "secret key";
    }
    return "record";
}

bool mf_minitext_line(struct mf_str *text, struct mf_str *line_out)
{
    if (text->n == 0)
        return false;
    struct mf_str line = mf_str_cut(*text, '\n', text);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    *line_out = line;
    return true;
}

/* A record of another kind has the wrong length; saying which kind it is helps
 * whoever mixed up two files. The text itself is not shown: it may be secret. */
static int wrong_record(struct mf_str line, enum mf_minitext_kind kind, struct mf_err *err)
{
    static const enum mf_minitext_kind kinds[] = {MF_MINITEXT_PUBLIC, MF_MINITEXT_SIGNATURE, MF_MINITEXT_SECRET};
    for (size_t i = 0; i < MF_COUNT(kinds); i++)
        if (kinds[i] != kind && line.n == MF_BASE64_SIZE((size_t)kinds[i]) - 1)
            return mf_err_set(err, MF_E_KEY_FILE, "this is a minisign %s, not a %s", mf_minitext_name(kinds[i]),
                              mf_minitext_name(kind));
    return mf_err_set(err, MF_E_KEY_FILE, "%s: its line is not the base64 of %d bytes", mf_minitext_name(kind),
                      (int)kind);
}

int mf_minitext_record(struct mf_str *text, enum mf_minitext_kind kind, void *out, struct mf_err *err)
{
    const char *name = mf_minitext_name(kind);
    struct mf_str line;
    if (text->n > MF_MINISIGN_FILE_MAX)
        return mf_err_set(err, MF_E_KEY_FILE, "%s: larger than %zu bytes", name, MF_MINISIGN_FILE_MAX);
    if (!mf_minitext_line(text, &line))
        return mf_err_set(err, MF_E_KEY_FILE, "%s: the file is empty", name);
    bool bare = kind == MF_MINITEXT_PUBLIC && line.n == MF_BASE64_SIZE((size_t)kind) - 1 &&
                !mf_str_starts(line, MF_LIT(COMMENT_MARK));
    if (!bare) {
        if (!mf_str_starts(line, MF_LIT(COMMENT_MARK)))
            return mf_err_set(err, MF_E_KEY_FILE, "%s: the first line does not begin with \"%s\"", name, COMMENT_MARK);
        if (line.n > COMMENT_LINE_MAX)
            return mf_err_set(err, MF_E_KEY_FILE, "%s: the untrusted comment is longer than 1024 bytes", name);
        if (!mf_minitext_line(text, &line))
            return mf_err_set(err, MF_E_KEY_FILE, "%s: the file ends after its first line", name);
    }
    if (!mf_base64_parse(line, out, (size_t)kind))
        return wrong_record(line, kind, err);
    return 0;
}

int mf_minitext_end(struct mf_str text, enum mf_minitext_kind kind, struct mf_err *err)
{
    if (mf_str_trim(text).n)
        return mf_err_set(err, MF_E_KEY_FILE, "%s: unexpected text after its last line", mf_minitext_name(kind));
    return 0;
}
