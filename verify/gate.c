#include "verify/gate.h"

#include <inttypes.h>
#include <stdio.h>

/* Keys for a message: what was found, what is wanted, what does not count. */
struct key_list {
    char text[512];
    size_t n;
};

static void list_add(struct key_list *list, const char *item)
{
    size_t room = sizeof(list->text) - list->n;
    const char *separator = list->n ? ", " : "";
    if (strlen(item) + strlen(separator) + 5 > room) {
        if (list->n && list->text[list->n - 1] != '.')
            list->n += (size_t)snprintf(list->text + list->n, room, " ...");
        return;
    }
    list->n += (size_t)snprintf(list->text + list->n, room, "%s%s", separator, item);
}

/* "0123456789ABCDEF", or of a document "alice (0123456789ABCDEF)"; then `why`. */
static void list_key(struct key_list *list, struct mf_str name, const uint8_t id[8], const char *why)
{
    char hex[17], item[MF_TRUSTDOC_NAME_MAX + MF_TRUSTKEY_WHY + 32];
    mf_keyid_text(id, hex);
    snprintf(item, sizeof(item), "%.*s%s%s%s%s%s", MF_FMT(name), name.n ? " (" : "", hex, name.n ? ")" : "",
             *why ? " " : "", why);
    list_add(list, item);
}

/* Number of keys that the caller has named, and one of them. */
static size_t candidate_count(const struct mf_trust *trust)
{
    return trust->document ? trust->document->key_count : trust->key_count;
}

static const struct mf_pubkey *candidate(const struct mf_trust *trust, size_t i)
{
    return trust->document ? &trust->document->keys[i].key : &trust->keys[i];
}

static struct mf_str name_of(const struct mf_trust *trust, size_t i)
{
    return trust->document ? trust->document->keys[i].name : (struct mf_str){0};
}

static int refuse_keys(const struct mf_head *head, const struct mf_trust *trust, const struct key_list *ignored,
                       struct mf_err *err)
{
    struct key_list found = {0}, wanted = {0};
    for (size_t i = 0; i < head->signature_count; i++) {
        struct mf_minisig sig;
        struct mf_err unreadable = {0};
        if (mf_minisig_parse(head->signatures[i].text, &sig, &unreadable) == 0)
            list_key(&found, (struct mf_str){0}, sig.id, "");
        else
            list_add(&found, "one that is not readable");
    }
    for (size_t i = 0; i < candidate_count(trust); i++)
        list_key(&wanted, name_of(trust, i), candidate(trust, i)->id, "");
    mf_err_set(err, MF_E_WRONG_KEY, "signed with key %s; trusted is %s%s%s", found.text,
               wanted.n ? wanted.text : "no key", ignored->n ? "; not counted: " : "", ignored->text);
    if (trust->document)
        mf_err_next(err, "have keys of the trust document sign it: `modferry sign BUNDLE --key FILE`; or take up a "
                         "newer document: `modferry trust update FILE NEWER`");
    return -1;
}

/* Index of the candidate that a signature says it is by, or of none. */
static size_t claimed(const struct mf_trust *trust, struct mf_str stem)
{
    size_t i = 0;
    for (; i < candidate_count(trust); i++) {
        char want[17];
        mf_pubkey_stem(candidate(trust, i), want);
        if (mf_str_eq(stem, mf_str(want)))
            break;
    }
    return i;
}

/* Takes the signer down where it counts; else says why it does not. */
static int add_signer(const struct mf_trust *trust, size_t i, const struct mf_minisig *sig, struct mf_gate *gate,
                      struct key_list *ignored, struct mf_err *err)
{
    if (trust->document && !mf_trustkey_counts(&trust->document->keys[i], trust->now)) {
        char why[MF_TRUSTKEY_WHY];
        mf_trustkey_why(&trust->document->keys[i], trust->now, why);
        list_key(ignored, name_of(trust, i), candidate(trust, i)->id, why);
        return 0;
    }
    /* names in a head differ, and so do public keys with different stems */
    struct mf_gate_signer *signer = &gate->signers[gate->signer_count++];
    signer->key = *candidate(trust, i);
    if (mf_arena_dup(&gate->arena, name_of(trust, i), &signer->name, err) < 0)
        return -1;
    return mf_arena_dup(&gate->arena, mf_str(sig->trusted_comment), &signer->comment, err);
}

