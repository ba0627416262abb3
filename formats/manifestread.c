#include "formats/base/encode.h"
#include "formats/cjson.h"
#include "formats/manifestfields.h"

/* Where values go while one document is read. */
struct reading {
    struct mf_arena *arena;
    struct mf_err *err;
};

static int read_object(struct reading *r, const json_t *json, const struct mf_object *object, char *record);

static int wrong(struct reading *r, const struct mf_field *f, const char *what)
{
    return mf_err_set(r->err, MF_E_DAMAGED, "field \"%s\" %s", f->name, what);
}

static struct mf_str text_of(const json_t *json)
{
    return (struct mf_str){json_string_value(json), json_string_length(json)};
}

static int read_text(struct reading *r, const struct mf_field *f, const json_t *json, bool lines, struct mf_str *out)
{
    if (!json_is_string(json))
        return wrong(r, f, "is not a string");
    struct mf_str text = text_of(json);
    if (!lines && mf_str_find(text, '\n') < text.n)
        return wrong(r, f, "has more than one line");
    if (f->when == MF_WHEN_SET && text.n == 0)
        return wrong(r, f, "is empty and should be left out");
    return mf_arena_dup(r->arena, text, out, r->err);
}

static int read_u64(struct reading *r, const struct mf_field *f, const json_t *json, uint64_t *out)
{
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return wrong(r, f, "is not a number of 0 or more");
    *out = (uint64_t)json_integer_value(json);
    if (f->when == MF_WHEN_SET && *out == 0)
        return wrong(r, f, "is 0 and should be left out");
    return 0;
}

static int read_index(struct reading *r, const struct mf_field *f, const json_t *json, uint64_t *out)
{
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return wrong(r, f, "is not a number of 0 or more");
    *out = (uint64_t)json_integer_value(json) + 1;
    return 0;
}

static int read_span(struct reading *r, const struct mf_field *f, const json_t *json, struct mf_span *out)
{
    if (!json_is_array(json) || json_array_size(json) != 2)
        return wrong(r, f, "is not [offset, length]");
    const struct mf_field number = {.name = f->name};
    if (read_u64(r, &number, json_array_get(json, 0), &out->offset) < 0 ||
        read_u64(r, &number, json_array_get(json, 1), &out->length) < 0)
        return -1;
    return f->when == MF_WHEN_SET && out->length == 0 ? wrong(r, f, "is empty and should be left out") : 0;
}

static int read_form(struct reading *r, const struct mf_field *f, const json_t *json, enum mf_form *out)
{
    if (!json_is_string(json) || !mf_manifest_form_parse(text_of(json), out))
        return wrong(r, f, "is no form that \"requires\" announces");
    return 0;
}

static int read_strings(struct reading *r, const struct mf_field *f, const json_t *json, struct mf_str **out,
                        size_t *count)
{
    if (!json_is_array(json))
        return wrong(r, f, "is not an array");
    size_t n = json_array_size(json);
    if (f->when == MF_WHEN_SET && n == 0)
        return wrong(r, f, "is empty and should be left out");
    struct mf_str *list = mf_arena_array(r->arena, n, sizeof(*list), r->err);
    if (!list)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (read_text(r, f, json_array_get(json, i), false, &list[i]) < 0)
            return -1;
    *out = list;
    *count = n;
    return 0;
}

static int read_list(struct reading *r, const struct mf_field *f, const json_t *json, char **out, size_t *count)
{
    if (!json_is_array(json))
        return wrong(r, f, "is not an array");
    size_t n = json_array_size(json);
    if (f->kind == MF_FIELD_JOIN && n != *count)
        return wrong(r, f, "has not as many entries as content");
    char *list = f->kind == MF_FIELD_JOIN ? *out : mf_arena_array(r->arena, n, f->object->size, r->err);
    if (!list)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (read_object(r, json_array_get(json, i), f->object, list + i * f->object->size) < 0)
            return mf_err_prefix(r->err, "%s[%zu]", f->name, i);
    *out = list;
    *count = n;
    return 0;
}

