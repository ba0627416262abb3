#include "bundle/goauth.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle/netrc.h"
#include "formats/base/dir.h"
#include "run/process.h"

enum { WORDS_MAX = 64, ENTRIES_MAX = 100 };

/* --- starting a helper --- */

/* The environment, with `last` in the place of a variable of that name. */
static const char *const *environment_with(const char *last)
{
    size_t n = 0, kept = 0, name = strcspn(last, "=") + 1;
    while (environ[n])
        n++;
    const char **list = calloc(n + 2, sizeof(*list));
    if (!list)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], last, name) != 0)
            list[kept++] = environ[i];
    list[kept] = last;
    return list;
}

static void release_list(const char *const **list)
{
    free((void *)(uintptr_t)*list);
}

/* Absolute path of a program, by PATH or as it is. */
static int find_program(const struct mf_goauth *g, const char *name, struct mf_buf *out, struct mf_err *err)
{
    char here[PATH_MAX] = "";
    if (!strchr(name, '/')) {
        if (mf_process_find(name, g->getenv_fn("PATH"), out))
            return mf_buf_cstr(out) ? 0 : mf_buf_check(out, err);
        return mf_err_set(err, MF_E_USAGE, "%s: not found in PATH", name);
    }
    if (name[0] != '/' && !getcwd(here, sizeof(here)))
        return mf_err_errno(err, errno, "find the working directory");
    mf_buf_fmt(out, "%s%s%s", here, name[0] == '/' ? "" : "/", name);
    return mf_buf_cstr(out) ? 0 : mf_buf_check(out, err);
}

static int run(struct mf_goauth *g, const char **argv, const char *dir, struct mf_str input, struct mf_buf *out,
               struct mf_err *err)
{
    MF_CLEANUP(release_list) const char *const *env = environment_with("GIT_TERMINAL_PROMPT=0");
    MF_CLEANUP(mf_buf_release) struct mf_buf program = MF_BUF_INIT(PATH_MAX + 1);
    MF_CLEANUP(mf_fd_release) int cwd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct mf_process_end end;
    if (!env)
        return mf_err_nomem(err);
    if (cwd < 0)
        return mf_err_set(err, MF_E_USAGE, "%s: no such directory", dir);
    if (find_program(g, argv[0], &program, err) < 0)
        return -1;
    argv[0] = program.p;
    /* Without a terminal: one that asks on it would be stopped as a job in the background. */
    struct mf_process p = {.argv = argv,
                           .env = env,
                           .cwd = cwd,
                           .input = input,
                           .seconds = g->seconds,
                           .no_terminal = true,
                           .stop = g->stop,
                           .out = out};
    if (mf_process_run(&p, &end, err) < 0)
        return -1;
    g->late = end.timed_out;
    if (g->late)
        return mf_err_set(err, MF_E_NETWORK, "it took longer than %u seconds, and is not asked again", g->seconds);
    return end.status ? mf_err_set(err, MF_E_NETWORK, "it ended with status %d", end.status) : 0;
}

/* --- git --- */

int mf_goauth_take_git(struct mf_credentials *c, struct mf_str url, struct mf_str output, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf prefix = MF_BUF_INIT(64 * MF_KIB);
    struct mf_str protocol = {"", 0}, host = protocol, path = protocol, user = protocol, password = protocol;
    while (output.p) {
        struct mf_str value, line = mf_str_trim(mf_str_cut(output, '\n', &output));
        struct mf_str key = mf_str_cut(line, '=', &value);
        struct mf_str *to = mf_str_eq(key, MF_LIT("protocol"))   ? &protocol
                            : mf_str_eq(key, MF_LIT("host"))     ? &host
                            : mf_str_eq(key, MF_LIT("path"))     ? &path
                            : mf_str_eq(key, MF_LIT("username")) ? &user
                            : mf_str_eq(key, MF_LIT("password")) ? &password
                                                                 : NULL;
        if (to && value.p)
            *to = value;
    }
    mf_buf_fmt(&prefix, "%.*s://%.*s%s%.*s", MF_FMT(protocol), MF_FMT(host), path.n && path.p[0] != '/' ? "/" : "",
               MF_FMT(path));
    if (mf_buf_check(&prefix, err) < 0)
        return -1;
    if (!host.n || !mf_str_eq(protocol, MF_LIT("https")) || !mf_str_starts(url, mf_buf_view(&prefix)))
        return mf_err_set(err, MF_E_UPSTREAM, "git gave a credential for another URL");
    return mf_credentials_store_basic(c, mf_buf_view(&prefix), user, password, err);
}

