#include "verify/truststate.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "formats/base/encode.h"
#include "formats/cjson.h"
#include "formats/timetext.h"

static int damaged(struct mf_err *err, const char *what)
{
    mf_err_set(err, MF_E_DAMAGED, "%s", what);
    return mf_err_next(err, "restore the file from a backup; without it nothing keeps older bundles out");
}

static int get_text(const json_t *object, const char *key, struct mf_str *out, struct mf_arena *arena,
                    struct mf_err *err)
{
    const json_t *json = json_object_get(object, key);
    if (!json_is_string(json))
        return damaged(err, "a text is missing");
    return mf_arena_dup(arena, (struct mf_str){json_string_value(json), json_string_length(json)}, out, err);
}

static bool get_number(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *json = json_object_get(object, key);
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return false;
    *out = (uint64_t)json_integer_value(json);
    return true;
}

static bool get_digest(const json_t *object, const char *key, struct mf_digest *out)
{
    const char *hex = json_string_value(json_object_get(object, key));
    return hex && mf_hex_parse(mf_str(hex), out->b, sizeof(out->b));
}

static int read_channels(const json_t *list, struct mf_truststate *s, struct mf_err *err)
{
    if (!json_is_array(list))
        return damaged(err, "\"channels\" is missing");
    s->channel_count = json_array_size(list);
    /* one more may be added */
    s->channels = mf_arena_array(&s->arena, s->channel_count + 1, sizeof(*s->channels), err);
    for (size_t i = 0; s->channels && i < s->channel_count; i++) {
        const json_t *json = json_array_get(list, i);
        struct mf_truststate_channel *c = &s->channels[i];
        if (get_text(json, "name", &c->name, &s->arena, err) < 0 ||
            get_text(json, "time", &c->time, &s->arena, err) < 0)
            return -1;
        if (!get_number(json, "counter", &c->counter) || !get_digest(json, "id", &c->id))
            return damaged(err, "a channel lacks its counter or its bundle");
    }
    return s->channels ? 0 : -1;
}

static int read_overrides(const json_t *list, struct mf_truststate *s, struct mf_err *err)
{
    if (!json_is_array(list))
        return damaged(err, "\"overrides\" is missing");
    s->override_count = json_array_size(list);
    s->overrides = mf_arena_array(&s->arena, s->override_count + MF_COUNT(((struct mf_overridden *)0)->what),
                                  sizeof(*s->overrides), err);
    for (size_t i = 0; s->overrides && i < s->override_count; i++)
        if (get_text(json_array_get(list, i), "time", &s->overrides[i].time, &s->arena, err) < 0 ||
            get_text(json_array_get(list, i), "what", &s->overrides[i].what, &s->arena, err) < 0)
            return -1;
    return s->overrides ? 0 : -1;
}

static int parse(struct mf_str text, struct mf_truststate *s, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = NULL;
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        return damaged(err, "it does not end with a whole line");
    if (mf_cjson_parse(mf_str_head(text, text.n - 1), &json, err) < 0)
        return -1;
    const char *format = json_string_value(json_object_get(json, "format"));
    if (!format)
        return damaged(err, "\"format\" is missing");
    if (strcmp(format, MF_TRUSTSTATE_FORMAT) != 0)
        return mf_err_set(err, MF_E_UNSUPPORTED, "it is not of the format \"%s\"", MF_TRUSTSTATE_FORMAT);
    const json_t *seen = json_object_get(json, "trust");
    if (seen && (!get_number(seen, "version", &s->seen.version) || !get_digest(seen, "sha256", &s->seen.sha256)))
        return damaged(err, "\"trust\" lacks its version or its digest");
    if (read_channels(json_object_get(json, "channels"), s, err) < 0)
        return -1;
    return read_overrides(json_object_get(json, "overrides"), s, err);
}

static int read_state(struct mf_truststate *s, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_TRUSTSTATE_MAX);
    bool missing = false;
    if (mf_dir_read(s->dir, s->name, &text, &missing, err) == 0)
        return parse(mf_buf_view(&text), s, err) < 0 ? mf_err_prefix(err, "read the state %s", s->name) : 0;
    if (!missing)
        return -1;
    *err = (struct mf_err){0};
    MF_CLEANUP(mf_buf_release) struct mf_buf empty = MF_BUF_INIT(256);
    mf_buf_str(&empty, MF_LIT("{\"channels\":[],\"format\":\"" MF_TRUSTSTATE_FORMAT "\",\"overrides\":[]}\n"));
    return mf_buf_check(&empty, err) < 0 ? -1 : parse(mf_buf_view(&empty), s, err);
}

int mf_truststate_open(struct mf_dir dir, const char *name, bool write, struct mf_truststate *out, struct mf_err *err)
{
    char lock[sizeof(out->name) + 8];
    out->dir = dir;
    if (strlen(name) >= sizeof(out->name) - 8)
        return mf_err_set(err, MF_E_USAGE, "the name of the state is too long");
    snprintf(out->name, sizeof(out->name), "%s", name);
    snprintf(lock, sizeof(lock), "%s.lock", name);
    if (write && (out->lock = mf_dir_lock(dir, lock, true, err)) < 0)
        return mf_err_prefix(err, "lock the state");
    return read_state(out, err);
}

