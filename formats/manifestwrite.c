#include "formats/base/encode.h"
#include "formats/base/unicode.h"
#include "formats/cjson.h"
#include "formats/manifestfields.h"

static int write_object(const struct mf_object *object, const char *record, json_t **out, struct mf_err *err);

/* Puts a value that was just made into place; it is released in any case. */
static int append(json_t *array, json_t *value, struct mf_err *err)
{
    return !value || json_array_append_new(array, value) < 0 ? mf_err_nomem(err) : 0;
}

static int write_text(const struct mf_field *f, struct mf_str text, json_t **out, struct mf_err *err)
{
    if (!mf_utf8_valid(text))
        return mf_err_set(err, MF_E_DAMAGED, "field \"%s\" is not UTF-8: \"%.*s\"", f->name, MF_FMT(text));
    if (f->kind != MF_FIELD_TEXT && mf_str_find(text, '\n') < text.n)
        return mf_err_set(err, MF_E_DAMAGED, "field \"%s\" has more than one line", f->name);
    *out = json_stringn_nocheck(text.p ? text.p : "", text.n);
    return *out ? 0 : mf_err_nomem(err);
}

static int write_span(const struct mf_span *span, json_t **out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *pair = json_array();
    if (!pair)
        return mf_err_nomem(err);
    if (append(pair, json_integer((json_int_t)span->offset), err) < 0 ||
        append(pair, json_integer((json_int_t)span->length), err) < 0)
        return -1;
    *out = pair;
    pair = NULL;
    return 0;
}

static int write_list(const struct mf_field *f, const char *items, size_t count, json_t **out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *list = json_array();
    if (!list)
        return mf_err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        json_t *item = NULL;
        int result;
        if (f->kind == MF_FIELD_STRINGS)
            result = write_text(f, ((const struct mf_str *)(const void *)items)[i], &item, err);
        else
            result = write_object(f->object, items + i * f->object->size, &item, err);
        if (result < 0)
            return mf_err_prefix(err, "%s[%zu]", f->name, i);
        if (append(list, item, err) < 0)
            return -1;
    }
    *out = list;
    list = NULL;
    return 0;
}

static int write_hex(const struct mf_digest *digest, json_t **out, struct mf_err *err)
{
    char hex[MF_HEX_SIZE(sizeof(digest->b))];
    mf_hex(digest->b, sizeof(digest->b), hex);
    *out = json_string(hex);
    return *out ? 0 : mf_err_nomem(err);
}

static int write_number(const struct mf_field *f, uint64_t number, json_t **out, struct mf_err *err)
{
    if (number > INT64_MAX)
        return mf_err_set(err, MF_E_LIMIT, "field \"%s\" is 2^53 or more", f->name);
    *out = json_integer((json_int_t)number);
    return *out ? 0 : mf_err_nomem(err);
}

static int write_field(const struct mf_field *f, const char *record, json_t **out, struct mf_err *err)
{
    const void *at = record + f->at;
    const size_t *count = (const void *)(record + f->count_at);
    switch (f->kind) {
    case MF_FIELD_STR:
    case MF_FIELD_TEXT:
        return write_text(f, *(const struct mf_str *)at, out, err);
    case MF_FIELD_U64:
        return write_number(f, *(const uint64_t *)at, out, err);
    case MF_FIELD_INDEX:
        return write_number(f, *(const uint64_t *)at - 1, out, err);
    case MF_FIELD_TRUE:
        *out = json_true();
        return 0;
    case MF_FIELD_LEVEL:
        *out = json_string(mf_level_name(*(const enum mf_level *)at));
        return *out ? 0 : mf_err_nomem(err);
    case MF_FIELD_FORM:
        *out = json_string(mf_manifest_form_name(*(const enum mf_form *)at));
        return *out ? 0 : mf_err_nomem(err);
    case MF_FIELD_DIGEST:
        return write_hex(at, out, err);
    case MF_FIELD_SPAN:
        return write_span(at, out, err);
    case MF_FIELD_STRINGS:
    case MF_FIELD_LIST:
    case MF_FIELD_JOIN:
        return write_list(f, *(const char *const *)at, *count, out, err);
    case MF_FIELD_SIZED:
    case MF_FIELD_OBJECT:
        return write_object(f->object, record, out, err) < 0 ? mf_err_prefix(err, "%s", f->name) : 0;
    }
    return mf_err_set(err, MF_E_DAMAGED, "field \"%s\" is of no kind", f->name);
}

static bool is_set(const struct mf_field *f, const char *record)
{
    const void *at = record + f->at;
    if (f->kind == MF_FIELD_U64 || f->kind == MF_FIELD_INDEX || f->kind == MF_FIELD_SIZED)
        return *(const uint64_t *)at != 0;
    if (f->kind == MF_FIELD_TRUE)
        return *(const bool *)at;
    if (f->kind == MF_FIELD_SPAN)
        return ((const struct mf_span *)at)->length != 0;
    if (f->kind == MF_FIELD_STRINGS)
        return *(const size_t *)(const void *)(record + f->count_at) != 0;
    return ((const struct mf_str *)at)->n > 0;
}

static int write_object(const struct mf_object *object, const char *record, json_t **out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = json_object();
    if (!json)
        return mf_err_nomem(err);
    for (size_t k = 0; k < object->count; k++) {
        const struct mf_field *f = &object->fields[k];
        if (f->when == MF_WHEN_SET && !is_set(f, record))
            continue;
        if (f->when > MF_WHEN_SET && !mf_manifest_expects(f, (const void *)record))
            continue;
        json_t *value = NULL;
        if (write_field(f, record, &value, err) < 0)
            return -1;
        if (json_object_set_new_nocheck(json, f->name, value) < 0)
            return mf_err_nomem(err);
    }
    *out = json;
    json = NULL;
    return 0;
}

static int write_requires(const struct mf_manifest *m, json_t **out, struct mf_err *err)
{
    bool uses[MF_FEATURE_COUNT];
    mf_manifest_uses(m, uses);
    MF_CLEANUP(mf_cjson_release) json_t *list = json_array();
    if (!list)
        return mf_err_nomem(err);
    for (int i = 0; i < MF_FEATURE_COUNT; i++)
        if (uses[i] && append(list, json_string(mf_manifest_features[i]), err) < 0)
            return -1;
    *out = list;
    list = NULL;
    return 0;
}

static int write_manifest(struct mf_manifest *m, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = NULL;
    json_t *requires = NULL;
    if (mf_manifest_check(m, err) < 0)
        return -1;
    if (write_object(&mf_manifest_document, (const char *)m, &json, err) < 0 || write_requires(m, &requires, err) < 0)
        return -1;
    if (json_object_set_new(json, "requires", requires) < 0 ||
        json_object_set_new(json, "format", json_string(MF_MANIFEST_FORMAT)) < 0)
        return mf_err_nomem(err);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    if (mf_cjson_write(json_object_get(json, "content"), &text, err) < 0)
        return -1;
    struct mf_digest id = mf_sha256_of(mf_buf_view(&text));
    mf_buf_clear(&text);
    if (mf_cjson_write(json, &text, err) < 0)
        return -1;
    mf_buf_str(out, mf_buf_view(&text));
    if (mf_buf_check(out, err) < 0)
        return -1;
    m->id = id;
    return 0;
}

int mf_manifest_write(struct mf_manifest *m, struct mf_buf *out, struct mf_err *err)
{
    return write_manifest(m, out, err) < 0 ? mf_err_prefix(err, "manifest") : 0;
}
