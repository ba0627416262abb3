#include <inttypes.h>

#include "formats/cjson.h"
#include "formats/timetext.h"
#include "formats/trustdoc.h"

/* Where values go while one document is read. */
struct reading {
    struct mf_trustdoc *doc;
    struct mf_arena *arena;
    struct mf_err *err;
};

static int wrong(struct reading *r, const char *field, const char *what)
{
    return mf_err_set(r->err, MF_E_DAMAGED, "field \"%s\" %s", field, what);
}

/* Refuses an object with a field that is not in `names`, a list ended by NULL. */
static int known_fields(struct reading *r, const json_t *object, const char *const *names)
{
    if (!json_is_object(object))
        return mf_err_set(r->err, MF_E_DAMAGED, "is not an object");
    void *i = json_object_iter((json_t *)(uintptr_t)object);
    for (; i; i = json_object_iter_next((json_t *)(uintptr_t)object, i)) {
        const char *const *name = names;
        while (*name && strcmp(*name, json_object_iter_key(i)) != 0)
            name++;
        if (!*name)
            return mf_err_set(r->err, MF_E_UNSUPPORTED, "unknown field \"%s\"", json_object_iter_key(i));
    }
    return 0;
}

/* One line of 1 to `max` bytes; `optional`: left out, *out is empty then. */
static int read_text(struct reading *r, const json_t *object, const char *field, size_t max, bool optional,
                     struct mf_str *out)
{
    const json_t *json = json_object_get(object, field);
    *out = (struct mf_str){0};
    if (!json && optional)
        return 0;
    if (!json_is_string(json))
        return wrong(r, field, json ? "is not a string" : "is missing");
    struct mf_str text = {json_string_value(json), json_string_length(json)};
    if (text.n == 0 || mf_str_find(text, '\n') < text.n)
        return wrong(r, field, "is not a line of text");
    if (text.n > max)
        return mf_err_set(r->err, MF_E_LIMIT, "field \"%s\" is longer than %zu bytes", field, max);
    return mf_arena_dup(r->arena, text, out, r->err);
}

static int read_time(struct reading *r, const json_t *object, const char *field, bool optional, struct mf_str *out)
{
    if (read_text(r, object, field, 64, optional, out) < 0)
        return -1;
    return out->n == 0 || mf_timetext_is_utc(*out) ? 0 : wrong(r, field, "is not a time in UTC");
}

/* 1 to `max`; `optional`: left out, *out is 0 then. */
static int read_number(struct reading *r, const json_t *object, const char *field, json_int_t max, bool optional,
                       uint64_t *out)
{
    const json_t *json = json_object_get(object, field);
    *out = 0;
    if (!json && optional)
        return 0;
    if (!json_is_integer(json))
        return wrong(r, field, json ? "is not a number" : "is missing");
    if (json_integer_value(json) < 1)
        return wrong(r, field, "is not a number of 1 or more");
    if (json_integer_value(json) > max)
        return mf_err_set(r->err, MF_E_LIMIT, "field \"%s\" is larger than %" JSON_INTEGER_FORMAT, field, max);
    *out = (uint64_t)json_integer_value(json);
    return 0;
}

/* The list `field`, of at most `max` elements; *out has room for `size` bytes each. */
static const json_t *read_list(struct reading *r, const json_t *object, const char *field, size_t max, size_t size,
                               void *out, size_t *count_out)
{
    const json_t *list = json_object_get(object, field);
    void **items = out;
    if (!json_is_array(list)) {
        wrong(r, field, list ? "is not an array" : "is missing");
        return NULL;
    }
    if (json_array_size(list) > max) {
        mf_err_set(r->err, MF_E_LIMIT, "field \"%s\" has more than %zu elements", field, max);
        return NULL;
    }
    *items = mf_arena_array(r->arena, json_array_size(list) + 1, size, r->err);
    *count_out = json_array_size(list);
    return *items ? list : NULL;
}

static int read_revoked(struct reading *r, const json_t *json, struct mf_trustkey *out)
{
    static const char *const fields[] = {"reason", "time", NULL};
    if (!json)
        return 0;
    if (known_fields(r, json, fields) < 0 || read_time(r, json, "time", false, &out->revoked_at) < 0 ||
        read_text(r, json, "reason", MF_TRUSTDOC_REASON_MAX, false, &out->revoked_because) < 0)
        return mf_err_prefix(r->err, "revoked");
    return 0;
}