static int read_field(struct reading *r, const struct mf_field *f, const json_t *json, char *record)
{
    void *at = record + f->at;
    size_t *count = (void *)(record + f->count_at);
    switch (f->kind) {
    case MF_FIELD_STR:
    case MF_FIELD_TEXT:
        return read_text(r, f, json, f->kind == MF_FIELD_TEXT, at);
    case MF_FIELD_U64:
        return read_u64(r, f, json, at);
    case MF_FIELD_INDEX:
        return read_index(r, f, json, at);
    case MF_FIELD_TRUE:
        *(bool *)at = json_is_true(json);
        return json_is_true(json) ? 0 : wrong(r, f, "is neither true nor left out");
    case MF_FIELD_LEVEL:
        return json_is_string(json) && mf_level_parse(text_of(json), at) ? 0 : wrong(r, f, "is not a level");
    case MF_FIELD_FORM:
        return read_form(r, f, json, at);
    case MF_FIELD_DIGEST:
        if (!json_is_string(json) || !mf_hex_parse(text_of(json), at, sizeof(struct mf_digest)))
            return wrong(r, f, "is not 64 lower-case hex digits");
        return 0;
    case MF_FIELD_SPAN:
        return read_span(r, f, json, at);
    case MF_FIELD_STRINGS:
        return read_strings(r, f, json, at, count);
    case MF_FIELD_LIST:
    case MF_FIELD_JOIN:
        return read_list(r, f, json, at, count);
    case MF_FIELD_SIZED:
        if (read_object(r, json, f->object, record) < 0)
            return mf_err_prefix(r->err, "%s", f->name);
        return *(const uint64_t *)at ? 0 : wrong(r, f, "is empty and should be left out");
    case MF_FIELD_OBJECT:
        if (read_object(r, json, f->object, record) < 0)
            return mf_err_prefix(r->err, "%s", f->name);
        /* one that may be left out is there where its first text is */
        if (f->when == MF_WHEN_SET && ((const struct mf_str *)at)->n == 0)
            return wrong(r, f, "says nothing and should be left out");
        return 0;
    }
    return wrong(r, f, "is of no kind");
}

static int unknown_field(struct reading *r, const json_t *json, const struct mf_object *object)
{
    void *i = json_object_iter((json_t *)(uintptr_t)json);
    for (; i; i = json_object_iter_next((json_t *)(uintptr_t)json, i)) {
        size_t k = 0;
        while (k < object->count && strcmp(object->fields[k].name, json_object_iter_key(i)) != 0)
            k++;
        if (k == object->count)
            return mf_err_set(r->err, MF_E_UNSUPPORTED, "unknown field \"%s\"", json_object_iter_key(i));
    }
    return 0;
}

static int read_object(struct reading *r, const json_t *json, const struct mf_object *object, char *record)
{
    size_t found = 0;
    if (!json_is_object(json))
        return mf_err_set(r->err, MF_E_DAMAGED, "is not an object");
    for (size_t k = 0; k < object->count; k++) {
        const struct mf_field *f = &object->fields[k];
        const json_t *value = json_object_get(json, f->name);
        bool expected = f->when <= MF_WHEN_SET || mf_manifest_expects(f, (const void *)record);
        if (!value && f->when != MF_WHEN_SET && expected)
            return wrong(r, f, "is missing");
        if (value && !expected)
            return wrong(r, f, f->when == MF_WHEN_CONTENTS ? "does not go with only_mod" : "does not go with its form");
        if (value && read_field(r, f, value, record) < 0)
            return -1;
        found += value != NULL;
    }
    return object->open || found == json_object_size(json) ? 0 : unknown_field(r, json, object);
}

