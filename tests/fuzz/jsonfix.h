/* JSON in whatever form, put into the canonical one, so that changed documents get
 * past that check. */
#ifndef MF_JSONFIX_H
#define MF_JSONFIX_H

#include "formats/cjson.h"

/* Appends the canonical form; nothing where the text is no JSON, or has none. */
static inline void jsonfix(struct mf_str text, struct mf_buf *out)
{
    json_error_t why;
    struct mf_err err;
    MF_CLEANUP(mf_cjson_release) json_t *value = json_loadb(text.p ? text.p : "", text.n, 0, &why);
    if (value && mf_cjson_write(value, out, &err) < 0)
        mf_buf_clear(out);
}

#endif
