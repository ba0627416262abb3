/* modferry rehearse: run what a bundle promises, from a temporary tree, without
 * network. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/basearg.h"
#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/rehearserecord.h"
#include "cmd/rehearsereport.h"
#include "cmd/report.h"
#include "cmd/walk.h"
#include "formats/cjson.h"
#include "verify/treeenv.h"

#define ARENA_MAX (64 * MF_MIB)
#define TREE "tree" /* in the temporary directory */
#define MINUTES 60  /* the longest that a command may take by default */

static const char *const usage[] = {
    "rehearse BUNDLE [--root DIR]... (--pubkey FILE... | --trust FILE | --allow-unsigned) [--run-tests] [--record "
    "FILE] [OPTION...]",
    NULL,
};
static const char *const examples[] = {
    "modferry rehearse deps.tar.zst --root ./service --pubkey team.pub",
    "modferry rehearse deps.tar.zst --root . --allow-unsigned --run-tests --record rehearsed.tar.zst",
    NULL,
};
static const char *const operands[] = {"BUNDLE", NULL};
static const struct mf_cli_option options[] = {
    {"root", 'r', "DIR", "the sources of a root that is a directory, as they were packed; may be repeated", true},
    MF_BASEARG_OPTION,
    MF_TRUSTOPTS_OPTIONS,
    {"run-tests", 0, NULL, "run `go test` too, which executes code of the modules", false},
    {"record", 0, "FILE", "write the bundle with the result in its manifest, unsigned, to FILE", false},
    {"timeout", 0, "MINUTES", "how long one command may take (default: 60)", false},
    MF_CLIARGS_JSON,
    MF_CLIARGS_JOBS,
    MF_PROGRESS_OPTIONS,
    {0},
};

enum { SETTINGS_MAX = 16 };

/* One run of the command. */
struct job {
    const struct mf_cli_args *args;
    struct mf_bundlearg bundle;
    struct mf_sources sources;
    const struct mf_source **source; /* of each root; NULL where none */
    struct mf_arena arena;
    /* the temporary directory */
    struct mf_temp temp;
    int alive; /* the lock in it; -1: not taken */
    char top[PATH_MAX];
    struct mf_buf go; /* path of the go command */
    struct mf_gorun_setting settings[SETTINGS_MAX];
    struct mf_rehearsal rehearsal;
    struct mf_rehearsereport report;
};

/* Processes have ended by now; the last thing is to remove what they made. */
static void release_job(struct job *job)
{
    mf_rehearsereport_release(&job->report);
    mf_dir_release(&job->rehearsal.top);
    mf_buf_release(&job->go);
    mf_sources_release(&job->sources);
    mf_arena_release(&job->arena);
    mf_bundlearg_release(&job->bundle);
    mf_temp_release(&job->temp);
    mf_fd_release(&job->alive);
}

static int check_given(const struct job *job, struct mf_err *err)
{
    const struct mf_manifest *m = &job->bundle.gate.manifest;
    for (size_t given = 0; given < job->sources.given_count; given++) {
        bool used = false;
        for (size_t i = 0; i < m->root_count; i++)
            used = used || (job->source[i] && job->source[i]->given == given);
        /* a workspace may be named by several of its modules */
        for (size_t i = 0; i < m->root_count && !used; i++)
            for (size_t k = 0; k < job->sources.count; k++)
                used = used || (job->sources.list[k].given == given && job->source[i] &&
                                strcmp(job->sources.list[k].top, job->source[i]->top) == 0);
        if (!used) {
            mf_err_set(err, MF_E_USAGE, "root %s: it is none of the directories that this bundle was packed from",
                       job->sources.given[given]);
            return mf_err_next(err, "`modferry list` shows the roots of the bundle");
        }
    }
    return 0;
}

