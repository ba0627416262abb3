#include "bundle/query.h"

#include <search.h>

#include "bundle/querymatch.h"
#include "formats/base/unicode.h"
#include "formats/semver.h"

enum { NOTE_MAX = 500 };

/* What is known of a module: its latest version, retracted or not. */
struct latest {
    struct mf_str path;
    bool found;
    const struct mf_gomod *gomod; /* where found */
};

/* A query under way. */
struct run {
    struct mf_queries *table;
    const struct mf_query *query;
    struct mf_str path; /* of the module asked for now */
    size_t proxy;       /* the entry asked now */
    bool allows_all;
    struct mf_querymatch match;
    enum mf_query_failure failure; /* of the last step that returned -1 */
};

void mf_queries_init(struct mf_queries *t, struct mf_fetch *fetch)
{
    *t = (struct mf_queries){0};
    mf_answers_init(&t->answers, fetch);
}

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

void mf_queries_release(struct mf_queries *t)
{
    tdestroy(t->tree, keep);
    t->tree = NULL;
    mf_answers_release(&t->answers);
}

/* --- asking --- */

static enum mf_query_failure failure_of(enum mf_code code)
{
    switch (code) {
    case MF_E_NOT_FOUND:
    case MF_E_OFFLINE:
        return MF_QUERY_NOT_EXIST;
    case MF_E_USAGE:
        return MF_QUERY_BAD_VERSION;
    default:
        return mf_answers_fatal(code) ? MF_QUERY_STOPPED : MF_QUERY_OTHER;
    }
}

/* An answer, or NULL with failure and error set. */
static const struct mf_answer *ask(struct run *r, enum mf_answer_kind kind, struct mf_str version, struct mf_err *err)
{
    const struct mf_module m = {r->path, version};
    const struct mf_answer *a = mf_answers_get(&r->table->answers, kind, r->proxy, m, err);
    if (a && !a->error)
        return a;
    r->failure = MF_QUERY_STOPPED;
    if (a) {
        *err = *a->error;
        r->failure = failure_of(err->code);
    }
    return NULL;
}

static int fail(struct run *r, enum mf_query_failure failure)
{
    r->failure = failure;
    return -1;
}

/* --- what may be chosen --- */

static int try_proxies(struct run *r, struct mf_query_result *out, struct mf_err *err);

static int by_path(const void *a, const void *b)
{
    const struct latest *x = a, *y = b;
    return mf_str_cmp(x->path, y->path);
}

static struct latest *find_latest(const struct mf_queries *t, struct mf_str path)
{
    struct latest key = {.path = path};
    struct latest *const *hit = tfind(&key, &t->tree, by_path);
    return hit ? *hit : NULL;
}

/* The go.mod of the version that "latest" chooses where all are allowed. Only
 * what stops the run is a failure. */
static int look_up_latest(struct mf_queries *t, struct latest *latest, struct mf_err *err)
{
    const struct mf_query query = {.path = latest->path, .text = MF_LIT("latest")};
    struct run r = {.table = t, .query = &query, .allows_all = true};
    struct mf_query_result result;
    struct mf_err why = {0};
    const struct mf_answer *mod = NULL;
    if (try_proxies(&r, &result, &why) == 0) {
        r.path = latest->path;
        mod = ask(&r, MF_ANSWER_MOD, result.module.version, &why);
    }
    if (!mod && r.failure == MF_QUERY_STOPPED) {
        *err = why;
        return -1;
    }
    latest->found = mod != NULL;
    latest->gomod = mod ? &mod->gomod : NULL;
    return 0;
}

static struct latest *get_latest(struct mf_queries *t, struct mf_str path, struct mf_err *err)
{
    struct latest *latest = find_latest(t, path);
    if (latest)
        return latest;
    latest = mf_arena_alloc(&t->answers.arena, sizeof(*latest), err);
    if (!latest || mf_arena_dup(&t->answers.arena, path, &latest->path, err) < 0 || look_up_latest(t, latest, err) < 0)
        return NULL;
    if (!tsearch(latest, &t->tree, by_path)) {
        mf_err_nomem(err);
        return NULL;
    }
    return latest;
}

