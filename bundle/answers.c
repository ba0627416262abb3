#include "bundle/answers.h"

#include <search.h>
#include <stdlib.h>

#include "formats/semver.h"

enum { HASH_MIN = 12 };

void mf_answers_init(struct mf_answers *t, struct mf_fetch *fetch)
{
    *t = (struct mf_answers){.fetch = fetch, .arena = MF_ARENA_INIT(512 * MF_MIB)};
}

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

void mf_answers_release(struct mf_answers *t)
{
    tdestroy(t->tree, keep);
    t->tree = NULL;
    mf_arena_release(&t->arena);
}

bool mf_answers_fatal(enum mf_code code)
{
    return code >= MF_E_IO;
}

static int by_question(const void *a, const void *b)
{
    const struct mf_answer *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->proxy != y->proxy)
        return x->proxy < y->proxy ? -1 : 1;
    int order = mf_str_cmp(x->module.path, y->module.path);
    return order ? order : mf_str_cmp(x->module.version, y->module.version);
}

/* Keeps a failure as the answer; -1 where it is none. */
static int answer_error(struct mf_answers *t, struct mf_answer *a, const struct mf_err *why, struct mf_err *err)
{
    if (mf_answers_fatal(why->code)) {
        *err = *why;
        return -1;
    }
    a->error = mf_arena_alloc(&t->arena, sizeof(*a->error), err);
    if (!a->error)
        return -1;
    *a->error = *why;
    a->done = true;
    return 0;
}

/* --- what arrived --- */

static bool is_storable(struct mf_module m)
{
    struct mf_err ignored;
    return mf_semver_canonical(m.version, true) && mf_module_check(m, &ignored) == 0;
}

