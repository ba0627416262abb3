/* Whether a tree's checksum database is complete: its record, and `supported`. */
#include <stdlib.h>

#include "formats/toolchain.h"
#include "verify/treesumdb.h"

#define FIRST_WORD MF_LIT("modferry-sumdb/1 ")

enum { RECORD_MAX_BYTES = 4 << 20, EXEMPT_MAX = 1000000 };

static bool cut_prefix(struct mf_str *line, struct mf_str prefix)
{
    if (!mf_str_starts(*line, prefix))
        return false;
    *line = mf_str_from(*line, prefix.n);
    return true;
}

/* The tree may have been edited, and these go into settings of go: a pattern
 * such as `*`, or anything for a shell or a terminal, is not taken. */
static bool follows(const struct mf_treesumdb_record *r, struct mf_str path)
{
    struct mf_err ignored;
    if (mf_modpath_check(path, &ignored) < 0)
        return false;
    return r->exempt_count == 0 || mf_str_cmp(r->exempt[r->exempt_count - 1], path) < 0;
}

int mf_treesumdb_read(struct mf_dir tree, struct mf_treesumdb_record *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(RECORD_MAX_BYTES);
    struct mf_treesumdb_record r = {0};
    struct mf_err why;
    struct mf_str rest;
    bool missing;
    size_t lines = 0;
    if (mf_dir_read(tree, MF_TREESUMDB_RECORD, &b, &missing, &why) < 0) {
        *out = r;
        if (missing)
            return 0;
        *err = why;
        return -1;
    }
    for (size_t i = 0; i < b.n; i++)
        lines += b.p[i] == '\n';
    r.exempt = mf_arena_array(arena, lines + 1, sizeof(*r.exempt), err);
    if (!r.exempt || mf_arena_dup(arena, mf_buf_view(&b), &rest, err) < 0)
        return -1;
    r.key = mf_str_cut(rest, '\n', &rest);
    bool fine = cut_prefix(&r.key, FIRST_WORD);
    while (fine && rest.n) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        if (mf_str_eq(line, MF_LIT("complete")))
            r.complete = true;
        else if (cut_prefix(&line, MF_LIT("exempt ")) && follows(&r, line))
            r.exempt[r.exempt_count++] = line;
        else
            fine = false;
    }
    if (!fine)
        return mf_err_set(err, MF_E_DAMAGED, MF_TREESUMDB_RECORD " is not a record of a checksum database");
    *out = r;
    return 0;
}

/* "[cache/download/]sumdb/<name>/<file>". */
static const char *name_in(const struct mf_tree *t, struct mf_str db, const char *file, struct mf_buf *b,
                           struct mf_err *err)
{
    mf_buf_clear(b);
    mf_buf_fmt(b, "%ssumdb/%.*s/%s", t->kind == MF_TREE_PROXY ? "" : "cache/download/", MF_FMT(db), file);
    const char *name = mf_buf_cstr(b);
    return name || mf_buf_check(b, err) == 0 ? name : NULL;
}

/* 1 where the tree has a lookup of the module, 0, -1. */
static int has_lookup(const struct mf_tree *t, struct mf_str db, struct mf_module id, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    struct stat st;
    if (!name_in(t, db, "lookup/", &b, err))
        return -1;
    mf_modpath_escape(id.path, &b);
    mf_buf_byte(&b, '@');
    mf_modpath_escape(id.version, &b);
    const char *name = mf_buf_cstr(&b);
    if (!name)
        return mf_buf_check(&b, err);
    return mf_dir_stat(t->dir, name, &st, err);
}

/* 1 where a complete database says that it is supported, or is not complete; 0, -1. */
static int is_marked(const struct mf_tree *t, const struct mf_treesumdb_record *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_KIB);
    struct mf_gosumdb db;
    struct stat st;
    if (!r->complete || t->kind != MF_TREE_PROXY)
        return 1;
    if (mf_gosumdb_parse(r->key, &db, &arena, err) < 0)
        return mf_err_prefix(err, MF_TREESUMDB_RECORD);
    const char *name = name_in(t, db.key.name, "supported", &b, err);
    return name ? mf_dir_stat(t->dir, name, &st, err) : -1;
}

/* 1 where what is there still proves itself, 0, -1. */
static int holds(const struct mf_tree *t, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_treesumdb_record r;
    struct mf_err why = {0};
    uint64_t lookups;
    if (mf_treesumdb_read(t->dir, &r, &arena, err) < 0)
        return -1;
    if (!r.key.n)
        return 0;
    if (mf_treesumdb_check(t->dir, t->kind, r.key, &lookups, &why) == 0)
        return is_marked(t, &r, err);
    if (why.code != MF_E_NOMEM)
        return 0;
    *err = why;
    return -1;
}

int mf_treesumdb_is_current(const struct mf_tree *t, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf heads = MF_BUF_INIT(RECORD_MAX_BYTES);
    struct mf_err why;
    bool found = false;
    if (!t->m->sumdb_name.n)
        return 1;
    if (mf_dir_read(t->dir, MF_TREESUMDB_HEADS, &heads, NULL, &why) < 0)
        return 0;
    for (struct mf_str rest = mf_buf_view(&heads); rest.n && !found;)
        found = mf_str_eq(mf_note_next(&rest), t->m->tree_head);
    for (size_t i = 0; i < t->m->module_count && found; i++) {
        int rc = t->m->modules[i].not_covered.n ? 1 : has_lookup(t, t->m->sumdb_name, t->m->modules[i].id, err);
        if (rc < 0)
            return -1;
        found = rc > 0;
    }
    return found ? holds(t, err) : 0;
}

