#include "bundle/vcs/discovery.h"

#include "bundle/vcs/govcs.h"
#include "bundle/vcs/metatags.h"
#include "bundle/vcs/repopath.h"
#include "formats/modpath.h"

enum { PING_SECONDS = 120 };

#define PAGE_MAX (4 * MF_MIB)

/* What the page of an import path said. */
struct mf_discovery_page {
    struct mf_str path;
    struct mf_metatag *lines;
    size_t count;
    struct mf_git_question asked; /* what it says */
    struct mf_discovery_page *next;
};

void mf_discovery_release(struct mf_discovery *d)
{
    mf_arena_release(&d->arena);
    d->pages = NULL;
}

/* --- pages --- */

static void note_done(void *ctx, struct mf_transfer *t)
{
    (void)t;
    *(bool *)ctx = true;
}

static int get(struct mf_discovery *d, const char *url, bool unverified, struct mf_transfer *t, struct mf_err *err)
{
    bool done = false;
    *t = (struct mf_transfer){.url = url,
                              .limit = PAGE_MAX,
                              .any_status = true,
                              .unverified = unverified,
                              .fd = -1,
                              .done = note_done,
                              .ctx = &done};
    if (mf_transport_submit(d->transport, t, err) < 0 || mf_transport_run(d->transport, err) < 0)
        return -1;
    return done ? 0 : mf_err_set(err, MF_E_NETWORK, "a transfer was dropped");
}

static void release_transfer(struct mf_transfer *t)
{
    mf_buf_release(&t->body);
}

static bool has_answer(const struct mf_transfer *t)
{
    return t->outcome == MF_TRANSFER_OK || t->outcome == MF_TRANSFER_STATUS;
}

int mf_discovery_exists(struct mf_discovery *d, const char *url, struct mf_err *err)
{
    MF_CLEANUP(release_transfer) struct mf_transfer t = {.fd = -1};
    if (get(d, url, false, &t, err) < 0)
        return -1;
    if (has_answer(&t))
        return t.status != 404 && t.status != 410;
    *err = t.error;
    return -1;
}

/* Gets "SCHEME://PATH?go-get=1". */
static int get_page(struct mf_discovery *d, const char *scheme, struct mf_str path, bool insecure,
                    struct mf_transfer *t, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf url = MF_BUF_INIT(4096);
    mf_buf_fmt(&url, "%s://%.*s%s?go-get=1", scheme, MF_FMT(path), mf_str_find(path, '/') < path.n ? "" : "/");
    const char *text = mf_buf_cstr(&url);
    if (!text)
        return mf_buf_check(&url, err);
    return get(d, text, insecure, t, err);
}

/* Why an answer without a go-import line is none. */
static int refuse_answer(const struct mf_transfer *t, struct mf_str path, struct mf_err *err)
{
    if (t->outcome == MF_TRANSFER_FAILED || t->outcome == MF_TRANSFER_TOO_BIG) {
        *err = t->error;
        return mf_err_prefix(err, "https://%.*s?go-get=1", MF_FMT(path));
    }
    if (t->status >= 500)
        return mf_err_set(err, MF_E_UPSTREAM, "https://%.*s?go-get=1: status %d", MF_FMT(path), t->status);
    return mf_err_set(err, MF_E_NOT_FOUND, "https://%.*s?go-get=1: %s (status %d)", MF_FMT(path),
                      "no go-import line says where its repository is", t->status);
}

static int read_page(struct mf_discovery *d, struct mf_discovery_page *page, struct mf_err *err)
{
    const bool insecure = mf_modpath_match_patterns(d->goinsecure, page->path);
    struct mf_transfer t = {.fd = -1};
    int rc = -1;
    if (mf_str_find(mf_str_head(page->path, mf_str_find(page->path, '/')), '.') == mf_str_find(page->path, '/'))
        return mf_err_set(err, MF_E_NOT_FOUND, "import path does not begin with hostname");
    if (get_page(d, "https", page->path, insecure, &t, err) == 0) {
        rc = 0;
        if (insecure && !has_answer(&t)) {
            release_transfer(&t);
            rc = get_page(d, "http", page->path, false, &t, err);
        }
    }
    if (rc == 0 && has_answer(&t))
        rc = mf_metatags_parse(mf_buf_view(&t.body), &page->lines, &page->count, &d->arena, err);
    if (rc == 0 && !page->count)
        rc = refuse_answer(&t, page->path, err);
    release_transfer(&t);
    return rc;
}

