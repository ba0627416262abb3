#include "bundle/vcs/git.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/process.h"

enum { TAIL_MAX = 2000, SHOWN_MAX = 600, ARGS_MAX = 64 };

/* Variables that would lead git to another repository, or past what is fetched. */
static const char *const left_out[] = {"GIT_DIR",
                                       "GIT_WORK_TREE",
                                       "GIT_INDEX_FILE",
                                       "GIT_OBJECT_DIRECTORY",
                                       "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                       "GIT_COMMON_DIR",
                                       "GIT_NAMESPACE",
                                       "GIT_PREFIX",
                                       "GIT_SHALLOW_FILE",
                                       "GIT_GRAFT_FILE",
                                       "GIT_ATTR_SOURCE",
                                       "GIT_REPLACE_REF_BASE",
                                       "GIT_CONFIG",
                                       "GIT_TERMINAL_PROMPT",
                                       "GIT_NO_REPLACE_OBJECTS",
                                       "GIT_TEMPLATE_DIR",
                                       "GIT_CURL_VERBOSE",
                                       "LC_ALL",
                                       "LANGUAGE",
                                       "GIT_LITERAL_PATHSPECS",
                                       "GIT_GLOB_PATHSPECS",
                                       "GIT_NOGLOB_PATHSPECS",
                                       "GIT_ICASE_PATHSPECS"};

/* What is set, and what is set unless the environment has it. */
static const char *const always[] = {"GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_LITERAL_PATHSPECS=1",
                                     "GIT_ATTR_NOSYSTEM=1", "LC_ALL=C"};
static const char *const otherwise[] = {"GCM_INTERACTIVE=never", "GIT_HTTP_LOW_SPEED_LIMIT=1",
                                        "GIT_HTTP_LOW_SPEED_TIME=60"};

/* Options of every call; and of those where GOINSECURE matches. */
static const char *const options[] = {
    "core.hooksPath=/dev/null",  "core.attributesFile=/dev/null", "gc.auto=0",
    "maintenance.auto=false",    "protocol.allow=never",          "protocol.https.allow=always",
    "protocol.ssh.allow=always", "protocol.file.allow=always"};
static const char *const insecure_options[] = {"protocol.http.allow=always", "protocol.git.allow=always"};

static bool has_name(const char *variable, const char *name)
{
    const size_t n = strcspn(name, "=");
    return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

/* Traces could hold credentials, and would go into messages. */
static bool is_left_out(const char *variable)
{
    if (strncmp(variable, "GIT_TRACE", strlen("GIT_TRACE")) == 0)
        return true;
    for (size_t i = 0; i < MF_COUNT(left_out); i++)
        if (has_name(variable, left_out[i]))
            return true;
    return false;
}

static bool is_set(const char *const *env, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (has_name(env[i], name))
            return true;
    return false;
}

static int write_roots(struct mf_git *g, struct mf_dir dir, struct mf_str roots, struct mf_str *variable,
                       struct mf_err *err)
{
    char place[PATH_MAX], link[64];
    const char *file = getenv("SSL_CERT_FILE");
    *variable = (struct mf_str){NULL, 0};
    if (!roots.n)
        return file && file[0] == '/'
                   ? mf_arena_join(&g->arena, MF_LIT("GIT_SSL_CAINFO="), mf_str(file), MF_LIT(""), variable, err)
                   : 0;
    if (mf_temp_open(&g->roots, dir, "roots.pem", 0644, err) < 0 ||
        mf_write_full(g->roots.fd, roots.p, roots.n, "certificates for git", err) < 0)
        return -1;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", g->roots.fd);
    ssize_t n = readlink(link, place, sizeof(place));
    if (n <= 0 || n == sizeof(place))
        return mf_err_set(err, MF_E_IO, "the place of the certificates for git has no name");
    return mf_arena_join(&g->arena, MF_LIT("GIT_SSL_CAINFO="), (struct mf_str){place, (size_t)n}, MF_LIT(""), variable,
                         err);
}

static const char **build_environment(struct mf_git *g, struct mf_str roots, bool in_repository, struct mf_err *err)
{
    size_t n = 0, count = 0;
    while (environ[n])
        n++;
    const char **env = mf_arena_array(&g->arena, n + MF_COUNT(always) + MF_COUNT(otherwise) + 3, sizeof(*env), err);
    if (!env)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!is_left_out(environ[i]))
            env[count++] = environ[i];
    for (size_t i = 0; i < MF_COUNT(always); i++)
        env[count++] = always[i];
    for (size_t i = 0; i < MF_COUNT(otherwise); i++)
        if (!is_set(env, count, otherwise[i]))
            env[count++] = otherwise[i];
    if (roots.n && !is_set(env, count, "GIT_SSL_CAINFO"))
        env[count++] = roots.p;
    /* outside of one, git must not find one in a directory above */
    env[count++] = in_repository ? "GIT_DIR=." : "GIT_DIR=/dev/null";
    return env;
}

int mf_git_open(struct mf_git *g, struct mf_dir dir, struct mf_str roots, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf program = MF_BUF_INIT(PATH_MAX);
    struct mf_str found, variable;
    if (g->env)
        return 0;
    if (!mf_process_find("git", getenv("PATH"), &program)) {
        mf_err_set(err, MF_E_IO, "no git in the absolute directories of PATH");
        return mf_err_next(err, "install git, or set GOPROXY to a module proxy that has the module");
    }
    if (mf_arena_dup(&g->arena, mf_buf_view(&program), &found, err) < 0 ||
        write_roots(g, dir, roots, &variable, err) < 0)
        return -1;
    g->env_in = build_environment(g, variable, true, err);
    const char **env = g->env_in ? build_environment(g, variable, false, err) : NULL;
    g->program = found.p;
    g->env = env;
    return env ? 0 : -1;
}