static int read_key(struct reading *r, const json_t *json, struct mf_trustkey *out)
{
    static const char *const fields[] = {"name", "public_key", "revoked", "valid_from", "valid_until", NULL};
    struct mf_str text;
    struct mf_err why = {0};
    if (known_fields(r, json, fields) < 0 || read_text(r, json, "name", MF_TRUSTDOC_NAME_MAX, false, &out->name) < 0 ||
        read_text(r, json, "public_key", 64, false, &text) < 0 ||
        read_time(r, json, "valid_from", true, &out->valid_from) < 0 ||
        read_time(r, json, "valid_until", true, &out->valid_until) < 0 ||
        read_revoked(r, json_object_get(json, "revoked"), out) < 0)
        return -1;
    if (!mf_trustdoc_is_name(out->name))
        return mf_err_set(r->err, MF_E_DAMAGED, "\"%.*s\" is not a name", MF_FMT(out->name));
    if (out->valid_from.n && out->valid_until.n && mf_str_cmp(out->valid_from, out->valid_until) >= 0)
        return wrong(r, "valid_until", "is not later than valid_from");
    /* the bare base64 of a key has exactly one spelling, of 56 characters */
    if (text.n != 56 || mf_pubkey_parse(text, &out->key, &why) < 0)
        return wrong(r, "public_key", "is not the base64 line of a minisign public key");
    return 0;
}

static int read_keys(struct reading *r, const json_t *document)
{
    struct mf_trustdoc *d = r->doc;
    const json_t *list =
        read_list(r, document, "keys", MF_TRUSTDOC_KEYS_MAX, sizeof(*d->keys), &d->keys, &d->key_count);
    for (size_t i = 0; list && i < d->key_count; i++) {
        if (read_key(r, json_array_get(list, i), &d->keys[i]) < 0)
            return mf_err_prefix(r->err, "keys[%zu]", i);
        if (i > 0 && mf_str_cmp(d->keys[i - 1].name, d->keys[i].name) >= 0)
            return mf_err_set(r->err, MF_E_DAMAGED, "keys[%zu]: out of order or double", i);
        for (size_t k = 0; k < i; k++)
            if (memcmp(d->keys[k].key.key, d->keys[i].key.key, sizeof(d->keys[i].key.key)) == 0)
                return mf_err_set(r->err, MF_E_DAMAGED, "keys[%zu]: %.*s and %.*s are the same public key", i,
                                  MF_FMT(d->keys[k].name), MF_FMT(d->keys[i].name));
    }
    return list ? 0 : -1;
}

/* "keys" and "threshold" of an object. */
static int read_role(struct reading *r, const json_t *json, struct mf_trustrole *out)
{
    const json_t *list =
        read_list(r, json, "keys", MF_TRUSTDOC_ROLE_MAX, sizeof(*out->keys), &out->keys, &out->key_count);
    for (size_t i = 0; list && i < out->key_count; i++) {
        const json_t *item = json_array_get(list, i);
        long at = json_is_string(item)
                      ? mf_trustdoc_find_key(r->doc, (struct mf_str){json_string_value(item), json_string_length(item)})
                      : -1;
        if (at < 0)
            return mf_err_set(r->err, MF_E_DAMAGED, "keys[%zu]: is not the name of a key", i);
        out->keys[i] = (size_t)at;
        if (i > 0 && out->keys[i - 1] >= out->keys[i])
            return mf_err_set(r->err, MF_E_DAMAGED, "keys[%zu]: out of order or double", i);
    }
    if (!list || read_number(r, json, "threshold", MF_TRUSTDOC_ROLE_MAX, false, &out->threshold) < 0)
        return -1;
    if (out->threshold > out->key_count)
        return mf_err_set(r->err, MF_E_DAMAGED, "threshold %" PRIu64 " of %zu keys cannot be reached", out->threshold,
                          out->key_count);
    return 0;
}