/* Which roots can be rehearsed, before anything is written. */
static int find_sources(struct job *job, struct mf_err *err)
{
    const struct mf_manifest *m = &job->bundle.gate.manifest;
    size_t able = 0;
    job->source = mf_arena_array(&job->arena, m->root_count, sizeof(const struct mf_source *), err);
    if (!job->source)
        return -1;
    for (const char *dir; (dir = mf_cliargs_nth(job->args, "root", job->sources.given_count));)
        if (mf_sources_add(&job->sources, dir, err) < 0)
            return -1;
    for (size_t i = 0; i < m->root_count; i++) {
        bool is_module = m->roots[i].module.version.n > 0;
        if (!is_module && mf_sources_find(&job->sources, &m->roots[i], &job->source[i], err) < 0)
            return -1;
        able += is_module || job->source[i];
    }
    if (check_given(job, err) < 0)
        return -1;
    if (able > 0)
        return 0;
    mf_err_set(err, MF_E_USAGE, "nothing can be rehearsed: the roots are directories, and their sources do not travel");
    return mf_err_next(err, "pass --root DIR for each of them");
}

static int check_space(const struct job *job, int fd, struct mf_err *err)
{
    const struct mf_manifest *m = &job->bundle.gate.manifest;
    char have[MF_OUTPUT_SIZE], want[MF_OUTPUT_SIZE];
    uint64_t free_bytes, sum = 0;
    for (size_t i = 0; i < m->module_count; i++)
        sum += m->modules[i].size;
    if (mf_files_free(fd, mf_dir_tmp(), &free_bytes, err) < 0)
        return -1;
    /* zips in the tree and in the module cache, where they are extracted too */
    if (free_bytes / 2 >= sum)
        return 0;
    mf_err_set(err, MF_E_SPACE, "%s has %s free, and rehearsing needs about %s and room for builds", mf_dir_tmp(),
               mf_output_size(free_bytes, have), mf_output_size(2 * sum, want));
    return mf_err_next(err, "free some space, or let TMPDIR name another directory");
}

/* In the directory of a rehearsal; locked while it goes on. */
#define ALIVE "rehearsal"

/* Removes the directory of a rehearsal of ours that was killed. */
static int sweep_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_err ignored;
    struct stat st;
    (void)ctx;
    (void)err;
    if (type != DT_DIR || !mf_temp_is(entry) || mf_dir_sub(&dir, parent, entry, false, &ignored) < 0 ||
        fstat(dir.fd, &st) < 0 || st.st_uid != geteuid() || mf_dir_stat(dir, ALIVE, &st, &ignored) <= 0)
        return 0;
    MF_CLEANUP(mf_fd_release) int lock = mf_dir_lock(dir, ALIVE, false, &ignored);
    if (lock >= 0 && mf_dir_remove(parent, entry, &ignored) < 0)
        mf_report_warning("%s/%s is left from a rehearsal that was killed, and cannot be removed", mf_dir_tmp(), entry);
    return 0;
}

static int make_top(struct job *job, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir tmp = MF_DIR_NONE;
    char real[PATH_MAX];
    if (mf_files_dir(mf_dir_tmp(), false, &tmp, err) < 0 || mf_dir_each(tmp, ".", sweep_entry, NULL, err) < 0 ||
        check_space(job, tmp.fd, err) < 0)
        return -1;
    if (!realpath(mf_dir_tmp(), real))
        return mf_err_errno(err, errno, "find %s", mf_dir_tmp());
    if (mf_temp_open_dir(&job->temp, tmp, "rehearsal", err) < 0 ||
        mf_dir_sub(&job->rehearsal.top, job->temp.parent, job->temp.name, false, err) < 0)
        return -1;
    job->alive = mf_dir_lock(job->rehearsal.top, ALIVE, true, err);
    if (job->alive < 0)
        return -1;
    int n = snprintf(job->top, sizeof(job->top), "%s/%s", real, job->temp.name);
    return n < 0 || (size_t)n >= sizeof(job->top) ? mf_err_errno(err, ENAMETOOLONG, "%s", real) : 0;
}

static int add_setting(struct job *job, const char *name, struct mf_str value, struct mf_err *err)
{
    struct mf_str kept_name, kept;
    struct mf_gorun *go = &job->rehearsal.go;
    if (go->setting_count == SETTINGS_MAX)
        return mf_err_set(err, MF_E_LIMIT, "more than %d settings", SETTINGS_MAX);
    if (mf_arena_dup(&job->arena, mf_str(name), &kept_name, err) < 0 ||
        mf_arena_dup(&job->arena, value, &kept, err) < 0)
        return -1;
    job->settings[go->setting_count++] = (struct mf_gorun_setting){kept_name.p, kept};
    return 0;
}