void mf_git_release(struct mf_git *g)
{
    mf_temp_release(&g->roots);
    mf_arena_release(&g->arena);
    g->env = NULL;
}

bool mf_git_allows_scheme(struct mf_str scheme, bool insecure)
{
    static const char *const secure[] = {"https", "ssh", "git+ssh"}, *const open[] = {"http", "git"};
    struct mf_str own = mf_str(getenv("GIT_ALLOW_PROTOCOL"));
    while (own.n)
        if (mf_str_eq(mf_str_cut(own, ':', &own), scheme))
            return true;
    for (size_t i = 0; !mf_str(getenv("GIT_ALLOW_PROTOCOL")).n && i < MF_COUNT(secure); i++)
        if (mf_str_eq(scheme, mf_str(secure[i])))
            return true;
    for (size_t i = 0; insecure && i < MF_COUNT(open); i++)
        if (mf_str_eq(scheme, mf_str(open[i])))
            return true;
    return false;
}

int mf_git_settle(struct mf_git_question *q, int rc, const struct mf_err *why, struct mf_arena *arena,
                  struct mf_err *err)
{
    if (mf_git_is_open(q) && rc == 0)
        q->answered = true;
    if (q->answered)
        return 0;
    if (!q->refused) {
        const bool passing = why->code == MF_E_NETWORK || why->code == MF_E_UPSTREAM;
        const bool first = passing && !q->passed;
        q->passed = q->passed || passing;
        if (why->code >= MF_E_IO || first) {
            *err = *why;
            return -1;
        }
        q->refused = mf_arena_alloc(arena, sizeof(*why), err);
        if (!q->refused)
            return -1;
        *q->refused = *why;
    }
    *err = *q->refused;
    return -1;
}

/* --- running it --- */

void mf_git_hide_users(struct mf_buf *text)
{
    for (size_t i = 0; i + 3 < text->n; i++) {
        if (memcmp(text->p + i, "://", 3) != 0)
            continue;
        size_t from = i + 3, end = from, at = 0;
        while (end < text->n && !strchr("/ '\"\n\t", text->p[end])) {
            if (text->p[end] == '@')
                at = end + 1;
            end++;
        }
        if (!at)
            continue;
        memmove(text->p + from, text->p + at, text->n - at);
        mf_buf_truncate(text, text->n - (at - from));
    }
}

/* What it said, the lines joined. */
static void tidy(struct mf_buf *tail)
{
    mf_git_hide_users(tail);
    while (tail->n && strchr("\n\r ", tail->p[tail->n - 1]))
        mf_buf_truncate(tail, tail->n - 1);
    for (size_t i = 0; i < tail->n; i++)
        if (tail->p[i] == '\n' || tail->p[i] == '\r')
            tail->p[i] = i && strchr(":.", tail->p[i - 1]) ? ' ' : ';';
    if (tail->n > SHOWN_MAX)
        mf_buf_drop(tail, tail->n - SHOWN_MAX);
}

static const char *command_of(const struct mf_git_call *call)
{
    size_t i = 0;
    while (call->args[i] && strcmp(call->args[i], "-c") == 0)
        i += 2;
    return call->args[i] ? call->args[i] : "";
}

static int failed(const struct mf_git_call *call, const struct mf_process_end *end, struct mf_buf *tail,
                  struct mf_err *err)
{
    const char *command = command_of(call);
    tidy(tail);
    if (end->status == 128 + SIGXFSZ)
        return mf_err_set(err, MF_E_LIMIT, "git %s: a file of more than %llu bytes", command,
                          (unsigned long long)call->file_max);
    if (end->timed_out)
        return mf_err_set(err, MF_E_NETWORK, "git %s took longer than %u seconds", command, call->seconds);
    mf_err_set(err, MF_E_UPSTREAM, "git %s: status %d: %.*s", command, end->status, (int)tail->n,
               tail->n ? tail->p : "");
    return mf_err_next(err, "try `git ls-remote` with that URL: credentials are those that git finds, in ~/.netrc, a "
                            "credential helper or the ssh agent");
}

static size_t add_options(const char **argv, size_t n, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        argv[n++] = "-c";
        argv[n++] = list[i];
    }
    return n;
}

int mf_git_run(const struct mf_git *g, const struct mf_git_call *call, int *status_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf tail = MF_BUF_INIT(TAIL_MAX);
    const char *argv[ARGS_MAX] = {g->program};
    struct mf_process_end end;
    size_t n = add_options(argv, 1, options, MF_COUNT(options));
    n = add_options(argv, n, insecure_options, call->insecure ? MF_COUNT(insecure_options) : 0);
    for (size_t i = 0; call->args[i]; i++) {
        if (n == ARGS_MAX - 1)
            return mf_err_set(err, MF_E_LIMIT, "git with more than %d arguments", ARGS_MAX);
        argv[n++] = call->args[i];
    }
    const struct mf_process p = {.argv = argv,
                                 .env = call->in_repository ? g->env_in : g->env,
                                 .cwd = call->dir.fd,
                                 .no_terminal = true,
                                 .file_max = call->file_max,
                                 .output = call->output,
                                 .seconds = call->seconds,
                                 .stop = g->stop,
                                 .out = call->out,
                                 .tail = &tail};
    if (mf_process_run(&p, &end, err) < 0)
        return mf_err_prefix(err, "git %s", command_of(call));
    if (status_out && !end.timed_out)
        *status_out = end.status;
    return end.status || end.timed_out ? failed(call, &end, &tail, err) : 0;
}
