#include "bundle/moduleinfo.h"

#include "formats/cjson.h"
#include "formats/timetext.h"

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

/* The object in `text`, or NULL with the error set. */
static json_t *load(struct mf_str text, struct mf_err *err)
{
    json_error_t why;
    bool nomem;
    json_t *info = mf_cjson_load(text, 0, &why, &nomem);
    if (json_is_object(info))
        return info;
    if (nomem)
        mf_err_nomem(err);
    else if (!info)
        mf_err_set(err, MF_E_UPSTREAM, "the answer is not JSON (line %d: %s)", why.line, why.text);
    else
        mf_err_set(err, MF_E_UPSTREAM, "the answer is not a JSON object");
    json_decref(info);
    return NULL;
}

static struct mf_str text_of(const json_t *value)
{
    return (struct mf_str){json_string_value(value), json_string_length(value)};
}

static int check_time(const json_t *value, struct mf_err *err)
{
    if (!value || json_is_null(value) || mf_timetext_valid(text_of(value)))
        return 0;
    return mf_err_set(err, MF_E_UPSTREAM, "the answer has a time that is not one: \"%.*s\"",
                      MF_FMT(mf_str_head(text_of(value), 200)));
}

int mf_moduleinfo_parse(struct mf_str text, struct mf_moduleinfo *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *info = load(text, err);
    if (!info)
        return -1;
    struct mf_str version = text_of(member(info, "Version"));
    struct mf_str time = text_of(member(info, "Time"));
    if (version.n == 0)
        return mf_err_set(err, MF_E_UPSTREAM, "the answer names no version");
    *out = (struct mf_moduleinfo){.seconds = MF_TIMETEXT_ZERO};
    if (check_time(member(info, "Time"), err) < 0 || mf_arena_dup(arena, time, &out->time, err) < 0)
        return -1;
    if (time.n && !mf_timetext_seconds(time, &out->seconds))
        return mf_err_set(err, MF_E_UPSTREAM, "the answer has a time that is not one");
    return mf_arena_dup(arena, version, &out->version, err);
}

int mf_moduleinfo_check(struct mf_str text, struct mf_str version, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *info = load(text, err);
    if (!info)
        return -1;
    const json_t *value = member(info, "Version");
    if (!json_is_string(value))
        return mf_err_set(err, MF_E_UPSTREAM, "the answer names no version");
    if (!mf_str_eq(text_of(value), version))
        return mf_err_set(err, MF_E_UPSTREAM, "the proxy returned info for version %.*s instead of %.*s",
                          MF_FMT(mf_str_head(text_of(value), 200)), MF_FMT(version));
    return check_time(member(info, "Time"), err);
}

int mf_moduleinfo_time(struct mf_str text, struct mf_arena *arena, struct mf_str *time_out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *info = load(text, err);
    return info ? mf_arena_dup(arena, text_of(member(info, "Time")), time_out, err) : -1;
}