/* Under the name of the version that it resolved to; what is held stays. */
static int store_info(struct mf_answers *t, const struct mf_answer *a, struct mf_str content, struct mf_err *err)
{
    const struct mf_store *store = mf_fetch_options(t->fetch)->store;
    const struct mf_module m = {a->module.path, a->info.version};
    MF_CLEANUP(mf_buf_release) struct mf_buf held = MF_BUF_INIT(MF_MODULEINFO_MAX);
    if (!is_storable(m))
        return 0;
    int rc = mf_store_read(store, m, MF_FILE_INFO, &held, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return mf_store_write(store, m, MF_FILE_INFO, content, err);
}

/* A canonical version that fits its module is answered with itself or not at all. */
static int parse_info(struct mf_answers *t, struct mf_answer *a, struct mf_str content, struct mf_err *err)
{
    if (mf_moduleinfo_parse(content, &a->info, &t->arena, err) < 0)
        return -1;
    if (a->kind == MF_ANSWER_INFO && is_storable(a->module) && !mf_str_eq(a->info.version, a->module.version))
        return mf_err_set(err, MF_E_UPSTREAM, "the proxy returned info for version %.*s instead of %.*s",
                          MF_FMT(mf_str_head(a->info.version, 200)), MF_FMT(a->module.version));
    return 0;
}

static int parse_mod(struct mf_answers *t, struct mf_answer *a, struct mf_str content, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf synthetic = MF_BUF_INIT(64 * MF_KIB);
    struct mf_str text;
    if (mf_gomod_synthetic(a->module.path, &synthetic, err) < 0 || mf_arena_dup(&t->arena, content, &text, err) < 0)
        return -1;
    a->served = true;
    a->synthetic = mf_str_eq(mf_buf_view(&synthetic), text);
    return mf_gomod_parse(&a->gomod, text, MF_GOMOD_DEP, "go.mod", &t->arena, err);
}

static int parse_content(struct mf_answers *t, struct mf_answer *a, struct mf_str content, struct mf_err *err)
{
    if (a->kind == MF_ANSWER_LIST)
        return mf_versionlist_parse(content, &a->list, &t->arena, err);
    return a->kind == MF_ANSWER_MOD ? parse_mod(t, a, content, err) : parse_info(t, a, content, err);
}

static int answer_content(struct mf_answers *t, struct mf_answer *a, struct mf_str content, struct mf_err *err)
{
    struct mf_err why = {0};
    if (parse_content(t, a, content, &why) < 0) {
        mf_err_prefix(&why, "%.*s@%.*s", MF_FMT(a->module.path),
                      MF_FMT(a->module.version.n ? a->module.version : MF_LIT("latest")));
        return answer_error(t, a, &why, err);
    }
    a->done = true;
    return 0;
}

/* What a request carries. */
struct arrival {
    struct mf_answers *table;
    struct mf_answer *answer;
};

static int arrived(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    const struct arrival *arrival = ctx;
    struct mf_answers *t = arrival->table;
    struct mf_answer *a = arrival->answer;
    if (!f->ok)
        return answer_error(t, a, &f->error, err);
    if (answer_content(t, a, f->content, err) < 0)
        return -1;
    bool keeps = !a->error && (a->kind == MF_ANSWER_INFO || a->kind == MF_ANSWER_LATEST);
    return keeps ? store_info(t, a, f->content, err) : 0;
}

/* --- what the store knows --- */

/* 1 where it answered. */
static int info_from_store(struct mf_answers *t, struct mf_answer *a, struct mf_str version, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf held = MF_BUF_INIT(MF_MODULEINFO_MAX);
    const struct mf_module m = {a->module.path, version};
    struct mf_err why;
    if (!is_storable(m))
        return 0;
    int rc = mf_store_read(mf_fetch_options(t->fetch)->store, m, MF_FILE_INFO, &held, err);
    if (rc <= 0)
        return rc;
    if (mf_moduleinfo_check(mf_buf_view(&held), version, &why) == 0 &&
        mf_moduleinfo_parse(mf_buf_view(&held), &a->info, &t->arena, &why) == 0) {
        a->done = true;
        return 1;
    }
    if (!mf_answers_fatal(why.code))
        return 0;
    *err = why;
    return -1;
}

static bool is_commit(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n >= HASH_MIN;
}

/* The held version that answers @latest or a commit, or an empty slice. */
static struct mf_str pick_held(const struct mf_answer *a, const struct mf_str *held, size_t count)
{
    struct mf_str stamp, revision;
    for (size_t i = count; i-- > 0;) {
        if (a->kind == MF_ANSWER_LATEST)
            return held[i];
        if (is_commit(a->module.version) && mf_semver_pseudo_parts(held[i], &stamp, &revision) &&
            mf_str_eq(revision, mf_str_head(a->module.version, HASH_MIN)))
            return held[i];
    }
    return (struct mf_str){NULL, 0};
}

static int answer_offline(struct mf_answers *t, struct mf_answer *a, struct mf_err *err)
{
    struct mf_str *held;
    size_t count;
    struct mf_err why = {0};
    if (mf_store_versions(mf_fetch_options(t->fetch)->store, a->module.path, &held, &count, &t->arena, err) < 0)
        return -1;
    if (a->kind == MF_ANSWER_LIST && count) {
        a->list.versions = held;
        for (size_t i = 0; i < count; i++)
            if (!mf_semver_is_pseudo(held[i]))
                a->list.versions[a->list.count++] = held[i];
        a->done = true;
        return 0;
    }
    if (a->kind != MF_ANSWER_LIST) {
        struct mf_str version = pick_held(a, held, count);
        int rc = version.n ? info_from_store(t, a, version, err) : 0;
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    if (a->module.version.n)
        mf_err_set(&why, MF_E_OFFLINE, "%.*s@%.*s: the store does not know this revision, and the network is off",
                   MF_FMT(a->module.path), MF_FMT(a->module.version));
    else
        mf_err_set(&why, MF_E_OFFLINE, "module %.*s: the store holds no version of it, and the network is off",
                   MF_FMT(a->module.path));
    return answer_error(t, a, &why, err);
}

/* --- asking --- */

static int ask(struct mf_answers *t, struct mf_answer *a, struct mf_err *err)
{
    static const enum mf_fetch_question questions[] = {
        [MF_ANSWER_LIST] = MF_ASK_LIST, [MF_ANSWER_LATEST] = MF_ASK_LATEST, [MF_ANSWER_INFO] = MF_ASK_INFO};
    if (a->kind == MF_ANSWER_INFO) {
        int rc = info_from_store(t, a, a->module.version, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    if (a->kind != MF_ANSWER_MOD && mf_fetch_options(t->fetch)->offline)
        return answer_offline(t, a, err);
    struct arrival *arrival = mf_arena_alloc(&t->arena, sizeof(*arrival), err);
    if (!arrival)
        return -1;
    *arrival = (struct arrival){t, a};
    if (a->kind == MF_ANSWER_MOD)
        return mf_fetch_add(t->fetch, a->module, MF_FILE_MOD, arrived, arrival, err);
    return mf_fetch_ask(t->fetch, a->proxy, a->module, questions[a->kind], arrived, arrival, err);
}

static struct mf_answer *find_or_ask(struct mf_answers *t, enum mf_answer_kind kind, size_t proxy, struct mf_module m,
                                     struct mf_err *err)
{
    struct mf_answer key = {.kind = kind, .proxy = kind == MF_ANSWER_MOD ? 0 : proxy, .module = m};
    struct mf_answer *const *hit = tfind(&key, &t->tree, by_question);
    if (hit)
        return *hit;
    struct mf_answer *a = mf_arena_alloc(&t->arena, sizeof(*a), err);
    if (!a)
        return NULL;
    *a = key;
    if (mf_arena_dup(&t->arena, m.path, &a->module.path, err) < 0 ||
        mf_arena_dup(&t->arena, m.version, &a->module.version, err) < 0)
        return NULL;
    if (!tsearch(a, &t->tree, by_question)) {
        mf_err_nomem(err);
        return NULL;
    }
    return ask(t, a, err) < 0 ? NULL : a;
}

int mf_answers_want(struct mf_answers *t, enum mf_answer_kind kind, size_t proxy, struct mf_module m,
                    struct mf_err *err)
{
    return find_or_ask(t, kind, proxy, m, err) ? 0 : -1;
}

const struct mf_answer *mf_answers_get(struct mf_answers *t, enum mf_answer_kind kind, size_t proxy, struct mf_module m,
                                       struct mf_err *err)
{
    const struct mf_answer *a = find_or_ask(t, kind, proxy, m, err);
    if (!a || (!a->done && mf_fetch_run(t->fetch, err) < 0))
        return NULL;
    if (!a->done) {
        mf_err_set(err, MF_E_NETWORK, "%.*s: an earlier failure left it without an answer", MF_FMT(m.path));
        return NULL;
    }
    return a;
}