/* A root that cannot be reached any more would make the document the last. */
static int read_root(struct reading *r, const json_t *document)
{
    static const char *const fields[] = {"keys", "threshold", NULL};
    const json_t *json = json_object_get(document, "root");
    size_t usable = 0;
    if (known_fields(r, json, fields) < 0 || read_role(r, json, &r->doc->root) < 0)
        return mf_err_prefix(r->err, "root");
    for (size_t i = 0; i < r->doc->root.key_count; i++)
        usable += r->doc->keys[r->doc->root.keys[i]].revoked_at.n == 0;
    if (usable >= r->doc->root.threshold)
        return 0;
    return mf_err_set(r->err, MF_E_DAMAGED,
                      "root: threshold %" PRIu64 " cannot be reached: %zu of its keys are not revoked",
                      r->doc->root.threshold, usable);
}

static int read_channel(struct reading *r, const json_t *json, struct mf_trustchannel *out)
{
    static const char *const fields[] = {"keys", "max_age_days", "name", "require_expires", "threshold", NULL};
    if (known_fields(r, json, fields) < 0 || read_text(r, json, "name", MF_TRUSTDOC_NAME_MAX, false, &out->name) < 0 ||
        read_number(r, json, "max_age_days", MF_TRUSTDOC_DAYS_MAX, true, &out->max_age_days) < 0 ||
        read_role(r, json, &out->role) < 0)
        return -1;
    if (!mf_trustdoc_is_name(out->name) && !mf_str_eq(out->name, MF_LIT(MF_TRUSTDOC_DEFAULT)))
        return mf_err_set(r->err, MF_E_DAMAGED, "\"%.*s\" is not a name", MF_FMT(out->name));
    const json_t *expires = json_object_get(json, "require_expires");
    out->require_expires = json_is_true(expires);
    return !expires || out->require_expires ? 0 : wrong(r, "require_expires", "is neither true nor left out");
}

static int read_channels(struct reading *r, const json_t *document)
{
    struct mf_trustdoc *d = r->doc;
    const json_t *list = read_list(r, document, "channels", MF_TRUSTDOC_CHANNELS_MAX, sizeof(*d->channels),
                                   &d->channels, &d->channel_count);
    for (size_t i = 0; list && i < d->channel_count; i++) {
        if (read_channel(r, json_array_get(list, i), &d->channels[i]) < 0)
            return mf_err_prefix(r->err, "channels[%zu]", i);
        if (i > 0 && mf_str_cmp(d->channels[i - 1].name, d->channels[i].name) >= 0)
            return mf_err_set(r->err, MF_E_DAMAGED, "channels[%zu]: out of order or double", i);
    }
    return list ? 0 : -1;
}

/* `format` first: what it does not allow is not looked at. */
static int read_format(const json_t *document, struct mf_err *err)
{
    const json_t *format = json_object_get(document, "format");
    if (!json_is_string(format))
        return mf_err_set(err, MF_E_DAMAGED, "field \"format\" is missing or not a string");
    if (strcmp(json_string_value(format), MF_TRUSTDOC_FORMAT) != 0)
        return mf_err_set(err, MF_E_UNSUPPORTED, "unknown format \"%s\"", json_string_value(format));
    return 0;
}

static int read_document(struct reading *r, const json_t *document)
{
    static const char *const fields[] = {"channels", "created", "format", "keys", "root", "version", NULL};
    if (read_format(document, r->err) < 0 || known_fields(r, document, fields) < 0 ||
        read_number(r, document, "version", ((json_int_t)1 << 53) - 1, false, &r->doc->version) < 0 ||
        read_time(r, document, "created", false, &r->doc->created) < 0 || read_keys(r, document) < 0 ||
        read_root(r, document) < 0)
        return -1;
    return read_channels(r, document);
}

int mf_trustdoc_parse(struct mf_str text, struct mf_trustdoc *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = NULL;
    struct mf_trustdoc doc = {0};
    struct reading r = {&doc, arena, err};
    if (text.n > MF_TRUSTDOC_MAX)
        return mf_err_set(err, MF_E_LIMIT, "trust document: larger than %zu bytes", MF_TRUSTDOC_MAX);
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        return mf_err_set(err, MF_E_DAMAGED, "trust document: does not end with a newline");
    if (mf_cjson_parse(mf_str_head(text, text.n - 1), &json, err) < 0 || read_document(&r, json) < 0)
        return mf_err_prefix(err, "trust document");
    *out = doc;
    return 0;
}