/* True where the version is retracted; *why_out is the first rationale given. */
static bool is_retracted(const struct latest *latest, struct mf_str version, struct mf_str *why_out)
{
    bool retracted = false;
    *why_out = (struct mf_str){NULL, 0};
    for (size_t i = 0; latest->found && i < latest->gomod->retract_count; i++) {
        const struct mf_retract *x = &latest->gomod->retracts[i];
        if (mf_semver_compare(x->low, version) > 0 || mf_semver_compare(version, x->high) > 0)
            continue;
        retracted = true;
        if (!why_out->n)
            *why_out = x->rationale;
    }
    return retracted;
}

static bool is_excluded(const struct run *r, struct mf_str version)
{
    const struct mf_module m = {r->path, version};
    for (size_t i = 0; i < r->query->excluded_count; i++)
        if (mf_module_eq(r->query->excluded[i], m))
            return true;
    return false;
}

/* What stands against a version. */
enum care { CARE_NOTHING, CARE_EXCLUSION, CARE_ALL };

static enum care care_for(const struct run *r, struct mf_str version)
{
    const struct mf_query *q = r->query;
    if (r->allows_all)
        return CARE_NOTHING;
    if (q->rules == MF_QUERY_LIST)
        return mf_querymatch_is_revision(q->text) ? CARE_NOTHING : CARE_ALL;
    if (mf_str_eq(version, q->text))
        return CARE_EXCLUSION;
    return r->match.stays && mf_str_eq(version, q->current) ? CARE_NOTHING : CARE_ALL;
}

/* As in a go.mod comment: its first line, where it can be shown. */
static struct mf_str short_note(struct mf_str text, struct mf_str fallback)
{
    struct mf_str rest, line = mf_str_trim(mf_str_cut(text, '\n', &rest));
    uint32_t rune;
    size_t step;
    if (line.n == 0)
        return fallback;
    if (line.n > NOTE_MAX)
        return MF_LIT("(message omitted: too long)");
    for (size_t i = 0; i < line.n; i += step) {
        step = mf_utf8_decode(line.p + i, line.n - i, &rune);
        if (!step || !mf_rune_is_showable(rune))
            return MF_LIT("(message omitted: contains non-printable characters)");
    }
    return line;
}

#define RETRACTED MF_LIT("retracted by module author")

/* 1 where the version may be chosen, 0 with the reason in err where not, -1. */
static int check_allowed(struct run *r, struct mf_str version, struct mf_err *err)
{
    struct mf_str why;
    const enum care care = care_for(r, version);
    if (care != CARE_NOTHING && is_excluded(r, version)) {
        mf_err_set(err, MF_E_POLICY, "%.*s@%.*s: excluded by go.mod", MF_FMT(r->path), MF_FMT(version));
        return 0;
    }
    if (care != CARE_ALL)
        return 1;
    const struct latest *latest = get_latest(r->table, r->path, err);
    if (!latest)
        return fail(r, MF_QUERY_STOPPED);
    if (!is_retracted(latest, version, &why))
        return 1;
    why = short_note(why, (struct mf_str){NULL, 0});
    mf_err_set(err, MF_E_POLICY, "%.*s@%.*s: retracted by module author%s%.*s", MF_FMT(r->path), MF_FMT(version),
               why.n ? ": " : "", MF_FMT(why));
    return 0;
}

static int admits(struct run *r, struct mf_str version, struct mf_err *err)
{
    struct mf_err why;
    if (!mf_querymatch_admits(&r->match, version))
        return 0;
    int rc = check_allowed(r, version, &why);
    if (rc < 0)
        *err = why;
    return rc;
}

/* --- choosing from a list --- */

