#include "formats/cjson.h"
#include "formats/trustdoc.h"

/* Sets a value of a new reference; *object becomes NULL where memory ran out. */
static void set(json_t **object, const char *key, json_t *value)
{
    if (*object && value && json_object_set_new(*object, key, value) == 0)
        return;
    if (!*object)
        json_decref(value);
    mf_cjson_release(object);
}

static void append(json_t **array, json_t *value)
{
    if (*array && value && json_array_append_new(*array, value) == 0)
        return;
    if (!*array)
        json_decref(value);
    mf_cjson_release(array);
}

static json_t *text(struct mf_str s)
{
    return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *public_key(const struct mf_pubkey *key)
{
    struct mf_err ignored = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf file = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_str line;
    if (mf_pubkey_write(key, &file, &ignored) < 0)
        return NULL;
    (void)mf_str_cut(mf_buf_view(&file), '\n', &line);
    return text(mf_str_trim(line));
}

static json_t *key_json(const struct mf_trustkey *key)
{
    json_t *object = json_object();
    set(&object, "name", text(key->name));
    set(&object, "public_key", public_key(&key->key));
    if (key->valid_from.n)
        set(&object, "valid_from", text(key->valid_from));
    if (key->valid_until.n)
        set(&object, "valid_until", text(key->valid_until));
    if (key->revoked_at.n) {
        json_t *revoked = json_object();
        set(&revoked, "time", text(key->revoked_at));
        set(&revoked, "reason", text(key->revoked_because));
        set(&object, "revoked", revoked);
    }
    return object;
}

static void set_role(json_t **object, const struct mf_trustdoc *doc, const struct mf_trustrole *role)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < role->key_count; i++)
        append(&keys, text(doc->keys[role->keys[i]].name));
    set(object, "keys", keys);
    set(object, "threshold", json_integer((json_int_t)role->threshold));
}

static json_t *channel_json(const struct mf_trustdoc *doc, const struct mf_trustchannel *channel)
{
    json_t *object = json_object();
    set(&object, "name", text(channel->name));
    set_role(&object, doc, &channel->role);
    if (channel->max_age_days)
        set(&object, "max_age_days", json_integer((json_int_t)channel->max_age_days));
    if (channel->require_expires)
        set(&object, "require_expires", json_true());
    return object;
}

static json_t *document_json(const struct mf_trustdoc *doc)
{
    json_t *object = json_object(), *keys = json_array(), *channels = json_array(), *root = json_object();
    for (size_t i = 0; i < doc->key_count; i++)
        append(&keys, key_json(&doc->keys[i]));
    for (size_t i = 0; i < doc->channel_count; i++)
        append(&channels, channel_json(doc, &doc->channels[i]));
    set_role(&root, doc, &doc->root);
    set(&object, "format", json_string(MF_TRUSTDOC_FORMAT));
    set(&object, "version", json_integer((json_int_t)doc->version));
    set(&object, "created", text(doc->created));
    set(&object, "keys", keys);
    set(&object, "root", root);
    set(&object, "channels", channels);
    return object;
}

int mf_trustdoc_write(const struct mf_trustdoc *doc, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = document_json(doc);
    MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(MF_TRUSTDOC_MAX);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_trustdoc again;
    if (!json)
        return mf_err_nomem(err);
    if (mf_cjson_write(json, &line, err) < 0)
        return mf_err_prefix(err, "trust document");
    mf_buf_byte(&line, '\n');
    if (mf_buf_check(&line, err) < 0 || mf_trustdoc_parse(mf_buf_view(&line), &again, &arena, err) < 0)
        return -1;
    mf_buf_str(out, mf_buf_view(&line));
    return mf_buf_check(out, err);
}