static bool is_feature(struct mf_str name)
{
    for (size_t i = 0; i < MF_FEATURE_COUNT; i++)
        if (mf_str_eq(name, mf_str(mf_manifest_features[i])))
            return true;
    return false;
}

/* `format` before anything else, then `requires`: what they do not allow is not
 * looked at. Both are taken out of the document. */
static int read_format(json_t *json, struct mf_err *err)
{
    const json_t *format = json_object_get(json, "format");
    const json_t *requires = json_object_get(json, "requires");
    if (!json_is_string(format))
        return mf_err_set(err, MF_E_DAMAGED, "field \"format\" is missing or not a string");
    if (!mf_str_eq(text_of(format), MF_LIT(MF_MANIFEST_FORMAT)))
        return mf_err_set(err, MF_E_UNSUPPORTED, "unknown format \"%.*s\"", MF_FMT(text_of(format)));
    if (!json_is_array(requires))
        return mf_err_set(err, MF_E_DAMAGED, "field \"requires\" is missing or not an array");
    for (size_t i = 0; i < json_array_size(requires); i++) {
        const json_t *feature = json_array_get(requires, i);
        if (!json_is_string(feature))
            return mf_err_set(err, MF_E_DAMAGED, "requires[%zu] is not a string", i);
        if (!is_feature(text_of(feature)))
            return mf_err_set(err, MF_E_UNSUPPORTED, "unknown requirement \"%.*s\"", MF_FMT(text_of(feature)));
    }
    return 0;
}

/* `requires` must name what is in use, no more and no less, in this order. */
static int check_requires(const struct mf_manifest *m, const json_t *requires, struct mf_err *err)
{
    bool uses[MF_FEATURE_COUNT];
    size_t n = 0;
    mf_manifest_uses(m, uses);
    for (int i = 0; i < MF_FEATURE_COUNT; i++) {
        if (!uses[i])
            continue;
        const json_t *item = json_array_get(requires, n++);
        if (!item || strcmp(json_string_value(item), mf_manifest_features[i]) != 0)
            return mf_err_set(err, MF_E_DAMAGED, "\"requires\" does not name the forms in use");
    }
    if (n != json_array_size(requires))
        return mf_err_set(err, MF_E_DAMAGED, "\"requires\" names a form that is not in use");
    return 0;
}

static int parse(const json_t *json, struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err)
{
    struct reading r = {.arena = arena, .err = err};
    MF_CLEANUP(mf_cjson_release) json_t *rest = json_copy((json_t *)(uintptr_t)json);
    if (!rest || json_object_size(rest) != json_object_size(json)) /* copies what there is memory for */
        return mf_err_nomem(err);
    if (read_format(rest, err) < 0)
        return -1;
    json_object_del(rest, "format");
    json_object_del(rest, "requires");
    if (read_object(&r, rest, &mf_manifest_document, (char *)m) < 0)
        return -1;
    if (check_requires(m, json_object_get(json, "requires"), err) < 0 || mf_manifest_check(m, err) < 0)
        return -1;
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(MF_MANIFEST_MAX);
    if (mf_cjson_write(json_object_get(json, "content"), &content, err) < 0)
        return -1;
    m->id = mf_sha256_of(mf_buf_view(&content));
    for (size_t i = 0; i < m->module_count; i++)
        m->modules[i].comes = m->modules[i].form;
    return 0;
}

int mf_manifest_parse(struct mf_str text, struct mf_manifest *out, struct mf_arena *arena, struct mf_err *err)
{
    if (text.n > MF_MANIFEST_MAX)
        return mf_err_set(err, MF_E_LIMIT, "manifest: larger than %zu bytes", MF_MANIFEST_MAX);
    MF_CLEANUP(mf_cjson_release) json_t *json = NULL;
    struct mf_manifest m = {0};
    if (mf_cjson_parse(text, &json, err) < 0 || parse(json, &m, arena, err) < 0)
        return mf_err_prefix(err, "manifest");
    *out = m;
    return 0;
}
