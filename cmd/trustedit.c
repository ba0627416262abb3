#include "cmd/trustedit.h"

#include <inttypes.h>
#include <time.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/signarg.h"
#include "cmd/trustopts.h"
#include "formats/timetext.h"

int mf_trustedit_open(const char *path, struct mf_trustedit *out, struct mf_err *err)
{
    out->path = path;
    out->now = (int64_t)time(NULL);
    if (mf_files_read(path, &out->text, err) < 0 ||
        mf_trustfile_split(mf_buf_view(&out->text), &out->file, &out->arena, err) < 0)
        return -1;
    size_t last = out->file.count - 1;
    if (mf_trustdoc_parse(out->file.entries[last].text, &out->doc, &out->arena, err) < 0 ||
        (last > 0 && mf_trustdoc_parse(out->file.entries[last - 1].text, &out->previous, &out->arena, err) < 0))
        return -1;
    if (last > 0 && out->previous.version + 1 != out->doc.version)
        return mf_err_set(err, MF_E_DAMAGED, "version %" PRIu64 " follows version %" PRIu64, out->doc.version,
                          out->previous.version);
    out->kept = out->file.count;
    return 0;
}

void mf_trustedit_release(struct mf_trustedit *edit)
{
    mf_buf_release(&edit->text);
    mf_arena_release(&edit->arena);
}

struct mf_trustfile_entry *mf_trustedit_newest(const struct mf_trustedit *edit)
{
    return &edit->file.entries[edit->file.count - 1];
}

static bool has_signed(const struct mf_trustedit *edit, const struct mf_trustdoc *doc, int64_t when)
{
    struct mf_trusttally tally;
    mf_trustcheck_tally(doc, &doc->root, mf_trustedit_newest(edit), when, &tally);
    return tally.counted >= doc->root.threshold;
}

static bool is_signed_at(const struct mf_trustedit *edit, int64_t when)
{
    return has_signed(edit, &edit->doc, when) && (!edit->previous.version || has_signed(edit, &edit->previous, when));
}

bool mf_trustedit_is_closed(const struct mf_trustedit *edit)
{
    int64_t created;
    if (!mf_timetext_seconds(edit->doc.created, &created))
        created = edit->now;
    return is_signed_at(edit, edit->now) || is_signed_at(edit, created);
}

void mf_trustedit_begin(struct mf_trustedit *edit)
{
    if (mf_trustedit_is_closed(edit)) {
        edit->previous = edit->doc;
        edit->doc.version++;
        return;
    }
    edit->kept--;
    edit->dropped = mf_trustedit_newest(edit)->signature_count;
}

/* A copy of an array of an arena, with room for one more at `at`. */
static void *insert(struct mf_arena *arena, const void *old, size_t count, size_t size, size_t at, struct mf_err *err)
{
    char *copy = mf_arena_array(arena, count + 1, size, err);
    if (!copy)
        return NULL;
    if (at > 0)
        memcpy(copy, old, at * size);
    if (count > at)
        memcpy(copy + (at + 1) * size, (const char *)old + at * size, (count - at) * size);
    return copy;
}

/* Indices from `from` on move up by one. The arrays are shared with `previous`
 * where the document is a new version, so they are copied. */
static int shift_role(struct mf_arena *arena, struct mf_trustrole *role, size_t from, struct mf_err *err)
{
    size_t *keys = mf_arena_array(arena, role->key_count + 1, sizeof(*keys), err);
    if (!keys)
        return -1;
    for (size_t i = 0; i < role->key_count; i++)
        keys[i] = role->keys[i] + (role->keys[i] >= from);
    role->keys = keys;
    return 0;
}

static int copy_channels(struct mf_trustedit *edit, struct mf_err *err)
{
    struct mf_trustdoc *d = &edit->doc;
    struct mf_trustchannel *copy = mf_arena_array(&edit->arena, d->channel_count + 1, sizeof(*copy), err);
    if (!copy)
        return -1;
    if (d->channel_count)
        memcpy(copy, d->channels, d->channel_count * sizeof(*copy));
    d->channels = copy;
    return 0;
}

int mf_trustedit_own_keys(struct mf_trustedit *edit, struct mf_err *err)
{
    struct mf_trustdoc *d = &edit->doc;
    struct mf_trustkey *copy = insert(&edit->arena, d->keys, d->key_count, sizeof(*copy), d->key_count, err);
    if (!copy)
        return -1;
    d->keys = copy;
    return 0;
}

