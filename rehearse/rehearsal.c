#include "rehearse/rehearsal.h"

#include "rehearse/promised.h"
#include "rehearse/workplace.h"

#define RUNS_MAX 100000 /* of one root: commands times platforms */

int mf_rehearsal_open(struct mf_rehearsal *r, struct mf_err *err)
{
    static const char *const places[] = {"home", "gopath", "modcache", "cache", "tmp"};
    static const struct mf_str words[] = {{"go", 2}, {"env", 3}, {"GOVERSION", 9}, {"GOOS", 4}, {"GOARCH", 6}};
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(4 * MF_KIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf tail = MF_BUF_INIT(MF_KIB);
    struct mf_gorun_how how = {.cwd = r->top, .go_work = "off"};
    struct mf_process_end end;
    for (size_t i = 0; i < MF_COUNT(places); i++)
        if (mf_dir_make(r->top, places[i], err) < 0)
            return -1;
    /* go would start a process of its own that goes on writing there (x/telemetry, start.go) */
    if (mf_dir_write(r->top, "home/.config/go/telemetry/mode", MF_LIT("off"), 0644, err) < 0)
        return -1;
    if (mf_dir_stat(r->top, ".", &r->top_stat, err) < 0 ||
        mf_gorun(&r->go, words, MF_COUNT(words), &how, &out, &tail, &end, err) < 0)
        return -1;
    struct mf_str rest = mf_buf_view(&out);
    struct mf_str version = mf_str_cut(rest, '\n', &rest), os = mf_str_cut(rest, '\n', &rest);
    struct mf_str arch = mf_str_cut(rest, '\n', &rest);
    if (end.status != 0 || version.n == 0 || os.n == 0 || arch.n == 0)
        return mf_err_set(err, MF_E_IO, "%s env: exit status %d: %.*s", r->go.go, end.status,
                          MF_FMT(mf_buf_view(&tail)));
    if (mf_arena_dup(r->arena, version, &r->version, err) < 0)
        return -1;
    return mf_arena_join(r->arena, os, MF_LIT("/"), arch, &r->platform, err);
}

/* One root under way. */
struct rehearsing {
    struct mf_rehearsal *r;
    const struct mf_manifest *m;
    const struct mf_manifest_root *root;
    struct mf_workplace place;
    struct mf_manifest_run *runs;
    size_t count;
    /* of `go get path@version` in a new module, run before everything else */
    struct mf_process_end got;
    struct mf_buf got_tail;
};

static void release_rehearsing(struct rehearsing *s)
{
    mf_workplace_release(&s->place);
    mf_buf_release(&s->got_tail);
}

static void report(struct rehearsing *s, struct mf_manifest_run run, uint64_t milliseconds, struct mf_str output)
{
    s->runs[s->count++] = run;
    if (s->r->report)
        s->r->report(s->r->report_ctx, &s->runs[s->count - 1], milliseconds, output);
}

static int explain(const struct rehearsing *s, const struct mf_process_end *end, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(256);
    if (end->timed_out)
        mf_buf_fmt(&text, "not done after %u minutes", s->r->go.seconds / 60);
    else if (end->status > 128)
        mf_buf_fmt(&text, "ended by signal %d", end->status - 128);
    else
        mf_buf_fmt(&text, "exit status %d", end->status);
    return mf_buf_check(&text, err) < 0 ? -1 : mf_arena_dup(s->r->arena, mf_buf_view(&text), out, err);
}

static int report_end(struct rehearsing *s, struct mf_manifest_run run, const struct mf_process_end *end,
                      struct mf_str output, struct mf_err *err)
{
    bool good = end->status == 0 && !end->timed_out;
    run.result = good ? MF_LIT("ok") : MF_LIT("failed");
    if (!good && explain(s, end, &run.why, err) < 0)
        return -1;
    report(s, run, end->milliseconds, output);
    return 0;
}

static void report_skipped(struct rehearsing *s, struct mf_manifest_run run, struct mf_str result, struct mf_str why)
{
    run.result = result;
    run.why = why;
    report(s, run, 0, MF_LIT(""));
}

/* go get, in a module made for it. What it leaves is the place of all others. */
static int get_root(struct rehearsing *s, struct mf_err *err)
{
    static const struct mf_str init[] = {{"go", 2}, {"mod", 3}, {"init", 4}, MF_LIT(MF_WORKPLACE_MODULE)};
    MF_CLEANUP(mf_buf_release) struct mf_buf tail = MF_BUF_INIT(MF_KIB);
    struct mf_str at, get[] = {MF_LIT("go"), MF_LIT("get"), {0}};
    const struct mf_module id = s->root->module;
    struct mf_process_end end;
    if (mf_arena_join(s->r->arena, id.path, MF_LIT("@"), id.version, &at, err) < 0 ||
        mf_workplace_make(&s->place, err) < 0 ||
        mf_gorun(&s->r->go, init, MF_COUNT(init), &s->place.how, NULL, &tail, &end, err) < 0)
        return -1;
    if (end.status != 0)
        return mf_err_set(err, MF_E_IO, "go mod init: exit status %d: %.*s", end.status, MF_FMT(mf_buf_view(&tail)));
    get[2] = at;
    if (mf_gorun(&s->r->go, get, MF_COUNT(get), &s->place.how, NULL, &s->got_tail, &s->got, err) < 0)
        return -1;
    return mf_workplace_keep(&s->place, err);
}

/* -tags behind the subcommand. */
static int add_tags(const struct rehearsing *s, struct mf_promised *p, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(16 * MF_KIB);
    if (!(p->traits & MF_PROMISED_BUILDS) || s->m->tag_count == 0 || p->word_count == MF_PROMISED_WORDS_MAX)
        return 0;
    mf_buf_str(&text, MF_LIT("-tags="));
    for (size_t i = 0; i < s->m->tag_count; i++)
        mf_buf_fmt(&text, "%s%.*s", i ? "," : "", MF_FMT(s->m->tags[i]));
    memmove(&p->words[3], &p->words[2], (p->word_count++ - 2) * sizeof(p->words[0]));
    p->stands_in = true;
    return mf_buf_check(&text, err) < 0 ? -1 : mf_arena_dup(s->r->arena, mf_buf_view(&text), &p->words[2], err);
}

static int join_words(const struct rehearsing *s, const struct mf_promised *p, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(32 * MF_KIB);
    for (size_t i = 0; i < p->word_count; i++)
        mf_buf_fmt(&text, "%s%.*s", i ? " " : "", MF_FMT(p->words[i]));
    return mf_buf_check(&text, err) < 0 ? -1 : mf_arena_dup(s->r->arena, mf_buf_view(&text), out, err);
}

static int run_one(struct rehearsing *s, const struct mf_promised *p, struct mf_manifest_run run, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf tail = MF_BUF_INIT(MF_REHEARSAL_OUTPUT_MAX);
    struct mf_process_end end;
    if (mf_workplace_make(&s->place, err) < 0)
        return -1;
    s->place.how.platform = run.platform;
    s->place.how.foreign = run.platform.n && !mf_str_eq(run.platform, s->r->platform);
    s->place.fresh = !(p->traits & MF_PROMISED_WRITES);
    if (mf_gorun(&s->r->go, p->words, p->word_count, &s->place.how, NULL, &tail, &end, err) < 0)
        return -1;
    return report_end(s, run, &end, mf_buf_view(&tail), err);
}

static bool made_for(const struct mf_manifest *m, struct mf_str platform)
{
    for (size_t i = 0; i < m->platform_count; i++)
        if (mf_str_eq(m->platforms[i], platform))
            return true;
    return m->platform_count == 0;
}

static int run_platforms(struct rehearsing *s, const struct mf_promised *p, struct mf_manifest_run run,
                         struct mf_err *err)
{
    bool each = p->traits & MF_PROMISED_BUILDS && s->m->platform_count;
    if (p->traits & MF_PROMISED_TESTS && !s->r->run_tests) {
        report_skipped(s, run, MF_LIT("skipped"), MF_LIT("runs code of the modules, and --run-tests was not given"));
        return 0;
    }
    if (p->traits & MF_PROMISED_TESTS && !made_for(s->m, s->r->platform)) {
        report_skipped(s, run, MF_LIT("skipped"),
                       MF_LIT("tests run here only, and this platform is not among those of the bundle"));
        return 0;
    }
    if (!each || p->traits & MF_PROMISED_TESTS)
        return run_one(s, p, run, err);
    for (size_t i = 0; i < s->m->platform_count; i++) {
        run.platform = s->m->platforms[i];
        if (run_one(s, p, run, err) < 0)
            return -1;
    }
    return 0;
}

static int rehearse_command(struct rehearsing *s, struct mf_str command, struct mf_err *err)
{
    struct mf_promised p;
    struct mf_manifest_run run = {.command = command};
    bool is_new = s->root->module.version.n > 0;
    if (!mf_promised_find(command, s->root, &p)) {
        report_skipped(s, run, MF_LIT("failed"), MF_LIT("unknown command: it was not run"));
        return 0;
    }
    if (is_new && p.traits & MF_PROMISED_GETS)
        return report_end(s, run, &s->got, mf_buf_view(&s->got_tail), err);
    if (is_new && (s->got.status != 0 || s->got.timed_out)) {
        report_skipped(s, run, MF_LIT("failed"), MF_LIT("go get of this root failed before it"));
        return 0;
    }
    if (add_tags(s, &p, err) < 0 || (p.stands_in && join_words(s, &p, &run.ran, err) < 0))
        return -1;
    return run_platforms(s, &p, run, err) < 0 ? mf_err_prefix(err, "%.*s", MF_FMT(command)) : 0;
}

/* What a reader of the record has to know besides. */
static int note_settings(struct mf_rehearsal *r, bool vendored, struct mf_manifest_rehearsed *out, struct mf_err *err)
{
    out->settings = mf_arena_array(r->arena, 2, sizeof(*out->settings), err);
    if (!out->settings)
        return -1;
    if (vendored)
        out->settings[out->setting_count++] = MF_LIT("GOFLAGS=-mod=readonly");
    if (r->setting.n)
        out->settings[out->setting_count++] = r->setting;
    return 0;
}

int mf_rehearsal_root(struct mf_rehearsal *r, const struct mf_manifest *m, size_t index, const struct mf_source *source,
                      struct mf_manifest_rehearsed *out, struct mf_err *err)
{
    MF_CLEANUP(release_rehearsing)
    struct rehearsing s = {.r = r,
                           .m = m,
                           .root = &m->roots[index],
                           .place = {.root = &m->roots[index],
                                     .source = source,
                                     .parent = r->top,
                                     .parent_path = r->go.top,
                                     .except = &r->top_stat,
                                     .stop = r->go.stop},
                           .got_tail = MF_BUF_INIT(MF_REHEARSAL_OUTPUT_MAX)};
    size_t each = m->platform_count ? m->platform_count : 1;
    mf_workplace_init(&s.place);
    if (s.root->command_count > RUNS_MAX / each)
        return mf_err_set(err, MF_E_LIMIT, "more than %d commands and platforms", RUNS_MAX);
    s.runs = mf_arena_array(r->arena, s.root->command_count * each, sizeof(*s.runs), err);
    if (!s.runs || (!source && get_root(&s, err) < 0))
        return -1;
    for (size_t i = 0; i < s.root->command_count; i++)
        if (rehearse_command(&s, s.root->commands[i], err) < 0)
            return -1;
    *out =
        (struct mf_manifest_rehearsed){.go = r->version, .platform = r->platform, .runs = s.runs, .run_count = s.count};
    return note_settings(r, source && source->vendored, out, err);
}