/* The settings of `modferry env --format json` for the tree. Without a checksum
 * database among them the one of the world would be asked, where go.sum does not
 * have a line. */
static int make_settings(struct job *job, struct mf_dir dir, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(2 * PATH_MAX), text = MF_BUF_INIT(64 * MF_KIB);
    MF_CLEANUP(mf_cjson_release) json_t *document = NULL;
    struct mf_treesumdb_record sumdb;
    struct mf_treeenv tree = {.sumdb = &sumdb};
    const char *name;
    json_t *value;
    mf_buf_fmt(&path, "%s/" TREE, job->top);
    tree.path = mf_buf_view(&path);
    if (mf_buf_check(&path, err) < 0 || mf_check_kind(dir, &tree.kind, &tree.toolchains, err) < 0 ||
        mf_treesumdb_read(dir, &sumdb, &job->arena, err) < 0 || mf_treeenv_write(&tree, MF_ENV_JSON, &text, err) < 0)
        return -1;
    document = json_loadb(text.p, text.n, 0, NULL);
    if (!document)
        return mf_err_nomem(err);
    json_t *env = json_object_get(document, "env");
    job->rehearsal.go.settings = job->settings;
    json_object_foreach(env, name,
                        value) if (add_setting(job, name, mf_str(json_string_value(value)), err) < 0) return -1;
    if (json_object_get(env, "GOSUMDB"))
        return 0;
    job->rehearsal.setting = MF_LIT("GOSUMDB=off");
    return add_setting(job, "GOSUMDB", MF_LIT("off"), err);
}

static int find_go(struct job *job, struct mf_err *err)
{
    unsigned long minutes;
    struct mf_gorun *go = &job->rehearsal.go;
    const char *search = getenv("PATH");
    if (mf_cliargs_number(job->args, "timeout", 1, 10080, MINUTES, &minutes, err) < 0)
        return -1;
    if (!search || !mf_process_find("go", search, &job->go)) {
        mf_err_set(err, MF_E_IO, "no go command in the absolute directories of PATH");
        return mf_err_next(err, "install Go, or put its bin directory into PATH");
    }
    go->go = mf_buf_cstr(&job->go);
    go->search = search;
    go->top = job->top;
    go->seconds = (unsigned)minutes * 60;
    go->stop = mf_interrupt_watch();
    job->rehearsal.run_tests = mf_cliargs_has(job->args, "run-tests");
    job->rehearsal.report = mf_rehearsereport_command;
    job->rehearsal.report_ctx = &job->report;
    job->rehearsal.arena = &job->arena;
    job->report.json = mf_cliargs_has(job->args, "json");
    return go->go ? 0 : mf_buf_check(&job->go, err);
}

static int unpack(struct job *job, const struct mf_trust *trust, struct mf_err *err)
{
    MF_CLEANUP(mf_progress_release) struct mf_progress progress = MF_PROGRESS_INIT;
    MF_CLEANUP(mf_dir_release) struct mf_dir tree = MF_DIR_NONE;
    MF_CLEANUP(mf_walk_release) struct mf_walk walk = MF_WALK_INIT;
    struct mf_unpack_result result;
    MF_CLEANUP(mf_basearg_release) struct mf_basearg base = MF_BASEARG_INIT;
    if (mf_walk_options(job->args, "unpack", &progress, &walk, err) < 0 ||
        mf_basearg_open(job->args, walk.options.threads, &base, err) < 0 ||
        mf_basearg_pass(trust, &base, &walk.options, err) < 0 ||
        mf_dir_sub(&tree, job->rehearsal.top, TREE, true, err) < 0 ||
        mf_unpack_proxy(job->bundle.fd, job->bundle.name, &job->bundle.gate, tree, &walk.options, &result, err) < 0)
        return -1;
    return make_settings(job, tree, err);
}

