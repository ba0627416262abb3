#include "bundle/planproof.h"

#include <stdlib.h>

#include "bundle/modfiles.h"
#include "formats/toolchain.h"

#define MISMATCH                                                                                                       \
    "SECURITY ERROR: This download does NOT match the one reported by the checksum server. The bits may have been "    \
    "replaced on the origin server, or an attacker may have intercepted the download attempt."

void mf_planproof_release(struct mf_planproof *p)
{
    mf_sumdb_release(&p->sumdb);
    mf_arena_release(&p->arena);
}

/* Why a module is not looked up; empty where it is. */
static struct mf_str exempt(const struct mf_settings *settings, struct mf_str path)
{
    /* the one module that go looks up whatever GONOSUMDB says */
    if (mf_str_eq(path, MF_LIT(MF_TOOLCHAIN_MODULE)))
        return (struct mf_str){NULL, 0};
    if (mf_modpath_match_patterns(settings->value[MF_GONOSUMDB], path))
        return settings->source[MF_GONOSUMDB] == MF_FROM_DEFAULT ? MF_LIT("GOPRIVATE matches it")
                                                                 : MF_LIT("GONOSUMDB matches it");
    if (mf_modpath_match_patterns(settings->value[MF_GONOSUMCHECK], path))
        return MF_LIT("GONOSUMCHECK matches it");
    return (struct mf_str){NULL, 0};
}

static int refuse_hash(const struct mf_planproof *p, struct mf_plan *plan, const struct mf_plan_module *m, bool is_mod,
                       struct mf_str recorded, struct mf_err *err)
{
    const char *found = is_mod ? m->file->h1 : m->zip->facts.h1;
    const bool in_sum = is_mod ? m->file->in_sum : m->zip->in_sum;
    mf_fetch_forget(plan->upstream->fetch, m->id, is_mod ? MF_FILE_MOD : MF_FILE_ZIP);
    mf_err_set(err, MF_E_HASH, "%.*s@%.*s: verifying %s: checksum mismatch: downloaded%s: %s, %.*s: %.*s; " MISMATCH,
               MF_FMT(m->id.path), MF_FMT(m->id.version), is_mod ? "go.mod" : "module", in_sum ? " and go.sum" : "",
               found, MF_FMT(p->db.key.name), MF_FMT(recorded));
    return mf_err_next(err, "do not use it; for more information, see 'go help module-auth'");
}

static int check_hash(const struct mf_planproof *p, struct mf_plan *plan, const struct mf_plan_module *m, bool is_mod,
                      struct mf_err *err)
{
    struct mf_str recorded = mf_lookup_h1(&m->record->lookup, m->id, is_mod);
    if (!recorded.n)
        return mf_err_set(err, MF_E_SUMDB, "%.*s@%.*s: the record that %.*s gave for it does not name its %s",
                          MF_FMT(m->id.path), MF_FMT(m->id.version), MF_FMT(p->db.key.name), is_mod ? "go.mod" : "zip");
    if (mf_str_eq(recorded, mf_str(is_mod ? m->file->h1 : m->zip->facts.h1)))
        return 0;
    return refuse_hash(p, plan, m, is_mod, recorded, err);
}

static int refuse_unknown(const struct mf_plan_module *m, struct mf_err *err)
{
    *err = *m->record->missing;
    mf_err_prefix(err, "%.*s@%.*s: the checksum database does not know it", MF_FMT(m->id.path), MF_FMT(m->id.version));
    return mf_err_next(err, "check its path and version; where it is not public, name it in GOPRIVATE or GONOSUMDB");
}

/* Compares hashes; versions that need not be carried go where the database does
 * not know them. */
static int check_modules(const struct mf_planproof *p, struct mf_plan *plan, struct mf_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        if (m->record && m->record->missing && m->mod == MF_NEED_IF_THERE) {
            plan->zips -= !m->only_mod;
            plan->left_out++;
            continue;
        }
        if (m->record && m->record->missing && m->only_mod && mf_toolchain_is(m->id)) {
            /* go asks for the .info of such a release, and looks up zips alone */
            m->not_covered = MF_LIT("the checksum database does not know it");
            m->record = NULL;
        }
        if (m->record && m->record->missing)
            return refuse_unknown(m, err);
        if (m->record && (check_hash(p, plan, m, true, err) < 0 || (m->zip && check_hash(p, plan, m, false, err) < 0)))
            return -1;
        plan->modules[kept++] = *m;
    }
    plan->count = kept;
    return 0;
}

/* Sorts the modules into those to look up and those not covered. */
static int choose(struct mf_planproof *p, struct mf_plan *plan, struct mf_err *err)
{
    p->records = mf_arena_array(&p->arena, plan->count + 1, sizeof(*p->records), err);
    if (!p->records)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        m->record = NULL;
        m->not_covered = p->db.off ? MF_LIT("GOSUMDB=off") : exempt(&plan->upstream->settings, m->id.path);
        if (m->not_covered.n)
            continue;
        struct mf_sumdb_record *r = &p->records[p->record_count++];
        r->id = m->id;
        m->record = r;
    }
    p->asked = p->record_count > 0;
    return 0;
}