static int ask_git(struct mf_goauth *g, struct mf_str dir, struct mf_str url, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf output = MF_BUF_INIT(64 * MF_KIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf place = MF_BUF_INIT(PATH_MAX), input = MF_BUF_INIT(64 * MF_KIB);
    const char *argv[] = {"git", "credential", "fill", NULL};
    if (!url.n)
        return 0;
    mf_buf_str(&place, dir);
    mf_buf_fmt(&input, "url=%.*s\n", MF_FMT(url));
    const char *name = mf_buf_cstr(&place);
    if (!name || mf_buf_check(&input, err) < 0)
        return mf_buf_check(&place, err);
    if (run(g, argv, name, mf_buf_view(&input), &output, err) < 0)
        return -1;
    return mf_goauth_take_git(&g->credentials, url, mf_buf_view(&output), err);
}

/* --- commands --- */

static bool is_header(struct mf_str line)
{
    size_t colon = mf_str_find(line, ':');
    if (!colon || colon + 1 >= line.n || line.p[colon + 1] != ' ')
        return false;
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        if ((i < colon && (c <= ' ' || c >= 0x7f || strchr("()<>@,;\\\"/[]?={}", c))) || (c < ' ' && c != '\t') ||
            c == 0x7f)
            return false;
    }
    return true;
}

/* Cuts a line that ends in '\n'; false where the text ends without one. */
static bool take_line(struct mf_str *text, struct mf_str *line)
{
    *line = mf_str_cut(*text, '\n', text);
    return text->p != NULL;
}

int mf_goauth_take_headers(struct mf_credentials *c, struct mf_str output, struct mf_err *err)
{
    while (output.n) {
        struct mf_str urls[ENTRIES_MAX], line;
        size_t count = 0;
        MF_CLEANUP(mf_buf_wipe) struct mf_buf headers = MF_BUF_INIT(64 * MF_KIB);
        bool good;
        while ((good = take_line(&output, &line)) && line.n && count < ENTRIES_MAX)
            urls[count++] = line;
        if (!good || line.n)
            return mf_err_set(err, MF_E_UPSTREAM, "its output lacks an empty line behind the URLs");
        while ((good = take_line(&output, &line)) && line.n) {
            if (!is_header(line))
                return mf_err_set(err, MF_E_UPSTREAM, "its output has a line that is no header");
            mf_buf_fmt(&headers, "%s%.*s", headers.n ? "\n" : "", MF_FMT(mf_str_trim(line)));
        }
        if (!good)
            return mf_err_set(err, MF_E_UPSTREAM, "its output lacks an empty line behind the headers");
        if (mf_buf_check(&headers, err) < 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            if (mf_str_starts(urls[i], MF_LIT("https://")) &&
                mf_credentials_store(c, urls[i], mf_buf_view(&headers), err) < 0)
                return -1;
    }
    return 0;
}

/* Splits at blanks; a word that begins with a quote goes on to the next one, as
 * cmd/internal/quoted has it. Words end in NUL in `text`. */
static size_t split_words(char *text, const char **words, size_t most)
{
    size_t count = 0;
    while (count < most) {
        text += strspn(text, " \t\r\n");
        if (!*text)
            break;
        const char quote = *text == '\'' || *text == '"' ? *text : '\0';
        text += quote != '\0';
        words[count++] = text;
        while (*text && (quote ? *text != quote : !strchr(" \t\r\n", *text)))
            text++;
        if (!*text)
            return quote ? 0 : count;
        *text++ = '\0';
    }
    return count;
}

static int ask_command(struct mf_goauth *g, struct mf_str command, struct mf_str url, struct mf_str answer,
                       struct mf_err *err)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf output = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(64 * MF_KIB), last = MF_BUF_INIT(64 * MF_KIB);
    const char *argv[WORDS_MAX + 2] = {NULL};
    mf_buf_str(&text, command);
    mf_buf_str(&last, url);
    if (!mf_buf_cstr(&text) || !mf_buf_cstr(&last))
        return mf_buf_check(&text, err) < 0 ? -1 : mf_buf_check(&last, err);
    size_t count = split_words(text.p, argv, WORDS_MAX);
    if (!count)
        return mf_err_set(err, MF_E_USAGE, "it does not end a quoted word");
    if (url.n)
        argv[count] = last.p;
    if (run(g, argv, ".", answer, &output, err) < 0)
        return -1;
    return mf_goauth_take_headers(&g->credentials, mf_buf_view(&output), err);
}

/* --- the setting --- */

static struct mf_str first_word(struct mf_str text)
{
    size_t n = 0;
    while (n < text.n && !strchr(" \t", text.p[n]))
        n++;
    return mf_str_head(text, n);
}

static struct mf_str rest_of(struct mf_str text)
{
    return mf_str_trim(mf_str_from(text, first_word(text).n));
}

