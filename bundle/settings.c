#include "bundle/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/buf.h"
#include "formats/base/dir.h"
#include "formats/goenv.h"
#include "formats/goproxyhosts.h"

static const struct {
    const char *name;
    const char *otherwise; /* built-in default; NULL where it depends on others */
} table[MF_SETTING_COUNT] = {
    [MF_GOPROXY] = {"GOPROXY", MF_GOPROXY_DEFAULT},
    [MF_GONOPROXY] = {"GONOPROXY", NULL},
    [MF_GOPRIVATE] = {"GOPRIVATE", ""},
    [MF_GONOSUMDB] = {"GONOSUMDB", NULL},
    [MF_GONOSUMCHECK] = {"GONOSUMCHECK", ""},
    [MF_GOSUMDB] = {"GOSUMDB", MF_GOSUMDB_DEFAULT},
    [MF_GOINSECURE] = {"GOINSECURE", ""},
    [MF_GOVCS] = {"GOVCS", ""},
    [MF_GOAUTH] = {"GOAUTH", "netrc"},
    [MF_GOMODCACHE] = {"GOMODCACHE", NULL},
    [MF_GOPATH] = {"GOPATH", NULL},
    [MF_GOFLAGS] = {"GOFLAGS", ""},
    [MF_GOWORK] = {"GOWORK", ""},
    [MF_GOTOOLCHAIN] = {"GOTOOLCHAIN", "auto"},
};

const char *mf_settings_name(enum mf_setting setting)
{
    return table[setting].name;
}

const char *mf_settings_source_name(enum mf_setting_source source)
{
    switch (source) {
    case MF_FROM_ENVIRONMENT:
        return "the environment";
    case MF_FROM_GOENV:
        return "the file of `go env -w`";
    case MF_FROM_GOROOT:
        return "GOROOT/go.env";
    default:
        return "the default";
    }
}

/* Everything a load needs to know. */
struct sources {
    char *(*getenv_fn)(const char *);
    struct mf_buf user, goroot; /* text of the two files */
};

static void sources_release(struct sources *s)
{
    mf_buf_release(&s->user);
    mf_buf_release(&s->goroot);
}

/* Reads a file of the user's, links followed. What cannot be read is empty. */
static int read_file(const char *path, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t got = 0;
    struct mf_err ignored;
    if (fd < 0)
        return 0;
    do {
        char *to = mf_buf_room(out, 4096);
        if (!to)
            return mf_buf_check(out, err) < 0 ? mf_err_prefix(err, "read %s", path) : 0;
        if (mf_read_full(fd, to, 4096, &got, path, &ignored) < 0)
            return 0;
        mf_buf_grew(out, got);
    } while (got == 4096);
    return 0;
}

static struct mf_str environment(const struct sources *s, const char *name)
{
    return mf_str(s->getenv_fn(name));
}

static int read_user_file(struct sources *s, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(PATH_MAX);
    struct mf_str goenv = environment(s, "GOENV");
    struct mf_str config = environment(s, "XDG_CONFIG_HOME");
    struct mf_str home = environment(s, "HOME");
    if (mf_str_eq(goenv, MF_LIT("off")))
        return 0;
    if (goenv.n)
        mf_buf_str(&path, goenv);
    else if (config.n && config.p[0] == '/')
        mf_buf_fmt(&path, "%.*s/go/env", MF_FMT(config));
    else if (!config.n && home.n)
        mf_buf_fmt(&path, "%.*s/.config/go/env", MF_FMT(home));
    else
        return 0;
    const char *name = mf_buf_cstr(&path);
    return name ? read_file(name, &s->user, err) : mf_buf_check(&path, err);
}

/* Appends the GOROOT of the `go` that PATH finds; nothing where there is none. */
static void goroot_of_path(const struct sources *s, struct mf_buf *out)
{
    struct mf_str rest = environment(s, "PATH");
    while (rest.p) {
        char candidate[PATH_MAX], real[PATH_MAX];
        struct mf_str dir = mf_str_cut(rest, ':', &rest);
        if (!dir.n || dir.p[0] != '/' || dir.n + sizeof("/go") > sizeof(candidate))
            continue;
        memcpy(candidate, dir.p, dir.n);
        memcpy(candidate + dir.n, "/go", sizeof("/go"));
        if (access(candidate, X_OK) < 0 || !realpath(candidate, real))
            continue;
        struct mf_str bin = mf_str_head(mf_str(real), mf_str_rfind(mf_str(real), '/'));
        mf_buf_str(out, mf_str_head(bin, mf_str_rfind(bin, '/')));
        return;
    }
}

