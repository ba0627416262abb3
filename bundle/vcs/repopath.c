#include "bundle/vcs/repopath.h"

/* Hosts that `go` knows: HOST/OWNER/NAME is a git repository at that very URL. */
static const char *const known_hosts[] = {"github.com", "bitbucket.org"};

static const char *const systems[] = {"bzr", "fossil", "git", "hg", "svn"};

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static bool is_element(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_lower(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '_')
            return false;
    return s.n > 0;
}

/* The system whose name the element ends in, ".git"; or an empty slice. */
static struct mf_str system_of(struct mf_str element)
{
    for (size_t i = 0; i < MF_COUNT(systems); i++) {
        struct mf_str name = mf_str(systems[i]);
        if (element.n > name.n && mf_str_ends(element, name) && element.p[element.n - name.n - 1] == '.')
            return mf_str_from(element, element.n - name.n);
    }
    return (struct mf_str){NULL, 0};
}

static int find_known(struct mf_str path, struct mf_str host, struct mf_repopath *out, struct mf_err *err)
{
    struct mf_str rest = mf_str_from(path, host.n + 1), name = {NULL, 0};
    bool good = true;
    size_t count = 0;
    for (; rest.p && rest.n; count++) {
        struct mf_str element = mf_str_cut(rest, '/', &rest);
        good = good && is_element(element);
        if (count == 1)
            name = element;
    }
    if (!good || count < 2)
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid %.*s import path \"%.*s\"", MF_FMT(host), MF_FMT(path));
    if (system_of(name).n)
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid version control suffix in %.*s/ path", MF_FMT(host));
    const struct mf_str root = mf_str_head(path, (size_t)(name.p + name.n - path.p));
    *out = (struct mf_repopath){root, MF_LIT("git"), root, false};
    return 1;
}

/* A host with a dot and perhaps a port, in lower case. */
static bool is_host(struct mf_str host)
{
    struct mf_str port = mf_str_from(host, mf_str_find(host, ':')), name = mf_str_head(host, host.n - port.n);
    size_t dot = mf_str_find(name, '.');
    for (size_t i = 0; i < name.n; i++)
        if (!is_lower(name.p[i]))
            return false;
    for (size_t i = 1; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9')
            return false;
    return dot > 0 && dot + 1 < name.n && port.n != 1;
}

/* An element below the host; it may begin with '~'. */
static bool is_part(struct mf_str element)
{
    return is_element(element.n && element.p[0] == '~' ? mf_str_from(element, 1) : element);
}

/* The first element below the host that ends in the name of a system. */
static int find_suffix(struct mf_str path, struct mf_repopath *out)
{
    struct mf_str rest, host = mf_str_cut(path, '/', &rest);
    bool good = is_host(host);
    *out = (struct mf_repopath){.any_scheme = true};
    while (good && rest.p) {
        struct mf_str element = mf_str_cut(rest, '/', &rest), vcs = system_of(element);
        good = is_part(element);
        if (!vcs.n || out->vcs.n || !is_part(mf_str_head(element, element.n - vcs.n - 1)))
            continue;
        out->vcs = vcs;
        out->root = mf_str_head(path, (size_t)(element.p + element.n - path.p));
        out->repo = mf_str_head(path, out->root.n - vcs.n - 1);
    }
    return good && out->vcs.n > 0;
}

int mf_repopath_find(struct mf_str path, struct mf_repopath *out, struct mf_err *err)
{
    for (size_t i = 0; i < MF_COUNT(known_hosts); i++)
        if (mf_str_path_prefix(path, mf_str(known_hosts[i])))
            return find_known(path, mf_str(known_hosts[i]), out, err);
    return find_suffix(path, out);
}