/* The lowest and highest of a kind. */
struct choice {
    struct mf_str first, last;
};

static void consider(struct choice *c, struct mf_str version)
{
    if (!c->first.p)
        c->first = version;
    c->last = version;
}

/* Whether versions with +incompatible count: a go.mod in the last compatible
 * version says that the author keeps majors apart. 1, 0, -1. */
static int counts_incompatible(struct run *r, struct mf_str last_compatible, struct mf_err *err)
{
    const struct mf_module m = {r->path, last_compatible};
    const struct mf_answer *mod = mf_answers_get(&r->table->answers, MF_ANSWER_MOD, 0, m, err);
    if (mod && mod->served) /* also one that does not parse */
        return mod->synthetic;
    return ask(r, MF_ANSWER_MOD, last_compatible, err) ? 0 : -1;
}

/* The version to take from the list; empty where none matches. */
static int choose(struct run *r, const struct mf_versionlist *list, struct mf_str *out, struct mf_err *err)
{
    struct choice releases = {0}, prereleases = {0};
    struct mf_str compatible = {NULL, 0};
    bool incompatible = r->match.wants_incompatible;
    for (size_t i = 0; i < list->count; i++) {
        struct mf_str v = list->versions[i];
        int rc = admits(r, v, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        if (!incompatible && !mf_str_ends(v, MF_LIT("+incompatible"))) {
            compatible = v;
        } else if (!incompatible && compatible.n) {
            rc = counts_incompatible(r, compatible, err);
            if (rc < 0)
                return -1;
            if (rc == 0)
                break;
            incompatible = true;
        }
        consider(mf_semver_is_release(v) ? &releases : &prereleases, v);
    }
    const struct choice *best = releases.first.p ? &releases : &prereleases;
    *out = r->match.prefers_lower ? best->first : best->last;
    return 0;
}

/* --- one module at one proxy --- */

static int take(struct run *r, const struct mf_moduleinfo *info, struct mf_query_result *out)
{
    *out = (struct mf_query_result){.module = {r->path, info->version}, .time = info->time};
    return 0;
}

static int stay(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    int rc = check_allowed(r, r->query->current, err);
    if (rc <= 0)
        return rc < 0 ? -1 : fail(r, MF_QUERY_DISALLOWED);
    const struct mf_answer *a = ask(r, MF_ANSWER_INFO, r->query->current, err);
    return a ? take(r, &a->info, out) : -1;
}

/* From a pseudo-version nothing leads back in time. */
static int settle(struct run *r, const struct mf_moduleinfo *info, struct mf_query_result *out, struct mf_err *err)
{
    struct mf_str stamp, revision;
    int64_t now;
    if (r->match.stays && info->seconds != MF_TIMETEXT_ZERO &&
        mf_semver_pseudo_parts(r->query->current, &stamp, &revision) && mf_timetext_stamp(stamp, &now) &&
        info->seconds < now)
        return stay(r, out, err);
    return take(r, info, out);
}

/* @latest, or where a proxy has none, the newest line of the list. */
static const struct mf_answer *ask_latest(struct run *r, const struct mf_versionlist *list, struct mf_err *err)
{
    const struct mf_answer *a = ask(r, MF_ANSWER_LATEST, (struct mf_str){NULL, 0}, err);
    if (a || r->failure != MF_QUERY_NOT_EXIST || !list->newest.n)
        return a;
    return ask(r, MF_ANSWER_INFO, list->newest, err);
}

static int no_match(struct run *r, struct mf_err *err)
{
    const struct mf_query *q = r->query;
    if (r->match.stays)
        mf_err_set(err, MF_E_NOT_FOUND,
                   "module %.*s: no matching versions for query \"%.*s\" (current version is %.*s)", MF_FMT(r->path),
                   MF_FMT(q->text), MF_FMT(q->current));
    else
        mf_err_set(err, MF_E_NOT_FOUND, "module %.*s: no matching versions for query \"%.*s\"", MF_FMT(r->path),
                   MF_FMT(q->text));
    mf_err_next(err, "see which versions there are with `go list -m -versions %.*s`", MF_FMT(r->path));
    return fail(r, MF_QUERY_NO_VERSION);
}

/* Whether a version of a repository counts as +incompatible depends on which
 * versions are asked for (modfetch/coderepo.go, Versions), so it is told. */
static int name_family(struct run *r, struct mf_str *out, struct mf_err *err)
{
    const struct mf_fetch *fetch = r->table->answers.fetch;
    *out = (struct mf_str){NULL, 0};
    if (!r->match.family.n || mf_fetch_options(fetch)->offline ||
        mf_fetch_way(fetch, r->proxy, r->path) != MF_WAY_DIRECT)
        return 0;
    if (mf_arena_join(&r->table->answers.arena, r->match.family, MF_LIT("."), MF_LIT(""), out, err) < 0)
        return fail(r, MF_QUERY_STOPPED);
    return 0;
}

static int query_list(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    struct mf_str chosen, family;
    if (name_family(r, &family, err) < 0)
        return -1;
    const struct mf_answer *list = ask(r, MF_ANSWER_LIST, family, err);
    if (!list || choose(r, &list->list, &chosen, err) < 0)
        return -1;
    if (chosen.n) {
        const struct mf_answer *a = ask(r, MF_ANSWER_INFO, chosen, err);
        return a ? settle(r, &a->info, out, err) : -1;
    }
    if (r->match.may_use_latest) {
        const struct mf_answer *a = ask_latest(r, &list->list, err);
        int rc = a ? admits(r, a->info.version, err) : 0;
        if (rc < 0 || (!a && r->failure != MF_QUERY_NOT_EXIST))
            return -1;
        if (rc > 0)
            return settle(r, &a->info, out, err);
    }
    return r->match.stays ? stay(r, out, err) : no_match(r, err);
}

/* v1.0.0+meta stands for v1.0.0 where there is no such tag. */
static const struct mf_answer *ask_revision(struct run *r, struct mf_err *err)
{
    struct mf_str text = r->query->text;
    struct mf_semver parts;
    struct mf_err why = {0};
    const struct mf_answer *a = ask(r, MF_ANSWER_INFO, text, err);
    if (a || r->failure == MF_QUERY_STOPPED || !mf_semver_parse(text, &parts) || parts.build.n == 0 ||
        mf_str_eq(parts.build, MF_LIT("+incompatible")))
        return a;
    enum mf_query_failure first = r->failure;
    a = ask(r, MF_ANSWER_INFO, mf_str_head(text, text.n - parts.build.n), &why);
    if (!a && r->failure != MF_QUERY_NOT_EXIST)
        *err = why;
    else
        r->failure = first;
    return a;
}

static int query_revision(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    const struct mf_answer *a = ask_revision(r, err);
    if (!a)
        return -1;
    int rc = check_allowed(r, a->info.version, err);
    if (rc <= 0)
        return rc < 0 ? -1 : fail(r, MF_QUERY_DISALLOWED);
    return take(r, &a->info, out);
}

/* r->path at r->proxy. */
static int query_module(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    const struct mf_query *q = r->query;
    if (mf_modpath_check(r->path, err) < 0) {
        err->code = MF_E_USAGE;
        return fail(r, MF_QUERY_BAD_PATH);
    }
    if (mf_querymatch_read(r->path, q->text, q->current, &r->match, err) < 0)
        return fail(r, mf_str_eq(q->text, MF_LIT("patch")) ? MF_QUERY_NO_BASE : MF_QUERY_OTHER);
    return r->match.by_info ? query_revision(r, out, err) : query_list(r, out, err);
}

/* --- modules of a package path, and proxies --- */

static bool may_be_module(struct mf_str path)
{
    struct mf_str prefix, major;
    return mf_modpath_split_major(path, &prefix, &major);
}

/* Which of two failures says more, as go ranks those of the prefixes of a path. */
static int rank(enum mf_query_failure failure)
{
    static const int ranks[] = {[MF_QUERY_FOUND] = 0,    [MF_QUERY_NOT_EXIST] = 1,  [MF_QUERY_BAD_VERSION] = 2,
                                [MF_QUERY_BAD_PATH] = 3, [MF_QUERY_NO_BASE] = 4,    [MF_QUERY_NO_VERSION] = 5,
                                [MF_QUERY_OTHER] = 6,    [MF_QUERY_DISALLOWED] = 6, [MF_QUERY_STOPPED] = 6};
    return ranks[failure];
}

/* The longest prefix first; one that is no module leads to the next. */
static int query_prefixes(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    enum mf_query_failure worst = MF_QUERY_FOUND;
    struct mf_str path = r->query->path;
    for (size_t n = path.n;; n = mf_str_rfind(mf_str_head(path, n), '/')) {
        struct mf_err why = {0};
        r->path = mf_str_head(path, n);
        if (may_be_module(r->path)) {
            if (query_module(r, out, &why) == 0)
                return 0;
            if (rank(r->failure) > rank(worst)) {
                worst = r->failure;
                *err = why;
            }
            if (rank(worst) == rank(MF_QUERY_OTHER))
                return fail(r, worst);
        }
        if (mf_str_find(r->path, '/') == n)
            break;
    }
    if (worst == MF_QUERY_FOUND) {
        mf_err_set(err, MF_E_USAGE, "malformed module path \"%.*s\": invalid version", MF_FMT(path));
        worst = MF_QUERY_BAD_PATH;
    }
    return fail(r, worst);
}

static int query_proxy(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    if (r->query->package)
        return query_prefixes(r, out, err);
    r->path = r->query->path;
    return query_module(r, out, err);
}

static int try_proxies(struct run *r, struct mf_query_result *out, struct mf_err *err)
{
    const struct mf_fetch *fetch = r->table->answers.fetch;
    const struct mf_fetch_options *options = mf_fetch_options(fetch);
    enum mf_query_failure worst = MF_QUERY_FOUND;
    bool decided = false; /* a repository has said it */
    for (size_t i = 0; i < options->proxies->count; i++) {
        const struct mf_proxy *proxy = &options->proxies->list[i];
        const enum mf_proxy_way way = mf_fetch_way(fetch, i, r->query->path);
        struct mf_err why = {0};
        /* what an earlier entry said is worth more than that this is none */
        if (worst != MF_QUERY_FOUND && way == MF_WAY_OFF)
            break;
        if (way == MF_WAY_NONE && !r->query->package && !options->offline)
            continue;
        r->proxy = options->offline ? 0 : i;
        if (query_proxy(r, out, &why) == 0)
            return 0;
        bool absent = r->failure == MF_QUERY_NOT_EXIST;
        if (way == MF_WAY_DIRECT || (!decided && (!absent || worst == MF_QUERY_FOUND || worst == MF_QUERY_NOT_EXIST))) {
            worst = r->failure;
            *err = why;
        }
        decided = decided || way == MF_WAY_DIRECT;
        if (r->failure == MF_QUERY_STOPPED || options->offline || (!absent && !proxy->falls_through))
            break;
    }
    return fail(r, worst);
}

/* --- what is offered --- */

static int check_query(const struct mf_query *q, struct mf_err *err)
{
    if (q->current.n && !mf_semver_canonical(q->current, true))
        return mf_err_set(err, MF_E_USAGE, "invalid previous version %.*s@%.*s", MF_FMT(q->path), MF_FMT(q->current));
    if (mf_str_eq(q->path, MF_LIT("std")) || mf_str_eq(q->path, MF_LIT("cmd")))
        return mf_err_set(err, MF_E_USAGE,
                          "can't query specific version (\"%.*s\") of standard-library module \"%.*s\"",
                          MF_FMT(q->text), MF_FMT(q->path));
    return 0;
}

int mf_query_run(struct mf_queries *t, const struct mf_query *q, struct mf_query_result *out, struct mf_err *err)
{
    struct run r = {.table = t, .query = q};
    struct mf_query_result found;
    out->failure = MF_QUERY_OTHER;
    if (check_query(q, err) < 0)
        return -1;
    if (try_proxies(&r, &found, err) < 0) {
        out->failure = r.failure;
        return -1;
    }
    /* a proxy may name any version for a branch */
    if (mf_module_check(found.module, err) < 0 || !mf_semver_canonical(found.module.version, true)) {
        out->failure = MF_QUERY_BAD_VERSION;
        return mf_err_set(err, MF_E_UPSTREAM, "%.*s@%.*s: the proxy answers with version %.*s, which does not fit",
                          MF_FMT(found.module.path), MF_FMT(q->text), MF_FMT(mf_str_head(found.module.version, 200)));
    }
    if (mf_arena_dup(&t->answers.arena, found.module.path, &found.module.path, err) < 0) {
        out->failure = MF_QUERY_STOPPED;
        return -1;
    }
    *out = found;
    return 0;
}

int mf_query_notes(struct mf_queries *t, struct mf_module m, bool ask_for_it, struct mf_query_notes *out,
                   bool *known_out, struct mf_err *err)
{
    struct mf_str why;
    const struct latest *latest = ask_for_it ? get_latest(t, m.path, err) : find_latest(t, m.path);
    *out = (struct mf_query_notes){0};
    *known_out = latest && latest->found;
    if (ask_for_it && !latest)
        return -1;
    if (!*known_out)
        return 0;
    if (is_retracted(latest, m.version, &why))
        out->retracted = short_note(why, RETRACTED);
    out->deprecated = short_note(latest->gomod->deprecated, (struct mf_str){NULL, 0});
    return 0;
}

/* The version whose files will be wanted, where the list tells it alone. */
static struct mf_str guess_latest(const struct mf_versionlist *list)
{
    struct mf_str release = {NULL, 0};
    for (size_t i = 0; i < list->count; i++) {
        if (mf_str_ends(list->versions[i], MF_LIT("+incompatible")))
            return (struct mf_str){NULL, 0};
        if (mf_semver_is_release(list->versions[i]))
            release = list->versions[i];
    }
    return release;
}

/* The first entry of GOPROXY that is for the module; the last one where none is. */
static size_t first_entry(const struct mf_fetch *fetch, struct mf_str path)
{
    size_t i = 0;
    while (i + 1 < mf_fetch_options(fetch)->proxies->count && mf_fetch_way(fetch, i, path) == MF_WAY_NONE)
        i++;
    return i;
}

int mf_query_prefetch(struct mf_queries *t, const struct mf_module *modules, size_t count, struct mf_err *err)
{
    struct mf_answers *answers = &t->answers;
    for (size_t i = 0; i < count; i++) {
        struct mf_module any = {modules[i].path, {NULL, 0}};
        if (mf_answers_want(answers, MF_ANSWER_LIST, first_entry(answers->fetch, any.path), any, err) < 0)
            return -1;
    }
    if (mf_fetch_run(answers->fetch, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct mf_module m = {modules[i].path, {NULL, 0}};
        const size_t entry = first_entry(answers->fetch, m.path);
        const struct mf_answer *list = mf_answers_get(answers, MF_ANSWER_LIST, entry, m, err);
        if (!list)
            return -1;
        m.version = list->error ? m.version : guess_latest(&list->list);
        if (m.version.n && (mf_answers_want(answers, MF_ANSWER_INFO, entry, m, err) < 0 ||
                            mf_answers_want(answers, MF_ANSWER_MOD, 0, m, err) < 0))
            return -1;
    }
    return mf_fetch_run(answers->fetch, err);
}