static int read_goroot_file(struct sources *s, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(PATH_MAX);
    struct mf_str goroot = {NULL, 0};
    mf_goenv_find(mf_buf_view(&s->user), "GOROOT", &goroot);
    if (!goroot.n)
        goroot = environment(s, "GOROOT");
    if (goroot.n)
        mf_buf_str(&path, goroot);
    else
        goroot_of_path(s, &path);
    if (!path.n)
        return mf_buf_check(&path, err);
    mf_buf_str(&path, MF_LIT("/go.env"));
    const char *name = mf_buf_cstr(&path);
    return name ? read_file(name, &s->goroot, err) : mf_buf_check(&path, err);
}

static struct mf_str look_up(const struct sources *s, enum mf_setting setting, enum mf_setting_source *source_out)
{
    struct mf_str v = environment(s, table[setting].name);
    *source_out = MF_FROM_ENVIRONMENT;
    if (v.n)
        return v;
    /* an empty value in the user's file still hides the one of GOROOT */
    *source_out = MF_FROM_GOENV;
    if (!mf_goenv_find(mf_buf_view(&s->user), table[setting].name, &v)) {
        *source_out = MF_FROM_GOROOT;
        mf_goenv_find(mf_buf_view(&s->goroot), table[setting].name, &v);
    }
    if (v.n)
        return v;
    *source_out = MF_FROM_DEFAULT;
    return mf_str(table[setting].otherwise);
}

/* Defaults that depend on other settings. */
static int derive(const struct sources *s, struct mf_settings *v, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_str nothing = {"", 0};
    struct mf_str home = environment(s, "HOME");
    if (!v->value[MF_GONOPROXY].n)
        v->value[MF_GONOPROXY] = v->value[MF_GOPRIVATE];
    if (!v->value[MF_GONOSUMDB].n)
        v->value[MF_GONOSUMDB] = v->value[MF_GOPRIVATE];
    if (!v->value[MF_GOPATH].n && home.n &&
        mf_arena_join(arena, home, MF_LIT("/go"), nothing, &v->value[MF_GOPATH], err) < 0)
        return -1;
    if (v->value[MF_GOMODCACHE].n)
        return 0;
    struct mf_str rest;
    struct mf_str first = mf_str_cut(v->value[MF_GOPATH], ':', &rest);
    while (first.n > 1 && first.p[first.n - 1] == '/')
        first.n--;
    return first.n ? mf_arena_join(arena, first, MF_LIT("/pkg/mod"), nothing, &v->value[MF_GOMODCACHE], err) : 0;
}

int mf_settings_load(char *(*getenv_fn)(const char *), struct mf_settings *out, struct mf_arena *arena,
                     struct mf_err *err)
{
    MF_CLEANUP(sources_release)
    struct sources s = {getenv_fn, MF_BUF_INIT(MF_SETTINGS_FILE_MAX), MF_BUF_INIT(MF_SETTINGS_FILE_MAX)};
    struct mf_settings v = {0};
    if (read_user_file(&s, err) < 0 || read_goroot_file(&s, err) < 0)
        return -1;
    for (int i = 0; i < MF_SETTING_COUNT; i++)
        if (mf_arena_dup(arena, look_up(&s, (enum mf_setting)i, &v.source[i]), &v.value[i], err) < 0)
            return -1;
    if (derive(&s, &v, arena, err) < 0)
        return -1;
    struct mf_str cache = v.value[MF_GOMODCACHE];
    if (cache.n && cache.p[0] != '/')
        return mf_err_set(err, MF_E_USAGE, "GOMODCACHE is a relative path, it must be absolute: %.*s", MF_FMT(cache));
    *out = v;
    return 0;
}
