/* What proxies answer to version queries, each asked once in a run.
 *
 * As go's caching repository: within one run a list is one list, whoever looks
 * at it. Questions may be queued with mf_answers_want, so that several are under
 * way at once; mf_answers_get waits. Everything lives in the arena of the table.
 *
 * The .info of a canonical version comes from the store where it is held, and
 * whatever .info a proxy gives, also to a branch or @latest, is kept there under
 * the version that it names. Lists never enter the store.
 *
 * Offline the store answers alone: the list of a module is the versions whose
 * .info and .mod are held, pseudo-versions apart; @latest is the highest of all
 * held versions; a commit of 12 hex digits or more is the held pseudo-version
 * that ends in it; other revisions are unknown.
 */
#ifndef MF_ANSWERS_H
#define MF_ANSWERS_H

#include "bundle/fetch.h"
#include "bundle/moduleinfo.h"
#include "bundle/versionlist.h"
#include "formats/gomod.h"

enum mf_answer_kind { MF_ANSWER_LIST, MF_ANSWER_LATEST, MF_ANSWER_INFO, MF_ANSWER_MOD };

struct mf_answer {
    enum mf_answer_kind kind;
    size_t proxy;            /* index of the entry asked; 0 for MOD, which has its own fallback */
    struct mf_module module; /* version: what was asked for; empty for LATEST, and for LIST but as fetch.h has it */
    bool done;
    struct mf_err *error;       /* where there is no answer, else NULL */
    struct mf_versionlist list; /* LIST */
    /* INFO, LATEST */
    struct mf_moduleinfo info;
    /* MOD */
    struct mf_gomod gomod;
    bool served;    /* there is a text, though it may not parse */
    bool synthetic; /* the text that stands for a module without go.mod */
};

struct mf_answers {
    struct mf_fetch *fetch; /* borrowed */
    void *tree;             /* search tree of struct mf_answer */
    struct mf_arena arena;
};

void mf_answers_init(struct mf_answers *t, struct mf_fetch *fetch) MF_NONNULL;
void mf_answers_release(struct mf_answers *t) MF_NONNULL;

/* Queues the question where it was not asked yet. m.path must pass
 * mf_modpath_check. */
int mf_answers_want(struct mf_answers *t, enum mf_answer_kind kind, size_t proxy, struct mf_module m,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The answer; runs the fetcher where it is not here. NULL where the run itself
 * fails: memory, the local file system, an interruption. A proxy's failure is an
 * answer with an error. */
const struct mf_answer *mf_answers_get(struct mf_answers *t, enum mf_answer_kind kind, size_t proxy, struct mf_module m,
                                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for codes that are no proxy's answer. */
bool mf_answers_fatal(enum mf_code code);

#endif