void mf_truststate_release(struct mf_truststate *state)
{
    mf_fd_release(&state->lock);
    mf_dir_release(&state->dir);
    mf_arena_release(&state->arena);
}

struct mf_truststate_channel *mf_truststate_find(const struct mf_truststate *state, struct mf_str name)
{
    for (size_t i = 0; i < state->channel_count; i++)
        if (mf_str_eq(state->channels[i].name, name))
            return &state->channels[i];
    return NULL;
}

static json_t *text_json(struct mf_str s)
{
    return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *to_json(const struct mf_truststate *s)
{
    char hex[MF_HEX_SIZE(32)];
    json_t *channels = json_array(), *overrides = json_array();
    size_t dropped =
        s->override_count > MF_TRUSTSTATE_OVERRIDES_MAX ? s->override_count - MF_TRUSTSTATE_OVERRIDES_MAX : 0;
    int rc = 0;
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct mf_truststate_channel *c = &s->channels[i];
        mf_hex(c->id.b, sizeof(c->id.b), hex);
        rc |= json_array_append_new(channels, json_pack("{s:o,s:I,s:s,s:o}", "name", text_json(c->name), "counter",
                                                        (json_int_t)c->counter, "id", hex, "time", text_json(c->time)));
    }
    for (size_t i = dropped; i < s->override_count; i++)
        rc |= json_array_append_new(overrides, json_pack("{s:o,s:o}", "time", text_json(s->overrides[i].time), "what",
                                                         text_json(s->overrides[i].what)));
    json_t *json =
        json_pack("{s:s,s:o,s:o}", "format", MF_TRUSTSTATE_FORMAT, "channels", channels, "overrides", overrides);
    mf_hex(s->seen.sha256.b, sizeof(s->seen.sha256.b), hex);
    if (json && s->seen.version)
        rc |= json_object_set_new(json, "trust",
                                  json_pack("{s:I,s:s}", "version", (json_int_t)s->seen.version, "sha256", hex));
    if (rc != 0)
        mf_cjson_release(&json);
    return json;
}

static int write_state(const struct mf_truststate *s, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *json = to_json(s);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_TRUSTSTATE_MAX);
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    if (!json)
        return mf_err_nomem(err);
    if (mf_cjson_write(json, &text, err) < 0)
        return -1;
    mf_buf_byte(&text, '\n');
    if (mf_buf_check(&text, err) < 0 || mf_temp_open(&temp, s->dir, s->name, 0600, err) < 0 ||
        mf_write_full(temp.fd, text.p, text.n, s->name, err) < 0)
        return -1;
    if (fsync(temp.fd) < 0)
        return mf_err_errno(err, errno, "write %s", s->name);
    return mf_temp_publish(&temp, err);
}

/* Inserts a channel in its place; there is room for one. */
static int add_channel(struct mf_truststate *s, struct mf_str name, struct mf_truststate_channel **out,
                       struct mf_err *err)
{
    size_t at = s->channel_count;
    struct mf_str copy;
    if (mf_arena_dup(&s->arena, name, &copy, err) < 0)
        return -1;
    for (; at > 0 && mf_str_cmp(s->channels[at - 1].name, name) > 0; at--)
        s->channels[at] = s->channels[at - 1];
    s->channel_count++;
    s->channels[at] = (struct mf_truststate_channel){.name = copy};
    *out = &s->channels[at];
    return 0;
}

/* The lowest counter of all is that of an unknown channel. Returns 1 where
 * something changed. */
static int advance(struct mf_truststate *s, const struct mf_manifest *bundle, struct mf_str time, struct mf_err *err)
{
    struct mf_truststate_channel *c = mf_truststate_find(s, bundle->channel);
    if (c && (bundle->counter < c->counter || (bundle->counter == c->counter && mf_digest_eq(&c->id, &bundle->id))))
        return 0;
    if (!c && add_channel(s, bundle->channel, &c, err) < 0)
        return -1;
    c->counter = bundle->counter;
    c->id = bundle->id;
    c->time = time;
    return 1;
}

int mf_truststate_commit(struct mf_truststate *s, const struct mf_trustseen *seen, const struct mf_manifest *bundle,
                         const struct mf_overridden *overridden, int64_t now, struct mf_err *err)
{
    char text[MF_TIMETEXT_UTC];
    struct mf_str time;
    int changed = 0;
    if (!mf_timetext_utc(now, text))
        return mf_err_set(err, MF_E_USAGE, "the time of this machine cannot be written as a date");
    if (mf_arena_dup(&s->arena, mf_str(text), &time, err) < 0)
        return -1;
    if (seen->version && bundle && bundle->channel.n && (changed = advance(s, bundle, time, err)) < 0)
        return -1;
    if (seen->version && (seen->version > s->seen.version ||
                          (seen->version == s->seen.version && !mf_digest_eq(&s->seen.sha256, &seen->sha256)))) {
        s->seen = *seen;
        changed = 1;
    }
    for (size_t i = 0; i < overridden->count; i++, changed = 1) {
        struct mf_truststate_override *o = &s->overrides[s->override_count++];
        o->time = time;
        if (mf_arena_dup(&s->arena, mf_str(overridden->what[i]), &o->what, err) < 0)
            return -1;
    }
    return changed && write_state(s, err) < 0 ? mf_err_prefix(err, "write the state") : 0;
}