/* Looks at the raw bytes of the manifest only. */
static int check_signatures(const struct mf_trust *trust, struct mf_gate *gate, struct key_list *ignored,
                            struct mf_err *err)
{
    const struct mf_head *head = &gate->head;
    const struct mf_pubkey *broken = NULL;
    for (size_t i = 0; i < head->signature_count; i++) {
        const struct mf_head_signature *s = &head->signatures[i];
        size_t at = claimed(trust, s->stem);
        struct mf_minisig sig;
        struct mf_err unreadable = {0};
        if (at == candidate_count(trust))
            continue;
        if (mf_minisig_parse(s->text, &sig, &unreadable) < 0 ||
            !mf_minisig_verify(&sig, candidate(trust, at), head->manifest))
            broken = candidate(trust, at);
        else if (add_signer(trust, at, &sig, gate, ignored, err) < 0)
            return -1;
    }
    if (gate->signer_count > 0)
        return 0;
    if (head->signature_count == 0)
        return mf_err_set(err, MF_E_UNSIGNED, "it carries no signature");
    if (!broken)
        return refuse_keys(head, trust, ignored, err);
    char id[17];
    mf_keyid_text(broken->id, id);
    return mf_err_set(err, MF_E_SIGNATURE, "the signature of key %s does not fit its manifest", id);
}

static bool is_of_role(const struct mf_trustdoc *doc, const struct mf_trustrole *role, const struct mf_pubkey *key)
{
    for (size_t i = 0; i < role->key_count; i++)
        if (memcmp(doc->keys[role->keys[i]].key.key, key->key, sizeof(key->key)) == 0)
            return true;
    return false;
}

/* Signers who are not of the role stay in `found`, for the message. */
static void keep_signers_of(const struct mf_trustdoc *doc, const struct mf_trustrole *role, struct mf_gate *gate,
                            struct key_list *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < gate->signer_count; i++) {
        const struct mf_gate_signer *signer = &gate->signers[i];
        bool member = is_of_role(doc, role, &signer->key);
        list_key(found, signer->name, signer->key.id, member ? "" : "of another channel");
        if (member)
            gate->signers[kept++] = *signer;
    }
    gate->signer_count = kept;
}

/* The manifest, which one key of the document vouches for, names the channel:
 * now those of the channel are counted. */
static int check_channel(const struct mf_trustdoc *doc, const struct key_list *ignored, struct mf_gate *gate,
                         struct mf_err *err)
{
    struct mf_str channel = gate->manifest.channel;
    const struct mf_trustchannel *rules = mf_trustdoc_rules_of(doc, channel);
    struct key_list found = {0}, wanted = {0};
    char what[MF_TRUSTDOC_NAME_MAX + 32] = "it is of no channel";
    if (channel.n)
        snprintf(what, sizeof(what), "channel %.*s", MF_FMT(mf_str_head(channel, MF_TRUSTDOC_NAME_MAX)));
    if (!rules) {
        mf_err_set(err, MF_E_POLICY,
                   "%s, and the trust document of version %" PRIu64 " has neither an entry for it "
                   "nor a default",
                   what, doc->version);
        return mf_err_next(err, "have it packed for another channel: `modferry pack --channel NAME`; or add it to the "
                                "document: `modferry trust set FILE --channel NAME`");
    }
    keep_signers_of(doc, &rules->role, gate, &found);
    gate->threshold = rules->role.threshold;
    if (gate->signer_count >= gate->threshold)
        return 0;
    for (size_t i = 0; i < rules->role.key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[rules->role.keys[i]];
        list_key(&wanted, key->name, key->key.id, "");
    }
    mf_err_set(err, MF_E_THRESHOLD,
               "%s: signed by %zu of its keys, and %" PRIu64 " are needed: signed with %s; wanted of %s%s%s", what,
               gate->signer_count, gate->threshold, found.text, wanted.text, ignored->n ? "; not counted: " : "",
               ignored->text);
    return mf_err_next(err, "have more of them sign it: `modferry sign BUNDLE --key FILE`");
}

int mf_gate_open(int fd, const char *name, const struct mf_trust *trust, struct mf_gate *out, struct mf_err *err)
{
    struct key_list ignored = {0};
    *out = (struct mf_gate){.arena = MF_ARENA_INIT(MF_GATE_ARENA_MAX)};
    if (mf_head_read(fd, name, &out->head, &out->arena, err) < 0)
        return -1;
    out->manifest_sha256 = mf_sha256_of(out->head.manifest);
    if (!trust->allow_unverified && check_signatures(trust, out, &ignored, err) < 0)
        return mf_err_prefix(err, "check the signatures of %s", name);
    if (mf_manifest_parse(out->head.manifest, &out->manifest, &out->arena, err) < 0)
        return mf_err_prefix(err, "read the manifest of %s", name);
    if (trust->document && check_channel(trust->document, &ignored, out, err) < 0)
        return mf_err_prefix(err, "check the signatures of %s", name);
    out->verified = !trust->allow_unverified;
    return 0;
}

void mf_gate_release(struct mf_gate *gate)
{
    mf_arena_release(&gate->arena);
    gate->verified = false;
}
