#include "bundle/moduleinfo.h"

#include <jansson.h>

static void json_release(json_t **value)
{
    json_decref(*value);
}

/* The last member of that name, as encoding/json takes it. */
static const json_t *member(json_t *object, const char *name)
{
    const char *key;
    json_t *value, *found = NULL;
    json_object_foreach(object, key, value)
    {
        if (strcasecmp(key, name) == 0)
            found = value;
    }
    return found;
}

int mf_moduleinfo_check(struct mf_str text, struct mf_str version, struct mf_err *err)
{
    json_error_t why;
    MF_CLEANUP(json_release) json_t *info = json_loadb(text.p ? text.p : "", text.n, 0, &why);
    /* without a word, jansson has run out of memory */
    if (!info && (!why.text[0] || json_error_code(&why) == json_error_out_of_memory))
        return mf_err_nomem(err);
    if (!info)
        return mf_err_set(err, MF_E_UPSTREAM, "the answer is not JSON (line %d: %s)", why.line, why.text);
    if (!json_is_object(info))
        return mf_err_set(err, MF_E_UPSTREAM, "the answer is not a JSON object");
    const json_t *value = member(info, "Version");
    if (!json_is_string(value))
        return mf_err_set(err, MF_E_UPSTREAM, "the answer names no version");
    struct mf_str found = {json_string_value(value), json_string_length(value)};
    if (!mf_str_eq(found, version))
        return mf_err_set(err, MF_E_UPSTREAM, "the proxy returned info for version %.*s instead of %.*s",
                          MF_FMT(mf_str_head(found, 200)), MF_FMT(version));
    return 0;
}
