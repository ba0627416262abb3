/* Modules without a proxy: the questions that a proxy answers, answered from the
 * repository that a module is kept in.
 *
 * Each question is answered before the call returns: pages are fetched by the
 * transport, which has nothing else to do meanwhile, and git is waited for. What
 * was found out stays for the run: where a module is, the branches and tags of a
 * repository.
 */
#ifndef MF_DIRECT_H
#define MF_DIRECT_H

#include "bundle/net/transport.h"
#include "formats/base/dir.h"
#include "formats/modpath.h"

struct mf_direct;

/* What may be asked; m.version is beside it. */
enum mf_direct_question {
    MF_DIRECT_LIST,   /* versions; those that begin with m.version */
    MF_DIRECT_LATEST, /* the newest commit; m.version is empty */
    MF_DIRECT_INFO,   /* a version, branch, tag or commit */
    MF_DIRECT_MOD,    /* go.mod of a canonical version */
    MF_DIRECT_ZIP,    /* zip of a canonical version */
};

/* Strings are borrowed for the life of the table. */
struct mf_direct_options {
    const char *path;         /* the directory of clones; made when it is wanted */
    struct mf_str govcs;      /* settings of Go; govcs must pass mf_govcs_check */
    struct mf_str goprivate;  /* patterns */
    struct mf_str goinsecure; /* patterns */
    struct mf_transport *transport;
    const volatile int *stop; /* a signal number once the user interrupts; may be NULL */
};

/* An answer, until the next one. */
struct mf_direct_answer {
    struct mf_str proxy;   /* where not empty, there is no answer, but a module proxy with this URL has one */
    struct mf_str content; /* as a proxy would send it; empty for a zip */
    struct mf_str source;  /* URL of the repository, without user and password; as long as the table */
};

int mf_direct_new(struct mf_direct **out, const struct mf_direct_options *options,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_direct_free(struct mf_direct **d) MF_NONNULL; /* *d may be NULL */

/* Answers a question about a module whose path has passed mf_modpath_check. A zip
 * is written to the descriptor `fd`. MF_E_NOT_FOUND where the module or version does not
 * exist, with go's words; MF_E_POLICY, MF_E_UNSUPPORTED, MF_E_UPSTREAM, MF_E_NETWORK as
 * discovery.h and git.h have them; MF_E_MODZIP, MF_E_LIMIT; and failures of this
 * machine. */
int mf_direct_ask(struct mf_direct *d, enum mf_direct_question question, struct mf_module m, int fd,
                  struct mf_direct_answer *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
