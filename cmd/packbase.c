#include "cmd/packbase.h"

#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/report.h"
#include "formats/treehead.h"
#include "verify/installed.h"

static int make_room(struct mf_packbase *b, size_t count, struct mf_err *err)
{
    b->set.modules = mf_arena_array(&b->arena, count + 1, sizeof(*b->set.modules), err);
    return b->set.modules ? 0 : -1;
}

static int take_manifest(struct mf_packbase *b, const struct mf_manifest *m, struct mf_err *err)
{
    struct mf_treehead head;
    if (make_room(b, m->module_count, err) < 0)
        return -1;
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        b->set.modules[b->set.count++] = (struct mf_heldset_module){mod->id, mod->h1, mod->mod_h1, mod->record > 0};
    }
    if (!m->sumdb_name.n)
        return 0;
    if (mf_treehead_parse(m->tree_head, &head, err) < 0)
        return -1;
    b->set.sumdb = m->sumdb_name;
    b->set.tree_size = head.size;
    return 0;
}

static int take_record(struct mf_packbase *b, struct mf_str text, struct mf_err *err)
{
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    if (mf_installed_parse(text, &record, err) < 0 || make_room(b, record.count, err) < 0)
        return -1;
    size_t bare = 0;
    for (size_t i = 0; i < record.count; i++) {
        const struct mf_installed_module *m = &record.modules[i];
        struct mf_heldset_module *to = &b->set.modules[b->set.count++];
        to->proved = true;
        bare += m->h1.n && !m->zip.inode;
        if (mf_arena_dup(&b->arena, m->id.path, &to->id.path, err) < 0 ||
            mf_arena_dup(&b->arena, m->id.version, &to->id.version, err) < 0 ||
            (m->zip.inode && mf_arena_dup(&b->arena, m->h1, &to->h1, err) < 0) ||
            mf_arena_dup(&b->arena, m->mod_h1, &to->mod_h1, err) < 0)
            return -1;
    }
    if (bare)
        mf_report_warning("--base %s: a GOMODCACHE without zips is no base: %zu modules of it count as not held",
                          b->bundle.name, bare);
    return 0;
}

/* Everything in the tree is proved under the newest of its heads. */
static int take_heads(struct mf_packbase *b, struct mf_str heads, struct mf_err *err)
{
    struct mf_str note;
    while ((note = mf_note_next(&heads)).n) {
        struct mf_treehead head;
        if (mf_treehead_parse(note, &head, err) < 0)
            return mf_err_prefix(err, "--since-head");
        if (head.size < b->set.tree_size)
            continue;
        b->set.tree_size = head.size;
        /* the signature line names the database: "\xe2\x80\x94 NAME SIGNATURE" */
        struct mf_str rest, line = mf_str_from(note, mf_str_rfind(mf_str_head(note, note.n - 1), '\n') + 1);
        mf_str_cut(line, ' ', &rest);
        b->set.sumdb = mf_str_cut(rest, ' ', &rest);
    }
    return 0;
}

/* Under the keys of the new bundle, or as the options say. */
static int take_bundle(const struct mf_cli_args *args, struct mf_seckey *const *keys, size_t key_count,
                       struct mf_packbase *b, struct mf_err *err)
{
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    for (size_t i = 0; i < key_count && i < MF_TRUSTOPTS_KEYS_MAX; i++)
        mf_seckey_public(keys[i], &trust.keys[i]);
    trust.trust = (struct mf_trust){.keys = trust.keys, .key_count = key_count};
    if ((mf_trustopts_said(args) || key_count == 0) && mf_trustopts_read(args, MF_TRUSTOPTS_LOOK, &trust, err) < 0)
        return -1;
    if (mf_bundlearg_pass(&trust, &b->bundle, err) < 0)
        return -1;
    return take_manifest(b, &b->bundle.gate.manifest, err);
}

/* Behind what b->text has already. */
static int take_text(struct mf_packbase *b, bool record, struct mf_err *err)
{
    struct mf_manifest m;
    if (mf_files_read_rest(b->bundle.fd, b->bundle.name, &b->text, err) < 0)
        return -1;
    mf_fd_release(&b->bundle.fd);
    if (record)
        return take_record(b, mf_buf_view(&b->text), err);
    return mf_manifest_parse(mf_buf_view(&b->text), &m, &b->arena, err) < 0 ? -1 : take_manifest(b, &m, err);
}

static int read_file(const struct mf_cli_args *args, const char *path, struct mf_seckey *const *keys, size_t key_count,
                     struct mf_str heads, struct mf_packbase *b, struct mf_err *err)
{
    static const char installed[] = "modferry-installed/";
    char start[sizeof(installed) - 1] = {0};
    size_t got;
    if (mf_bundlearg_open(path, &b->bundle, err) < 0 ||
        mf_read_full(b->bundle.fd, start, sizeof(start), &got, b->bundle.name, err) < 0)
        return -1;
    bool record = memcmp(start, installed, sizeof(start)) == 0;
    if (record || start[0] == '{') {
        mf_buf_add(&b->text, start, got);
        if (take_text(b, record, err) < 0)
            return mf_err_prefix(err, "%s", path);
        return record ? take_heads(b, heads, err) : 0;
    }
    if (lseek(b->bundle.fd, 0, SEEK_SET) < 0)
        return mf_err_set(err, MF_E_USAGE, "%s is a pipe, from which a manifest can be read, but no bundle",
                          b->bundle.name);
    return take_bundle(args, keys, key_count, b, err);
}

int mf_packbase_read(const struct mf_cli_args *args, const char *path, struct mf_seckey *const *keys, size_t key_count,
                     struct mf_str heads, struct mf_packbase *out, struct mf_err *err)
{
    return read_file(args, path, keys, key_count, heads, out, err) < 0 ? mf_err_prefix(err, "--base") : 0;
}

void mf_packbase_release(struct mf_packbase *b)
{
    mf_bundlearg_release(&b->bundle);
    mf_buf_release(&b->text);
    mf_arena_release(&b->arena);
}
