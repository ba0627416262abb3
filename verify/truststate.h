/* What this machine has accepted so far: the newest trust document, and of each
 * channel the counter and the bundle. Protects against going back.
 *
 * The state is one small file, canonical JSON (docs/trust.md), written as a
 * temporary with mode 0600 and renamed. Whoever changes it holds the lock
 * (<name>.lock beside it) from the reading on. Directory and lock are opened
 * before the bundle, so that nothing needs to be opened once untrusted bytes
 * have been read.
 *
 * mf_trustuse_check says whether a bundle behind the gate may be used;
 * mf_truststate_commit writes down that it was. What is refused by the state or
 * for its age can be overridden, and the override is written down.
 */
#ifndef MF_TRUSTSTATE_H
#define MF_TRUSTSTATE_H

#include "formats/base/dir.h"
#include "formats/trustcheck.h"
#include "verify/gate.h"

#define MF_TRUSTSTATE_FORMAT "modferry-state/1"
#define MF_TRUSTSTATE_MAX MF_MIB        /* bytes of the file */
#define MF_TRUSTSTATE_OVERRIDES_MAX 256 /* that are kept; older ones are dropped */
#define MF_TRUSTSTATE_WHAT 512          /* bytes of the text of an override, with NUL */

struct mf_truststate_channel {
    struct mf_str name;
    uint64_t counter;
    struct mf_digest id; /* of the bundle */
    struct mf_str time;  /* when it was accepted, in UTC */
};

struct mf_truststate_override {
    struct mf_str time, what;
};

struct mf_truststate {
    struct mf_trustseen seen;               /* the newest trust document */
    struct mf_truststate_channel *channels; /* sorted bytewise by name */
    size_t channel_count;
    struct mf_truststate_override *overrides; /* oldest first */
    size_t override_count;
    /* where it is kept; of no use to others */
    struct mf_dir dir; /* owned; -1: there is none, and nothing is kept */
    char name[256];
    int lock; /* owned; -1: opened for reading */
    struct mf_arena arena;
};

#define MF_TRUSTSTATE_INIT                                                                                             \
    ((struct mf_truststate){.dir = {-1}, .lock = -1, .arena = MF_ARENA_INIT(8 * MF_TRUSTSTATE_MAX)})

/* Reads file `name` in `dir`, which is taken over; none there is an empty state.
 * With `write` takes the lock first, waiting for it. MF_E_DAMAGED where the file
 * is not such a state. */
int mf_truststate_open(struct mf_dir dir, const char *name, bool write, struct mf_truststate *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_truststate_release(struct mf_truststate *state) MF_NONNULL;

/* What was known of a channel; NULL where nothing. */
struct mf_truststate_channel *mf_truststate_find(const struct mf_truststate *state, struct mf_str name) MF_NONNULL;

/* Refusals that --override-trust has overridden, in words. */
struct mf_overridden {
    char what[5][MF_TRUSTSTATE_WHAT];
    size_t count;
};

/* A refusal: with `allowed` noted in *overridden, and 0; else MF_E_POLICY. The
 * next step is the caller's to add. */
int mf_overridden_refuse(struct mf_overridden *overridden, bool allowed, struct mf_err *err, const char *fmt,
                         ...) MF_NONNULL MF_PRINTF(4, 5);

/* Whether the bundle may be used now. MF_E_POLICY, unless `override` is set:
 *
 * - its statement has expired, or, with a document, is older than the channel's
 *   max_age_days, or does not expire although the channel asks for it;
 * - its counter is lower than the one known of its channel, or equal with
 *   another bundle id;
 * - its channel is known, and there is no document.
 *
 * A bundle without a channel has no counter. Nothing is asked of the statement
 * of a bundle that nobody was asked to sign. */
int mf_trustuse_check(const struct mf_trust *trust, const struct mf_gate *gate, const struct mf_truststate *state,
                      bool override, struct mf_overridden *overridden, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Takes down that a bundle was accepted under a document whose digest is given
 * (seen->version 0: without one), and what was overridden; writes the state
 * where that changes it. Only a document's signatures move a counter. Neither a
 * counter nor the version of the document ever falls, whatever was overridden.
 * `bundle` may be NULL. The lock must be held. */
int mf_truststate_commit(struct mf_truststate *state, const struct mf_trustseen *seen, const struct mf_manifest *bundle,
                         const struct mf_overridden *overridden, int64_t now, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 4, 6) MF_NODISCARD;

#endif
