/* Where the repository of a module is.
 *
 * Rules: GOROOT/src/cmd/go/internal/vcs/vcs.go (RepoRootForImportPath), GOSPEC
 * section 5.3. Either the path says it (repopath.h), or the page
 * https://PATH?go-get=1 does, whatever its status is, in the one go-import line
 * whose prefix PATH has. Where that is not all of PATH, the page of the prefix has
 * to say the same, so that nobody can speak for paths above his own. Where
 * GOINSECURE matches, certificates are not checked, and http is the second choice.
 *
 * Stricter than go: a repository is fetched by schemes that git.h allows and no
 * others, and directories hold no "." and "..".
 */
#ifndef MF_DISCOVERY_H
#define MF_DISCOVERY_H

#include "bundle/net/transport.h"
#include "bundle/vcs/git.h"

struct mf_vcsroot {
    struct mf_str root;   /* import path of the root of the repository */
    struct mf_str url;    /* of the repository, or of a module proxy; ends in NUL */
    struct mf_str subdir; /* of the repository, where `root` is; mostly empty */
    bool proxy;           /* url is that of a module proxy */
    bool insecure;        /* GOINSECURE matches */
};

struct mf_discovery_page;

struct mf_discovery {
    struct mf_str govcs, goprivate, goinsecure;
    struct mf_transport *transport; /* idle while a question is asked */
    struct mf_git *git;             /* opened when it is wanted */
    struct mf_dir dir;              /* where git may be started */
    struct mf_discovery_page *pages;
    struct mf_arena arena;
};

#define MF_DISCOVERY_INIT ((struct mf_discovery){.dir = MF_DIR_NONE, .arena = MF_ARENA_INIT(64 * MF_MIB)})

void mf_discovery_release(struct mf_discovery *d) MF_NONNULL;

/* Finds the root for a module path that has passed mf_modpath_check. What is
 * stored lives in d->arena. MF_E_NOT_FOUND where nothing says where it is, or what
 * it says cannot be used; MF_E_NETWORK, MF_E_UPSTREAM where a page cannot be had;
 * MF_E_POLICY where GOVCS forbids it; MF_E_UNSUPPORTED for another version control
 * system than git. */
int mf_discovery_find(struct mf_discovery *d, struct mf_str path, struct mf_vcsroot *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Whether a page is there: 1, 0 for 404 and 410, -1 where nobody knows. */
int mf_discovery_exists(struct mf_discovery *d, const char *url, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