static int rehearse_roots(struct job *job, struct mf_manifest_root *roots, struct mf_err *err)
{
    const struct mf_manifest *m = &job->bundle.gate.manifest;
    struct mf_str when;
    if (mf_rehearserecord_time(&when, &job->arena, err) < 0)
        return -1;
    for (size_t i = 0; i < m->root_count; i++) {
        bool able = m->roots[i].module.version.n || job->source[i];
        struct mf_manifest_rehearsed *result = &roots[i].rehearsed;
        mf_rehearsereport_root(&job->report, &m->roots[i], job->source[i]);
        if (able && mf_rehearsal_root(&job->rehearsal, m, i, job->source[i], result, err) < 0)
            return mf_err_prefix(err, "%.*s", MF_FMT(m->roots[i].module.path));
        if (able) {
            result->time = when;
            result->tool = MF_LIT("modferry " MODFERRY_VERSION);
        }
        mf_rehearsereport_root_end(&job->report, &m->roots[i],
                                   able ? MF_LIT("") : MF_LIT("its sources do not travel: pass --root DIR"));
    }
    return 0;
}

static int rehearse(struct job *job, struct mf_err *err)
{
    const struct mf_manifest *m = &job->bundle.gate.manifest;
    const char *record = mf_cliargs_value(job->args, "record");
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    if (mf_trustopts_read(job->args, MF_TRUSTOPTS_USE, &trust, err) < 0 || find_go(job, err) < 0 ||
        mf_bundlearg_open(job->args->operands[0], &job->bundle, err) < 0 ||
        mf_bundlearg_pass(&trust, &job->bundle, err) < 0 ||
        (record && mf_rehearserecord_check(&job->bundle, record, err) < 0) || find_sources(job, err) < 0 ||
        make_top(job, err) < 0 || mf_rehearsal_open(&job->rehearsal, err) < 0 || unpack(job, &trust.trust, err) < 0)
        return -1;
    mf_rehearsereport_start(&job->report, &job->bundle, &job->rehearsal);
    struct mf_manifest_root *roots = mf_arena_array(&job->arena, m->root_count, sizeof(*roots), err);
    if (!roots)
        return -1;
    if (m->root_count)
        memcpy(roots, m->roots, m->root_count * sizeof(*roots));
    if (rehearse_roots(job, roots, err) < 0 ||
        (record && mf_rehearserecord_write(&job->bundle, roots, record, err) < 0) ||
        mf_rehearsereport_end(&job->report, &job->bundle, &job->rehearsal, record, err) < 0)
        return -1;
    return job->report.failed > 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(release_job)
    struct job job = {.args = args,
                      .bundle = MF_BUNDLEARG_INIT,
                      .sources = MF_SOURCES_INIT,
                      .arena = MF_ARENA_INIT(ARENA_MAX),
                      .temp = MF_TEMP_INIT,
                      .alive = -1,
                      .go = MF_BUF_INIT(PATH_MAX),
                      .rehearsal = {.top = MF_DIR_NONE}};
    int status = rehearse(&job, err);
    return status < 0 ? mf_err_prefix(err, "rehearse %s", args->operands[0]) : status;
}

const struct mf_cli_command mf_cmd_rehearse = {
    .name = "rehearse",
    .summary = "Run the go commands that a bundle promises",
    .usage = usage,
    .description =
        "Checks the bundle as `verify` does, unpacks it into a temporary proxy tree, and runs the commands that its "
        "manifest promises with the `go` of PATH: in a network namespace, with an environment of their own and empty "
        "caches. Only commands that modferry itself promises are run; another text in the manifest counts as failed. "
        "Three have a stand-in that reads the same modules and executes nothing of them: `go build ./...` for `go run "
        "PACKAGE`, `go build tool` for `go tool NAME`, `go list -test -deps all` for `go test all`.\n"
        "A root path@version is rehearsed in a new module. A root that is a directory needs its sources: --root DIR, "
        "with the go.mod and go.sum (go.work, go.work.sum) that were packed. Commands work on a copy of it, for a "
        "workspace of the directory of go.work. A root without sources is skipped; the current directory "
        "is not taken unasked.\n"
        "The exit status is 0 where nothing failed, and 1 where a promise was not kept. With --record the result is "
        "written into "
        "the manifest of a new file, also where something failed: same content, same bundle id, no signature. Look "
        "at it with `modferry list`, then sign it.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