static void show(void *ctx, uint64_t done, uint64_t total)
{
    const struct mf_plan_options *options = ctx;
    if (options->progress)
        options->progress(options->progress_ctx, "checksum database", done, total);
}

static int read_shipped(struct mf_planproof *p, struct mf_str channel, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf list = MF_BUF_INIT(MF_SUMDBCACHE_SHIPPED_MAX);
    if (mf_sumdbcache_shipped(&p->sumdb.cache, channel, &list, err) < 0)
        return -1;
    return mf_arena_dup(&p->arena, mf_buf_view(&list), out, err);
}

struct dated {
    uint64_t size;
    struct mf_str note;
};

static int by_size(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

/* As many as a bundle may prove; whoever holds an older one was not here for long. */
static int keep_newest(struct mf_planproof *p, struct mf_err *err)
{
    const size_t count = p->older_count;
    if (count <= MF_SUMDB_OLDER_MAX)
        return 0;
    struct dated *list = mf_arena_array(&p->arena, count, sizeof(*list), err);
    if (!list)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct mf_treehead head;
        if (mf_treehead_parse(p->older[i], &head, err) < 0)
            return -1;
        list[i] = (struct dated){head.size, p->older[i]};
    }
    qsort(list, count, sizeof(*list), by_size);
    p->older_count = 0;
    for (size_t i = count; i-- > 0 && p->older_count < MF_SUMDB_OLDER_MAX;)
        if (i + 1 == count || !mf_str_eq(list[i].note, list[i + 1].note))
            p->older[p->older_count++] = list[i].note;
    return 0;
}

/* The heads that clients may hold: those of --since-head, and of earlier bundles. */
static int read_older(struct mf_planproof *p, struct mf_str since, struct mf_err *err)
{
    const struct mf_str none = {NULL, 0};
    struct mf_str texts[3] = {none, none, none}, rest;
    size_t count = 0;
    if (read_shipped(p, none, &texts[0], err) < 0 ||
        (p->channel.n && read_shipped(p, p->channel, &texts[1], err) < 0) ||
        mf_arena_dup(&p->arena, since, &texts[2], err) < 0)
        return -1;
    for (size_t i = 0; i < MF_COUNT(texts); i++)
        for (rest = texts[i]; mf_note_next(&rest).n;)
            count++;
    p->older = mf_arena_array(&p->arena, count + 1, sizeof(*p->older), err);
    if (!p->older)
        return -1;
    for (size_t i = 0; i < MF_COUNT(texts); i++)
        for (rest = texts[i]; p->older_count < count;) {
            struct mf_str note = mf_note_next(&rest);
            if (!note.n)
                break;
            p->older[p->older_count++] = note;
        }
    if (keep_newest(p, err) < 0)
        return -1;
    p->sumdb.options.older = p->older;
    p->sumdb.options.older_count = p->older_count;
    return 0;
}

static int open_database(struct mf_planproof *p, struct mf_plan *plan, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    struct mf_upstream *u = plan->upstream;
    struct mf_str heads;
    if (mf_sumdbcache_default_path(getenv, &path, err) < 0 ||
        mf_arena_dup(&p->arena, mf_buf_view(&path), &heads, err) < 0)
        return -1;
    const struct mf_sumdb_options options = {
        .db = &p->db,
        .proxies = &u->proxies,
        .store = &u->store,
        .heads_path = heads.p,
        .transport = u->transport,
        .watch = u->watch,
        .offline = u->fetch_options.offline,
        .progress = show,
        .progress_ctx = (void *)(uintptr_t)plan->options,
    };
    return mf_sumdb_open(&p->sumdb, &options, err);
}

int mf_planproof_shipped(const struct mf_planproof *p, struct mf_err *err)
{
    if (!p->asked || !p->carry || !p->sumdb.head.note.n)
        return 0;
    return mf_sumdbcache_ship(&p->sumdb.cache, p->channel, p->sumdb.head.note, err);
}

int mf_planproof_make(struct mf_planproof *p, struct mf_plan *plan, const struct mf_planproof_options *options,
                      struct mf_err *err)
{
    p->carry = options->carry;
    p->channel = options->channel;
    if (mf_gosumdb_parse(plan->upstream->settings.value[MF_GOSUMDB], &p->db, &p->arena, err) < 0)
        return mf_err_next(err, "set GOSUMDB as `go help environment` and `go help module-auth` say");
    if (choose(p, plan, err) < 0)
        return -1;
    if (!p->asked)
        return 0;
    if (open_database(p, plan, err) < 0 || (p->carry && read_older(p, options->since, err) < 0) ||
        mf_sumdb_prove(&p->sumdb, p->records, p->record_count, err) < 0)
        return -1;
    return check_modules(p, plan, err);
}
