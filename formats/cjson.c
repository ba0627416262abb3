#include "formats/cjson.h"

#include <pthread.h>
#include <stdlib.h>

#include "formats/base/unicode.h"

#define INTEGER_LIMIT ((json_int_t)1 << 53)

void mf_cjson_release(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}

/* Looks at brackets and commas alone, before any memory is taken: the depth,
 * and the number of values that the parser would make. */
static int check_shape(struct mf_str text, struct mf_err *err)
{
    size_t depth = 0, marks = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth)
            depth--;
        if (depth > MF_CJSON_DEPTH)
            return mf_err_set(err, MF_E_DAMAGED, "JSON: byte %zu: nested more than %d deep", i, MF_CJSON_DEPTH);
        marks += c == '[' || c == '{' || c == ',';
    }
    if (marks > MF_CJSON_MARKS_MAX)
        return mf_err_set(err, MF_E_LIMIT, "JSON: more than %zu values", MF_CJSON_MARKS_MAX);
    return 0;
}

static int check_string(struct mf_str s, struct mf_err *err)
{
    if (!mf_utf8_valid(s))
        return mf_err_set(err, MF_E_DAMAGED, "string \"%.*s\" is not UTF-8", MF_FMT(mf_str_head(s, 100)));
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool control = (c < 0x20 && c != '\n') || c == 0x7f;
        /* U+0080 to U+009F are C2 80 to C2 9F. */
        bool c1 = c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0;
        if (control || c1)
            return mf_err_set(err, MF_E_DAMAGED, "string \"%.*s\" has a control character",
                              MF_FMT(mf_str_head(s, 100)));
    }
    return 0;
}

static int check_key(const char *key, struct mf_err *err)
{
    for (const char *p = key; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return mf_err_set(err, MF_E_DAMAGED, "key \"%s\" is not printable ASCII", key);
    return 0;
}

static int check_value(const json_t *value, unsigned depth, struct mf_err *err)
{
    const char *key;
    json_t *item;
    size_t i;
    if ((json_is_object(value) || json_is_array(value)) && depth >= MF_CJSON_DEPTH)
        return mf_err_set(err, MF_E_DAMAGED, "nested more than %d deep", MF_CJSON_DEPTH);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach((json_t *)(uintptr_t)value, key,
                            item) if (check_key(key, err) < 0 || check_value(item, depth + 1, err) < 0) return -1;
        return 0;
    case JSON_ARRAY:
        json_array_foreach(value, i, item) if (check_value(item, depth + 1, err) < 0) return -1;
        return 0;
    case JSON_STRING:
        return check_string((struct mf_str){json_string_value(value), json_string_length(value)}, err);
    case JSON_INTEGER:
        if (json_integer_value(value) <= -INTEGER_LIMIT || json_integer_value(value) >= INTEGER_LIMIT)
            return mf_err_set(err, MF_E_DAMAGED, "integer %" JSON_INTEGER_FORMAT " is 2^53 or more",
                              json_integer_value(value));
        return 0;
    case JSON_REAL:
        return mf_err_set(err, MF_E_DAMAGED, "number with a fraction or an exponent");
    default:
        return 0;
    }
}

static _Thread_local bool allocation_failed;

static void *watched_malloc(size_t n)
{
    void *p = malloc(n);
    allocation_failed |= !p;
    return p;
}

static void watch(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

static void watch_allocations(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch);
    allocation_failed = false;
}

json_t *mf_cjson_load(struct mf_str text, size_t flags, json_error_t *why, bool *nomem_out)
{
    watch_allocations();
    json_t *value = json_loadb(text.p ? text.p : "", text.n, flags, why);
    *nomem_out = allocation_failed;
    if (allocation_failed)
        mf_cjson_release(&value);
    return value;
}

char *mf_cjson_dumps(const json_t *value, size_t flags)
{
    watch_allocations();
    char *text = json_dumps(value, flags);
    if (text && allocation_failed) {
        free(text);
        text = NULL;
    }
    return text;
}

static int append(const char *p, size_t n, void *ctx)
{
    struct mf_buf *out = ctx;
    mf_buf_add(out, p, n);
    return out->failed ? -1 : 0;
}

int mf_cjson_write(const json_t *value, struct mf_buf *out, struct mf_err *err)
{
    if (check_value(value, 0, err) < 0)
        return mf_err_prefix(err, "JSON");
    size_t before = out->n;
    /* Keys are ASCII, so jansson's order is that of RFC 8785; what it escapes
     * in strings without control characters is '"', '\\' and newline alone. */
    watch_allocations();
    int rc = json_dump_callback(value, append, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if ((rc < 0 && !out->failed) || allocation_failed)
        return mf_err_nomem(err);
    if (mf_buf_check(out, err) < 0)
        return -1;
    return check_shape(mf_str_from(mf_buf_view(out), before), err);
}

static int check_same(struct mf_str text, struct mf_str canonical, struct mf_err *err)
{
    size_t i = 0;
    while (i < text.n && i < canonical.n && text.p[i] == canonical.p[i])
        i++;
    if (i == text.n && i == canonical.n)
        return 0;
    return mf_err_set(err, MF_E_DAMAGED, "JSON: byte %zu: not in canonical form (RFC 8785)", i);
}

int mf_cjson_parse(struct mf_str text, json_t **out, struct mf_err *err)
{
    if (check_shape(text, err) < 0)
        return -1;
    json_error_t why;
    bool nomem;
    MF_CLEANUP(mf_cjson_release) json_t *value = mf_cjson_load(text, JSON_REJECT_DUPLICATES, &why, &nomem);
    if (nomem)
        return mf_err_nomem(err);
    if (!value)
        return mf_err_set(err, MF_E_DAMAGED, "JSON: byte %d: %s", why.position, why.text);
    /* No text of a value is shorter than the canonical one. */
    MF_CLEANUP(mf_buf_release) struct mf_buf canonical = MF_BUF_INIT(text.n);
    if (mf_cjson_write(value, &canonical, err) < 0)
        return -1;
    if (check_same(text, mf_buf_view(&canonical), err) < 0)
        return -1;
    *out = value;
    value = NULL;
    return 0;
}
