#include "verify/gate.h"

#include <stdio.h>

/* Ids of what was found and of what is wanted, for a message. */
struct id_list {
    char text[512];
    size_t n;
};

static void list_add(struct id_list *list, const char *id)
{
    size_t room = sizeof(list->text) - list->n;
    const char *separator = list->n ? ", " : "";
    if (strlen(id) + strlen(separator) + 5 > room) {
        if (list->n && list->text[list->n - 1] != '.')
            list->n += (size_t)snprintf(list->text + list->n, room, " ...");
        return;
    }
    list->n += (size_t)snprintf(list->text + list->n, room, "%s%s", separator, id);
}

static int refuse_keys(const struct mf_head *head, const struct mf_trust *trust, struct mf_err *err)
{
    struct id_list found = {0}, wanted = {0};
    char id[17];
    for (size_t i = 0; i < head->signature_count; i++) {
        struct mf_minisig sig;
        struct mf_err ignored = {0};
        if (mf_minisig_parse(head->signatures[i].text, &sig, &ignored) == 0) {
            mf_keyid_text(sig.id, id);
            list_add(&found, id);
        } else {
            list_add(&found, "one that is not readable");
        }
    }
    for (size_t i = 0; i < trust->key_count; i++) {
        mf_keyid_text(trust->keys[i].id, id);
        list_add(&wanted, id);
    }
    return mf_err_set(err, MF_E_WRONG_KEY, "signed with key %s; trusted is %s", found.text,
                      wanted.n ? wanted.text : "no key");
}

static const struct mf_pubkey *trusted_key(const struct mf_trust *trust, struct mf_str stem)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        char want[17];
        mf_pubkey_stem(&trust->keys[i], want);
        if (mf_str_eq(stem, mf_str(want)))
            return &trust->keys[i];
    }
    return NULL;
}

/* Looks at the raw bytes of the manifest only. */
static int check_signatures(const struct mf_trust *trust, struct mf_gate *gate, struct mf_err *err)
{
    const struct mf_head *head = &gate->head;
    const struct mf_pubkey *broken = NULL;
    for (size_t i = 0; i < head->signature_count; i++) {
        const struct mf_head_signature *s = &head->signatures[i];
        const struct mf_pubkey *key = trusted_key(trust, s->stem);
        struct mf_minisig sig;
        struct mf_err ignored = {0};
        if (!key)
            continue;
        if (mf_minisig_parse(s->text, &sig, &ignored) < 0 || !mf_minisig_verify(&sig, key, head->manifest)) {
            broken = key;
            continue;
        }
        gate->verified = true;
        gate->signer = *key;
        memcpy(gate->trusted_comment, sig.trusted_comment, sizeof(gate->trusted_comment));
        return 0;
    }
    if (head->signature_count == 0)
        return mf_err_set(err, MF_E_UNSIGNED, "it carries no signature");
    if (!broken)
        return refuse_keys(head, trust, err);
    char id[17];
    mf_keyid_text(broken->id, id);
    return mf_err_set(err, MF_E_SIGNATURE, "the signature of key %s does not fit its manifest", id);
}

int mf_gate_open(int fd, const char *name, const struct mf_trust *trust, struct mf_gate *out, struct mf_err *err)
{
    *out = (struct mf_gate){.arena = MF_ARENA_INIT(MF_GATE_ARENA_MAX)};
    if (mf_head_read(fd, name, &out->head, &out->arena, err) < 0)
        return -1;
    out->manifest_sha256 = mf_sha256_of(out->head.manifest);
    if (!trust->allow_unverified && check_signatures(trust, out, err) < 0)
        return mf_err_prefix(err, "check the signatures of %s", name);
    if (mf_manifest_parse(out->head.manifest, &out->manifest, &out->arena, err) < 0)
        return mf_err_prefix(err, "read the manifest of %s", name);
    return 0;
}

void mf_gate_release(struct mf_gate *gate)
{
    mf_arena_release(&gate->arena);
    gate->verified = false;
}