static int insert_key(struct mf_trustedit *edit, const struct mf_trustkey *key, size_t *at_out, struct mf_err *err)
{
    struct mf_trustdoc *d = &edit->doc;
    size_t at = 0;
    while (at < d->key_count && mf_str_cmp(d->keys[at].name, key->name) < 0)
        at++;
    if (d->key_count == MF_TRUSTDOC_KEYS_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a trust document has at most %d keys", MF_TRUSTDOC_KEYS_MAX);
    struct mf_trustkey *keys = insert(&edit->arena, d->keys, d->key_count, sizeof(*keys), at, err);
    if (!keys || shift_role(&edit->arena, &d->root, at, err) < 0 || copy_channels(edit, err) < 0)
        return -1;
    for (size_t i = 0; i < d->channel_count; i++)
        if (shift_role(&edit->arena, &d->channels[i].role, at, err) < 0)
            return -1;
    keys[at] = *key;
    d->keys = keys;
    d->key_count++;
    *at_out = at;
    return 0;
}

int mf_trustedit_add_key(struct mf_trustedit *edit, const char *text, size_t *at_out, struct mf_err *err)
{
    struct mf_str file, name = mf_str_cut(mf_str(text), '=', &file);
    struct mf_trustkey key = {.name = name};
    if (!file.n || !mf_trustdoc_is_name(name)) {
        mf_err_set(err, MF_E_USAGE, "--signer %s: this is not NAME=FILE", text);
        return mf_err_next(err, "a name has letters, digits and ._@+-, as in --signer alice=alice.pub");
    }
    if (mf_trustopts_key(file.p, &key.key, err) < 0)
        return -1;
    for (size_t i = 0; i < edit->doc.key_count; i++) {
        const struct mf_trustkey *old = &edit->doc.keys[i];
        bool same_key = memcmp(old->key.key, key.key.key, sizeof(key.key.key)) == 0;
        bool same_name = mf_str_eq(old->name, name);
        if (same_key != same_name)
            return mf_err_set(err, MF_E_USAGE, "--signer %s: %s %.*s", text,
                              same_name ? "the name is taken by another key of" : "this is the key of",
                              MF_FMT(old->name));
        *at_out = i;
        if (same_key)
            return 0;
    }
    return insert_key(edit, &key, at_out, err);
}

int mf_trustedit_add_member(struct mf_trustedit *edit, struct mf_trustrole *role, size_t key, struct mf_err *err)
{
    size_t at = 0;
    while (at < role->key_count && role->keys[at] < key)
        at++;
    if (at < role->key_count && role->keys[at] == key)
        return 0;
    size_t *keys = insert(&edit->arena, role->keys, role->key_count, sizeof(*keys), at, err);
    if (!keys)
        return -1;
    keys[at] = key;
    role->keys = keys;
    role->key_count++;
    return 0;
}

int mf_trustedit_set_members(struct mf_trustedit *edit, struct mf_trustrole *role, const char *list, struct mf_err *err)
{
    struct mf_str rest = mf_str(list);
    *role = (struct mf_trustrole){.threshold = role->threshold};
    while (rest.p) {
        struct mf_str name = mf_str_cut(rest, ',', &rest);
        long at = mf_trustdoc_find_key(&edit->doc, name);
        if (at < 0) {
            mf_err_set(err, MF_E_USAGE, "the document has no key \"%.*s\"", MF_FMT(name));
            return mf_err_next(err, "name keys of the document, separated by commas; `modferry trust show FILE` lists "
                                    "them");
        }
        if (mf_trustedit_add_member(edit, role, (size_t)at, err) < 0)
            return -1;
    }
    return 0;
}

int mf_trustedit_channel(struct mf_trustedit *edit, const char *name, struct mf_trustchannel **out, struct mf_err *err)
{
    struct mf_trustdoc *d = &edit->doc;
    size_t at = 0;
    if (!mf_trustdoc_is_name(mf_str(name)) && strcmp(name, MF_TRUSTDOC_DEFAULT) != 0)
        return mf_err_set(err, MF_E_USAGE,
                          "--channel %s: not a name of letters, digits and ._@+-, nor * for the default", name);
    while (at < d->channel_count && mf_str_cmp(d->channels[at].name, mf_str(name)) < 0)
        at++;
    if (at < d->channel_count && mf_str_eq(d->channels[at].name, mf_str(name))) {
        if (copy_channels(edit, err) < 0)
            return -1;
    } else {
        struct mf_trustchannel *channels =
            insert(&edit->arena, d->channels, d->channel_count, sizeof(*channels), at, err);
        if (!channels)
            return -1;
        channels[at] = (struct mf_trustchannel){.name = mf_str(name)};
        d->channels = channels;
        d->channel_count++;
    }
    *out = &d->channels[at];
    return 0;
}

/* The documents that stay, and the newest with what it carries. */
static int write_file(const struct mf_trustedit *edit, const struct mf_trustfile_entry *newest, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_TRUSTFILE_MAX);
    for (size_t i = 0; i < edit->kept; i++)
        mf_trustfile_put(&edit->file.entries[i], &out);
    if (newest)
        mf_trustfile_put(newest, &out);
    if (mf_buf_check(&out, err) < 0)
        return -1;
    return mf_files_write(edit->path, mf_buf_view(&out), 0666, err);
}

int mf_trustedit_write(struct mf_trustedit *edit, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_TRUSTDOC_MAX);
    char created[MF_TIMETEXT_UTC];
    uint64_t seconds;
    if (mf_signarg_time(&seconds, err) < 0)
        return -1;
    if (!mf_timetext_utc((int64_t)seconds, created))
        return mf_err_set(err, MF_E_USAGE, "the time of creation cannot be written as a date");
    if (mf_arena_dup(&edit->arena, mf_str(created), &edit->doc.created, err) < 0)
        return -1;
    if (mf_trustdoc_write(&edit->doc, &text, err) < 0) {
        if (err->code == MF_E_DAMAGED)
            err->code = MF_E_POLICY;
        return mf_err_next(err, "add keys first, or set another threshold: `modferry trust set FILE`; edits before the "
                                "signing make one version together");
    }
    struct mf_trustfile_entry *entries =
        insert(&edit->arena, edit->file.entries, edit->kept, sizeof(*entries), edit->kept, err);
    if (!entries)
        return -1;
    entries[edit->kept] = (struct mf_trustfile_entry){0};
    if (mf_arena_dup(&edit->arena, mf_buf_view(&text), &entries[edit->kept].text, err) < 0)
        return -1;
    entries[edit->kept].sha256 = mf_sha256_of(entries[edit->kept].text);
    edit->file = (struct mf_trustfile){entries, edit->kept + 1};
    return write_file(edit, &entries[edit->kept], err);
}

int mf_trustedit_write_signed(struct mf_trustedit *edit, struct mf_err *err)
{
    edit->kept = edit->file.count;
    return write_file(edit, NULL, err);
}
