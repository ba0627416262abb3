#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "formats/base/encode.h"
#include "formats/timetext.h"
#include "verify/truststate.h"

#define DAY 86400
#define CHANNEL_MAX 4096 /* bytes of the name of a channel that a state takes */

int mf_overridden_refuse(struct mf_overridden *overridden, bool allowed, struct mf_err *err, const char *fmt, ...)
{
    char text[MF_TRUSTSTATE_WHAT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!allowed || overridden->count == MF_COUNT(overridden->what))
        return mf_err_set(err, MF_E_POLICY, "%s", text);
    mf_mask(text, strlen(text), overridden->what[overridden->count++], MF_TRUSTSTATE_WHAT);
    return 0;
}

struct use {
    const struct mf_trust *trust;
    const struct mf_manifest *m;
    const struct mf_truststate *state;
    bool override;
    struct mf_overridden *overridden;
    struct mf_err *err;
};

static int next_for_age(struct mf_err *err)
{
    return mf_err_next(err, "ask for a newer bundle; to accept this one nevertheless, pass --override-trust, which is "
                            "recorded");
}

static int check_age(const struct use *u)
{
    const struct mf_manifest *m = u->m;
    const struct mf_trustchannel *rules =
        u->trust->document ? mf_trustdoc_rules_of(u->trust->document, m->channel) : NULL;
    int64_t created = 0, expires = 0;
    /* the manifest has been checked: these are times */
    if (!mf_timetext_seconds(m->created, &created) || (m->expires.n && !mf_timetext_seconds(m->expires, &expires)))
        return mf_err_set(u->err, MF_E_DAMAGED, "its times are none");
    if (m->expires.n && u->trust->now >= expires &&
        mf_overridden_refuse(u->overridden, u->override, u->err, "the bundle expired %.*s", MF_FMT(m->expires)) < 0)
        return next_for_age(u->err);
    if (rules && rules->require_expires && !m->expires.n &&
        mf_overridden_refuse(u->overridden, u->override, u->err,
                             "the bundle does not say when it expires, and the channel's rule asks for it") < 0)
        return mf_err_next(u->err, "have it packed with `modferry pack --expires`, or pass --override-trust");
    if (rules && rules->max_age_days && u->trust->now - created > (int64_t)rules->max_age_days * DAY &&
        mf_overridden_refuse(u->overridden, u->override, u->err,
                             "the bundle is of %.*s, and the channel's rule allows %" PRIu64 " days",
                             MF_FMT(m->created), rules->max_age_days) < 0)
        return next_for_age(u->err);
    /* it would be young for long; a day is for clocks that differ */
    if (rules && rules->max_age_days && created - u->trust->now > DAY &&
        mf_overridden_refuse(u->overridden, u->override, u->err,
                             "the bundle is of %.*s, which is to come: its age, for which the channel has a rule, "
                             "cannot be told",
                             MF_FMT(m->created)) < 0)
        return mf_err_next(u->err, "compare the clocks of this machine and of the packer; to accept it nevertheless, "
                                   "pass --override-trust, which is recorded");
    return 0;
}

static int check_counter(const struct use *u, const struct mf_truststate_channel *known)
{
    const struct mf_manifest *m = u->m;
    char old[MF_HEX_SIZE(32)], new[MF_HEX_SIZE(32)];
    mf_hex(known->id.b, sizeof(known->id.b), old);
    mf_hex(m->id.b, sizeof(m->id.b), new);
    if (m->counter < known->counter &&
        mf_overridden_refuse(u->overridden, u->override, u->err,
                             "channel %.*s: the bundle has counter %" PRIu64 ", and %" PRIu64
                             " was accepted before (%.*s)",
                             MF_FMT(m->channel), m->counter, known->counter, MF_FMT(known->time)) < 0)
        return mf_err_next(u->err, "use the newest bundle, or have this content packed again; to go back to this one "
                                   "nevertheless, pass --override-trust, which is recorded");
    if (m->counter == known->counter && !mf_digest_eq(&m->id, &known->id) &&
        mf_overridden_refuse(u->overridden, u->override, u->err,
                             "channel %.*s: two bundles have counter %" PRIu64 ": this one with id %s, and %s, which "
                             "was accepted before",
                             MF_FMT(m->channel), m->counter, new, old) < 0)
        return mf_err_next(u->err, "find out who signed both; have it packed again with a higher --counter, or pass "
                                   "--override-trust, which is recorded");
    return 0;
}

static int check_channel(const struct use *u)
{
    struct mf_str name = u->m->channel;
    const struct mf_truststate_channel *known = mf_truststate_find(u->state, name);
    if (name.n > CHANNEL_MAX)
        return mf_err_set(u->err, MF_E_LIMIT, "the name of its channel has more than %d bytes", CHANNEL_MAX);
    if (!known || name.n == 0)
        return 0;
    if (u->trust->document)
        return check_counter(u, known);
    if (mf_overridden_refuse(u->overridden, u->override, u->err,
                             "channel %.*s: its bundles are accepted under a trust document here (counter %" PRIu64
                             ", %.*s), and this one is to be accepted %s",
                             MF_FMT(name), known->counter, MF_FMT(known->time),
                             u->trust->allow_unverified ? "unsigned" : "for a key alone") < 0)
        return mf_err_next(u->err, "pass --trust FILE; to go past it nevertheless, add --override-trust, which is "
                                   "recorded");
    return 0;
}

int mf_trustuse_check(const struct mf_trust *trust, const struct mf_gate *gate, const struct mf_truststate *state,
                      bool override, struct mf_overridden *overridden, struct mf_err *err)
{
    const struct use u = {trust, &gate->manifest, state, override, overridden, err};
    if (gate->verified && check_age(&u) < 0)
        return -1;
    return check_channel(&u);
}