/* The page of an import path, asked for once; NULL where there is none. */
static const struct mf_discovery_page *find_page(struct mf_discovery *d, struct mf_str path, struct mf_err *err)
{
    struct mf_discovery_page *page = d->pages;
    struct mf_err why = {0};
    while (page && !mf_str_eq(page->path, path))
        page = page->next;
    if (!page) {
        page = mf_arena_alloc(&d->arena, sizeof(*page), err);
        if (!page || mf_arena_dup(&d->arena, path, &page->path, err) < 0)
            return NULL;
        page->next = d->pages;
        d->pages = page;
    }
    int rc = mf_git_is_open(&page->asked) ? read_page(d, page, &why) : 0;
    return mf_git_settle(&page->asked, rc, &why, &d->arena, err) < 0 ? NULL : page;
}

/* --- what a page says of a path --- */

static const struct mf_metatag *match(const struct mf_discovery_page *page, struct mf_str path, struct mf_err *err)
{
    const struct mf_metatag *found = NULL;
    for (size_t i = 0; i < page->count; i++) {
        const struct mf_metatag *line = &page->lines[i];
        if (!mf_str_path_prefix(path, line->prefix))
            continue;
        if (found && mf_str_eq(found->vcs, MF_LIT("mod")) && !mf_str_eq(line->vcs, MF_LIT("mod")))
            break;
        if (found) {
            mf_err_set(err, MF_E_NOT_FOUND, "several go-import lines match %.*s", MF_FMT(path));
            return NULL;
        }
        found = line;
    }
    if (!found)
        mf_err_set(err, MF_E_NOT_FOUND, "https://%.*s?go-get=1: its go-import line is for %.*s", MF_FMT(page->path),
                   MF_FMT(page->lines[0].prefix));
    return found;
}

static bool same(const struct mf_metatag *a, const struct mf_metatag *b)
{
    return mf_str_eq(a->prefix, b->prefix) && mf_str_eq(a->vcs, b->vcs) && mf_str_eq(a->url, b->url) &&
           mf_str_eq(a->subdir, b->subdir);
}

static bool subdir_valid(struct mf_str subdir)
{
    while (subdir.p && subdir.n) {
        struct mf_str part = mf_str_cut(subdir, '/', &subdir);
        if (!part.n || part.p[0] == '-' || mf_str_eq(part, MF_LIT(".")) || mf_str_eq(part, MF_LIT("..")))
            return false;
    }
    return true;
}

/* A URL that names a host, which is no option of some program. */
static bool url_valid(struct mf_str url, struct mf_str *scheme)
{
    const char *mark = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
    if (!mark || mark == url.p)
        return false;
    *scheme = mf_str_head(url, (size_t)(mark - url.p));
    struct mf_str host = mf_str_from(url, scheme->n + 3);
    size_t at = mf_str_rfind(mf_str_head(host, mf_str_find(host, '/')), '@');
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7f)
            return false;
    return host.n && !strchr("-/:", host.p[0]) && (at >= host.n || (at + 1 < host.n && host.p[at + 1] != '-'));
}

static int check_vcs(const struct mf_discovery *d, struct mf_str root, struct mf_str vcs, struct mf_err *err)
{
    if (!mf_govcs_allows(d->govcs, d->goprivate, root, vcs)) {
        const bool private = mf_modpath_match_patterns(d->goprivate, root);
        mf_err_set(err, MF_E_POLICY, "GOVCS disallows using %.*s for %s %.*s", MF_FMT(vcs),
                   private ? "private" : "public", MF_FMT(root));
        return mf_err_next(err, "see `go help vcs`, or set GOPROXY to a module proxy that has it");
    }
    if (mf_str_eq(vcs, MF_LIT("git")))
        return 0;
    mf_err_set(err, MF_E_UNSUPPORTED,
               "%.*s is kept with %.*s, and git is the only version control system that modferry knows", MF_FMT(root),
               MF_FMT(vcs));
    return mf_err_next(err,
                       "name a module proxy in GOPROXY that has %.*s, or fetch it with `go mod download` into a "
                       "GOMODCACHE and set GOPROXY=file://GOMODCACHE/cache/download",
                       MF_FMT(vcs));
}