static int remove_supported(const struct mf_tree *t, struct mf_str db, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    const char *name = name_in(t, db, "supported", &b, err);
    return name ? mf_dir_remove(t->dir, name, err) : -1;
}

int mf_treesumdb_before(struct mf_tree *t, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_treesumdb_record r;
    struct mf_gosumdb db;
    if (mf_treesumdb_read(t->dir, &r, &arena, err) < 0)
        return -1;
    if (!r.key.n || t->kind != MF_TREE_PROXY)
        return 0;
    if (mf_gosumdb_parse(r.key, &db, &arena, err) < 0)
        return mf_err_prefix(err, MF_TREESUMDB_RECORD);
    const bool carries = t->m->sumdb_name.n && t->gosumdb && !t->gosumdb->off;
    for (size_t i = 0; i < t->m->module_count; i++) {
        const struct mf_manifest_module *m = &t->m->modules[i];
        if (t->skip[i] || mf_manifest_is_exempt(m) || (mf_toolchain_is(m->id) && m->only_mod) ||
            (carries && !m->not_covered.n))
            continue;
        int rc = has_lookup(t, db.key.name, m->id, err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            continue;
        t->unsupported = true;
        return mf_tree_begin_writing(t, err) < 0 ? -1 : remove_supported(t, db.key.name, err);
    }
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

/* Adds the paths that the bundle says are exempt. */
static int join_exempt(const struct mf_tree *t, struct mf_treesumdb_record *r, struct mf_arena *arena,
                       struct mf_err *err)
{
    size_t kept = 0;
    struct mf_str *list = mf_arena_array(arena, r->exempt_count + t->m->module_count + 1, sizeof(*list), err);
    if (!list)
        return -1;
    if (r->exempt_count)
        memcpy(list, r->exempt, r->exempt_count * sizeof(*list));
    for (size_t i = 0; i < t->m->module_count; i++)
        if (mf_manifest_is_exempt(&t->m->modules[i]))
            list[r->exempt_count++] = t->m->modules[i].id.path;
    if (r->exempt_count)
        qsort(list, r->exempt_count, sizeof(*list), by_bytes);
    for (size_t i = 0; i < r->exempt_count; i++)
        if (kept == 0 || !mf_str_eq(list[kept - 1], list[i]))
            list[kept++] = list[i];
    r->exempt = list;
    r->exempt_count = kept;
    return 0;
}

static bool is_exempt(const struct mf_treesumdb_record *r, struct mf_str path)
{
    return r->exempt_count && bsearch(&path, r->exempt, r->exempt_count, sizeof(*r->exempt), by_bytes);
}

/* Every module of the tree has its lookup, or needs none: go looks up zips of
 * toolchains alone. */
static int find_complete(const struct mf_tree *t, struct mf_str db, struct mf_treesumdb_record *r, struct mf_err *err)
{
    r->complete = true;
    for (size_t i = 0; i < t->record.count && r->complete; i++) {
        const struct mf_installed_module *m = &t->record.modules[i];
        bool needless = is_exempt(r, m->id.path) || (mf_toolchain_is(m->id) && !m->h1.n);
        int rc = needless ? 1 : has_lookup(t, db, m->id, err);
        if (rc < 0)
            return -1;
        r->complete = rc > 0;
    }
    return 0;
}

static int write_record(const struct mf_tree *t, const struct mf_treesumdb_record *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(RECORD_MAX_BYTES);
    mf_buf_str(&b, FIRST_WORD);
    mf_buf_str(&b, r->key);
    mf_buf_str(&b, r->complete ? MF_LIT("\ncomplete\n") : MF_LIT("\n"));
    for (size_t i = 0; i < r->exempt_count; i++)
        mf_buf_fmt(&b, "exempt %.*s\n", MF_FMT(r->exempt[i]));
    if (mf_buf_check(&b, err) < 0)
        return -1;
    return mf_dir_write(t->dir, MF_TREESUMDB_RECORD, mf_buf_view(&b), 0644, err);
}

static int settle_supported(const struct mf_tree *t, struct mf_str db, bool complete, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    struct stat st;
    if (t->kind != MF_TREE_PROXY)
        return 0;
    if (!complete)
        return remove_supported(t, db, err);
    const char *name = name_in(t, db, "supported", &b, err);
    int there = name ? mf_dir_stat(t->dir, name, &st, err) : -1;
    if (there != 0)
        return there < 0 ? -1 : 0;
    return mf_dir_write(t->dir, name, (struct mf_str){"", 0}, mf_tree_mode(t), err);
}

int mf_treesumdb_settle(struct mf_tree *t, const struct mf_gosumdb *gosumdb, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_treesumdb_record r;
    struct mf_gosumdb db;
    bool carries = gosumdb && t->result->united;
    if (mf_treesumdb_read(t->dir, &r, &arena, err) < 0)
        return -1;
    if (!r.key.n && carries)
        r.key = gosumdb->key_text;
    if (!t->refused && join_exempt(t, &r, &arena, err) < 0)
        return -1;
    if (!r.key.n && !r.exempt_count)
        return 0;
    if (!r.key.n)
        return write_record(t, &r, err);
    if (mf_gosumdb_parse(r.key, &db, &arena, err) < 0)
        return mf_err_prefix(err, MF_TREESUMDB_RECORD);
    if (find_complete(t, db.key.name, &r, err) < 0 || write_record(t, &r, err) < 0)
        return -1;
    return settle_supported(t, db.key.name, r.complete, err);
}
