#include "formats/trustdoc.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/timetext.h"

bool mf_trustdoc_is_name(struct mf_str name)
{
    if (name.n == 0 || name.n > MF_TRUSTDOC_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (i == 0 || !c || !strchr("._@+-", c)))
            return false;
    }
    return true;
}

long mf_trustdoc_find_key(const struct mf_trustdoc *doc, struct mf_str name)
{
    for (size_t i = 0; i < doc->key_count; i++)
        if (mf_str_eq(doc->keys[i].name, name))
            return (long)i;
    return -1;
}

struct mf_trustchannel *mf_trustdoc_find_channel(const struct mf_trustdoc *doc, struct mf_str name)
{
    for (size_t i = 0; i < doc->channel_count; i++)
        if (mf_str_eq(doc->channels[i].name, name))
            return &doc->channels[i];
    return NULL;
}

const struct mf_trustchannel *mf_trustdoc_rules_of(const struct mf_trustdoc *doc, struct mf_str name)
{
    const struct mf_trustchannel *own = mf_trustdoc_find_channel(doc, name);
    bool is_default = mf_str_eq(name, MF_LIT(MF_TRUSTDOC_DEFAULT));
    return own && !is_default ? own : mf_trustdoc_find_channel(doc, MF_LIT(MF_TRUSTDOC_DEFAULT));
}

/* `fallback` where there is no bound. Times of a document are valid. */
static int64_t seconds_of(struct mf_str time, int64_t fallback)
{
    int64_t seconds;
    return time.n && mf_timetext_seconds(time, &seconds) ? seconds : fallback;
}

bool mf_trustkey_counts(const struct mf_trustkey *key, int64_t now)
{
    return key->revoked_at.n == 0 && seconds_of(key->valid_from, INT64_MIN) <= now &&
           now < seconds_of(key->valid_until, INT64_MAX);
}

void mf_trustkey_why(const struct mf_trustkey *key, int64_t now, char out[MF_TRUSTKEY_WHY])
{
    out[0] = '\0';
    if (key->revoked_at.n)
        snprintf(out, MF_TRUSTKEY_WHY, "revoked %.*s: %.*s", MF_FMT(key->revoked_at), MF_FMT(key->revoked_because));
    else if (seconds_of(key->valid_from, INT64_MIN) > now)
        snprintf(out, MF_TRUSTKEY_WHY, "not valid before %.*s", MF_FMT(key->valid_from));
    else if (now >= seconds_of(key->valid_until, INT64_MAX))
        snprintf(out, MF_TRUSTKEY_WHY, "expired %.*s", MF_FMT(key->valid_until));
}