static int ask_one(struct mf_goauth *g, struct mf_str one, struct mf_str url, struct mf_str answer, struct mf_err *err)
{
    struct mf_str name = first_word(one);
    if (mf_str_eq(name, MF_LIT("off")))
        return 0;
    if (mf_str_eq(name, MF_LIT("netrc")))
        return url.n ? 0 : mf_netrc_read(g->getenv_fn, &g->credentials, err);
    if (mf_str_eq(name, MF_LIT("git")))
        return ask_git(g, rest_of(one), url, err);
    return ask_command(g, one, url, answer, err);
}

static bool is_silent(const struct mf_goauth *g, const char *one)
{
    for (size_t i = 0; i < g->silent_count; i++)
        if (g->silent[i] == one)
            return true;
    return false;
}

/* From the last to the first, so that what the first says stays. */
static int ask_all(struct mf_goauth *g, struct mf_str url, struct mf_str answer, struct mf_err *err)
{
    struct mf_str rest = g->setting;
    while (rest.n) {
        size_t mark = mf_str_rfind(rest, ';');
        struct mf_str one = mf_str_trim(mark < rest.n ? mf_str_from(rest, mark + 1) : rest);
        struct mf_err why = {0};
        rest = mark < rest.n ? mf_str_head(rest, mark) : (struct mf_str){NULL, 0};
        g->late = false;
        if (is_silent(g, one.p) || ask_one(g, one, url, answer, &why) == 0)
            continue;
        if (g->late && g->silent_count < MF_GOAUTH_SILENT_MAX)
            g->silent[g->silent_count++] = one.p;
        if (mf_err_stopped(g->stop, err) < 0)
            return -1;
        mf_err_prefix(&why, "GOAUTH: %.*s", MF_FMT(first_word(one)));
        if (g->failure.code == MF_OK)
            g->failure = why;
    }
    return 0;
}

static int check(struct mf_str setting, struct mf_err *err)
{
    size_t count = 0;
    bool off = false;
    for (struct mf_str rest = setting; rest.p; count++) {
        struct mf_str one = mf_str_trim(mf_str_cut(rest, ';', &rest)), name = first_word(one);
        if (!one.n)
            return mf_err_set(err, MF_E_USAGE, "GOAUTH: a command is empty");
        off = off || mf_str_eq(name, MF_LIT("off"));
        if (mf_str_eq(name, MF_LIT("git")) && !mf_str_starts(rest_of(one), MF_LIT("/")))
            return mf_err_set(err, MF_E_USAGE, "GOAUTH: git needs the absolute path of a directory");
    }
    return off && count > 1 ? mf_err_set(err, MF_E_USAGE, "GOAUTH: off cannot be combined with others") : 0;
}

static bool asks_others(struct mf_str setting)
{
    while (setting.p) {
        struct mf_str name = first_word(mf_str_trim(mf_str_cut(setting, ';', &setting)));
        if (!mf_str_eq(name, MF_LIT("off")) && !mf_str_eq(name, MF_LIT("netrc")))
            return true;
    }
    return false;
}

static int more(void *ctx, const char *url, struct mf_str answer, struct mf_err *err)
{
    struct mf_goauth *g = ctx;
    MF_CLEANUP(mf_buf_wipe) struct mf_buf before = MF_BUF_INIT(64 * MF_KIB);
    struct mf_str known = mf_credentials_find(&g->credentials, mf_str(url));
    struct mf_str status = mf_str_from(answer, mf_str_find(answer, ' ') + 1);
    if (known.n && (mf_str_starts(status, MF_LIT("404")) || mf_str_starts(status, MF_LIT("410"))))
        return 0;
    mf_buf_str(&before, known);
    if (mf_buf_check(&before, err) < 0 || ask_all(g, mf_str(url), answer, err) < 0)
        return -1;
    return !mf_str_eq(mf_buf_view(&before), mf_credentials_find(&g->credentials, mf_str(url)));
}

static int start(void *ctx, struct mf_err *err)
{
    return ask_all(ctx, MF_LIT(""), MF_LIT(""), err);
}

int mf_goauth_open(struct mf_goauth *g, struct mf_str setting, char *(*getenv_fn)(const char *),
                   const volatile int *stop, struct mf_err *err)
{
    g->setting = setting;
    g->getenv_fn = getenv_fn;
    g->stop = stop;
    if (check(setting, err) < 0)
        return mf_err_next(err, "see `go help goauth`: GOAUTH is off, netrc, git DIR or a command");
    g->credentials.start = start;
    g->credentials.more = asks_others(setting) ? more : NULL;
    g->credentials.ctx = g;
    return 0;
}

void mf_goauth_release(struct mf_goauth *g)
{
    mf_credentials_release(&g->credentials);
}