static int check_line(const struct mf_discovery *d, const struct mf_metatag *line, bool insecure, struct mf_err *err)
{
    struct mf_str scheme = {NULL, 0};
    if (!subdir_valid(line->subdir))
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid subdirectory \"%.*s\" in a go-import line",
                          MF_FMT(line->subdir));
    if (!url_valid(line->url, &scheme) || mf_str_eq(scheme, MF_LIT("file")))
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid repository URL in the go-import line for %.*s",
                          MF_FMT(line->prefix));
    const bool proxy = mf_str_eq(line->vcs, MF_LIT("mod"));
    if (!proxy && check_vcs(d, line->prefix, line->vcs, err) < 0)
        return -1;
    if (proxy ? insecure || mf_str_eq(scheme, MF_LIT("https")) : mf_git_allows_scheme(scheme, insecure))
        return 0;
    mf_err_set(err, MF_E_POLICY, "the %s of %.*s is to be asked by %.*s, which is not secure",
               proxy ? "proxy" : "repository", MF_FMT(line->prefix), MF_FMT(scheme));
    return mf_err_next(err, "set GOINSECURE=%.*s if that network is to be trusted", MF_FMT(line->prefix));
}

static int ask_pages(struct mf_discovery *d, struct mf_str path, struct mf_vcsroot *out, struct mf_err *err)
{
    const struct mf_discovery_page *page = find_page(d, path, err);
    const struct mf_metatag *line = page ? match(page, path, err) : NULL;
    if (!line)
        return -1;
    if (!mf_str_eq(line->prefix, path)) {
        struct mf_err why = {0};
        const struct mf_discovery_page *above = find_page(d, line->prefix, err);
        if (!above)
            return -1;
        const struct mf_metatag *second = match(above, path, &why);
        if (!second || !same(line, second))
            return mf_err_set(err, MF_E_NOT_FOUND,
                              "https://%.*s?go-get=1 and https://%.*s?go-get=1 disagree about %.*s", MF_FMT(path),
                              MF_FMT(line->prefix), MF_FMT(line->prefix));
    }
    if (check_line(d, line, out->insecure, err) < 0)
        return -1;
    out->root = line->prefix;
    out->subdir = line->subdir;
    while (out->subdir.n && out->subdir.p[out->subdir.n - 1] == '/')
        out->subdir.n--;
    out->proxy = mf_str_eq(line->vcs, MF_LIT("mod"));
    return mf_arena_dup(&d->arena, line->url, &out->url, err);
}

/* --- what a path says of itself --- */

static int open_git(struct mf_discovery *d, struct mf_err *err)
{
    return mf_git_open(d->git, d->dir, mf_transport_roots(d->transport), err);
}

/* The first scheme by which git reaches the repository. */
static int try_schemes(struct mf_discovery *d, struct mf_str repo, struct mf_vcsroot *out, struct mf_err *err)
{
    static const char *const schemes[] = {"git", "https", "http", "git+ssh", "ssh"};
    struct mf_err first = {0}, why = {0};
    if (open_git(d, err) < 0)
        return -1;
    for (size_t i = 0; i < MF_COUNT(schemes); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf heads = MF_BUF_INIT(64 * MF_MIB);
        if (!mf_git_allows_scheme(mf_str(schemes[i]), out->insecure))
            continue;
        if (mf_arena_join(&d->arena, mf_str(schemes[i]), MF_LIT("://"), repo, &out->url, err) < 0)
            return -1;
        const char *args[] = {"ls-remote", "-q", "--end-of-options", out->url.p, NULL};
        const struct mf_git_call call = {
            .args = args, .dir = d->dir, .insecure = out->insecure, .seconds = PING_SECONDS, .out = &heads};
        if (mf_git_run(d->git, &call, NULL, &why) == 0)
            return 0;
        if (why.code >= MF_E_IO) {
            *err = why;
            return -1;
        }
        first = first.code ? first : why;
    }
    *err = first;
    err->code = MF_E_NOT_FOUND;
    return mf_err_prefix(err, "no secure protocol leads to %.*s", MF_FMT(repo));
}

int mf_discovery_find(struct mf_discovery *d, struct mf_str path, struct mf_vcsroot *out, struct mf_err *err)
{
    struct mf_repopath said;
    int known = mf_repopath_find(path, &said, err);
    *out = (struct mf_vcsroot){.insecure = mf_modpath_match_patterns(d->goinsecure, path)};
    if (known < 0)
        return -1;
    if (!known)
        return ask_pages(d, path, out, err);
    if (check_vcs(d, said.root, said.vcs, err) < 0 || mf_arena_dup(&d->arena, said.root, &out->root, err) < 0)
        return -1;
    if (said.any_scheme)
        return try_schemes(d, said.repo, out, err);
    return mf_arena_join(&d->arena, MF_LIT("https://"), said.repo, MF_LIT(""), &out->url, err);
}
