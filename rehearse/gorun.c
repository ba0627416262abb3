#include "rehearse/gorun.h"

#include "formats/base/arena.h"

enum { ENV_MAX = 48, ARGV_MAX = 16 };

struct environment {
    const char *list[ENV_MAX + 1];
    size_t count;
    struct mf_arena *arena;
};

static int put(struct environment *e, const char *name, struct mf_str value, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(64 * MF_KIB);
    struct mf_str kept;
    mf_buf_fmt(&text, "%s=%.*s", name, MF_FMT(value));
    if (mf_buf_check(&text, err) < 0 || mf_arena_dup(e->arena, mf_buf_view(&text), &kept, err) < 0)
        return mf_err_prefix(err, "set %s", name);
    if (e->count == ENV_MAX)
        return mf_err_set(err, MF_E_LIMIT, "set %s: more than %d settings", name, ENV_MAX);
    e->list[e->count++] = kept.p;
    return 0;
}

/* Directories that go fills, each below the temporary one. */
static int put_places(struct environment *e, const char *top, struct mf_err *err)
{
    static const char *const places[][2] = {{"HOME", "home"},     {"GOPATH", "gopath"}, {"GOMODCACHE", "modcache"},
                                            {"GOCACHE", "cache"}, {"TMPDIR", "tmp"},    {"GOTMPDIR", "tmp"}};
    for (size_t i = 0; i < MF_COUNT(places); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(16 * MF_KIB);
        mf_buf_fmt(&path, "%s/%s", top, places[i][1]);
        if (mf_buf_check(&path, err) < 0 || put(e, places[i][0], mf_buf_view(&path), err) < 0)
            return -1;
    }
    return 0;
}

static int put_platform(struct environment *e, const struct mf_gorun_how *how, struct mf_err *err)
{
    struct mf_str arch, os = mf_str_cut(how->platform, '/', &arch);
    if (how->platform.n == 0)
        return 0;
    if (put(e, "GOOS", os, err) < 0 || put(e, "GOARCH", arch, err) < 0)
        return -1;
    return how->foreign ? put(e, "CGO_ENABLED", MF_LIT("0"), err) : 0;
}

static int fill(struct environment *e, const struct mf_gorun *g, const struct mf_gorun_how *how, struct mf_err *err)
{
    if (put(e, "PATH", mf_str(g->search), err) < 0 || put(e, "LC_ALL", MF_LIT("C"), err) < 0 ||
        put(e, "GOENV", MF_LIT("off"), err) < 0 || put(e, "GOWORK", mf_str(how->go_work), err) < 0 ||
        put_places(e, g->top, err) < 0 || put_platform(e, how, err) < 0)
        return -1;
    if (how->ignore_vendor && put(e, "GOFLAGS", MF_LIT("-mod=readonly"), err) < 0)
        return -1;
    for (size_t i = 0; i < g->setting_count; i++)
        if (put(e, g->settings[i].name, g->settings[i].value, err) < 0)
            return -1;
    return 0;
}

int mf_gorun(const struct mf_gorun *g, const struct mf_str *words, size_t word_count, const struct mf_gorun_how *how,
             struct mf_buf *out, struct mf_buf *tail, struct mf_process_end *end, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct environment env = {.arena = &arena};
    const char *argv[ARGV_MAX + 1] = {g->go};
    if (word_count > ARGV_MAX)
        return mf_err_set(err, MF_E_LIMIT, "more than %d arguments", ARGV_MAX);
    for (size_t i = 1; i < word_count; i++) {
        struct mf_str kept;
        if (mf_arena_dup(&arena, words[i], &kept, err) < 0)
            return -1;
        argv[i] = kept.p;
    }
    if (fill(&env, g, how, err) < 0)
        return -1;
    struct mf_process process = {.argv = argv,
                                 .env = env.list,
                                 .cwd = how->cwd.fd,
                                 .no_network = true,
                                 .seconds = g->seconds,
                                 .stop = g->stop,
                                 .out = out,
                                 .tail = tail};
    return mf_process_run(&process, end, err);
}
