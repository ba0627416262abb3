#include "formats/trustcheck.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/encode.h"

static void add(char *text, size_t room, const char *separator, const char *piece)
{
    size_t n = strlen(text);
    if (n >= 4 && strcmp(text + n - 4, " ...") == 0)
        return;
    if (n + strlen(separator) + strlen(piece) + 5 > room)
        snprintf(text + n, room - n, " ...");
    else
        snprintf(text + n, room - n, "%s%s", n ? separator : "", piece);
}

void mf_trustcheck_list(char *text, size_t room, struct mf_str name, const uint8_t id[8])
{
    char hex[17], piece[MF_TRUSTDOC_NAME_MAX + 32];
    mf_keyid_text(id, hex);
    if (name.n)
        snprintf(piece, sizeof(piece), "%.*s (%s)", MF_FMT(name), hex);
    else
        snprintf(piece, sizeof(piece), "key %s", hex);
    add(text, room, ", ", piece);
}

static void list_ignored(struct mf_trusttally *t, const struct mf_trustkey *key, int64_t now)
{
    char why[MF_TRUSTKEY_WHY], id[17], piece[MF_TRUSTDOC_NAME_MAX + MF_TRUSTKEY_WHY + 64];
    mf_keyid_text(key->key.id, id);
    mf_trustkey_why(key, now, why);
    snprintf(piece, sizeof(piece), "%s%.*s (%s) %s", t->ignored[0] ? "" : "; not counted: ", MF_FMT(key->name), id,
             why);
    add(t->ignored, sizeof(t->ignored), ", ", piece);
}

/* The name that `doc` has for the signer of a signature, which is not checked. */
static struct mf_str name_of(const struct mf_trustdoc *doc, const struct mf_minisig *sig)
{
    for (size_t i = 0; i < doc->key_count; i++)
        if (memcmp(doc->keys[i].key.id, sig->id, sizeof(sig->id)) == 0)
            return doc->keys[i].name;
    return (struct mf_str){0};
}

/* One signature under every key of the role that has its id: an id is a hint
 * which key to try, as it is to minisign. */
static void try_signature(const struct mf_trustdoc *doc, const struct mf_trustrole *role, const struct mf_minisig *sig,
                          struct mf_str message, int64_t now, struct mf_trusttally *t)
{
    for (size_t i = 0; i < role->key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[role->keys[i]];
        if (t->verified[i] || memcmp(key->key.id, sig->id, sizeof(sig->id)) != 0 ||
            !mf_minisig_verify(sig, &key->key, message))
            continue;
        t->verified[i] = true;
        if (mf_trustkey_counts(key, now))
            t->counted++;
        else
            list_ignored(t, key, now);
    }
}

void mf_trustcheck_tally(const struct mf_trustdoc *doc, const struct mf_trustrole *role,
                         const struct mf_trustfile_entry *entry, int64_t now, struct mf_trusttally *out)
{
    *out = (struct mf_trusttally){0};
    for (size_t i = 0; i < role->key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[role->keys[i]];
        mf_trustcheck_list(out->wanted, sizeof(out->wanted), key->name, key->key.id);
    }
    for (size_t i = 0; i < entry->signature_count; i++) {
        struct mf_minisig sig;
        struct mf_err ignored = {0};
        if (mf_minisig_parse(entry->signatures[i], &sig, &ignored) < 0) {
            add(out->found, sizeof(out->found), ", ", "one that is not readable");
            continue;
        }
        mf_trustcheck_list(out->found, sizeof(out->found), name_of(doc, &sig), sig.id);
        try_signature(doc, role, &sig, entry->text, now, out);
    }
    if (!out->found[0])
        snprintf(out->found, sizeof(out->found), "nobody");
}

static int check_root(const struct mf_trustdoc *doc, const struct mf_trustfile_entry *entry, const char *what,
                      int64_t now, struct mf_err *err)
{
    struct mf_trusttally t;
    mf_trustcheck_tally(doc, &doc->root, entry, now, &t);
    if (t.counted >= doc->root.threshold)
        return 0;
    mf_err_set(err, MF_E_THRESHOLD,
               "%s: %" PRIu64 " of the root of version %" PRIu64 " signed it, %" PRIu64
               " are needed: signed with %s; wanted of %s%s",
               what, t.counted, doc->version, doc->root.threshold, t.found, t.wanted, t.ignored);
    return mf_err_next(err, "have its keepers sign it: `modferry trust sign FILE --key KEY`");
}

int mf_trustcheck_first(const struct mf_trustfile_entry *entry, int64_t now, struct mf_trustdoc *out,
                        struct mf_arena *arena, struct mf_err *err)
{
    char what[64];
    if (mf_trustdoc_parse(entry->text, out, arena, err) < 0)
        return -1;
    snprintf(what, sizeof(what), "trust document of version %" PRIu64, out->version);
    return check_root(out, entry, what, now, err);
}

int mf_trustcheck_next(const struct mf_trustdoc *have, const struct mf_trustfile_entry *entry, int64_t now,
                       struct mf_trustdoc *out, struct mf_arena *arena, struct mf_err *err)
{
    char what[64];
    struct mf_trustdoc next;
    snprintf(what, sizeof(what), "trust document after version %" PRIu64, have->version);
    if (check_root(have, entry, what, now, err) < 0)
        return -1;
    if (mf_trustdoc_parse(entry->text, &next, arena, err) < 0)
        return -1;
    if (next.version != have->version + 1)
        return mf_err_set(err, MF_E_POLICY, "%s: it has version %" PRIu64 ", and versions are not skipped", what,
                          next.version);
    snprintf(what, sizeof(what), "trust document of version %" PRIu64, next.version);
    if (check_root(&next, entry, what, now, err) < 0)
        return -1;
    *out = next;
    return 0;
}

/* Why a file does not hold the document that was seen. For the message alone
 * the documents are parsed, which the user has named. */
static int not_seen(const struct mf_trustfile *file, const struct mf_trustseen *seen, struct mf_arena *arena,
                    struct mf_err *err)
{
    struct mf_trustdoc first, last, doc;
    char have[MF_HEX_SIZE(32)], other[MF_HEX_SIZE(32)];
    mf_hex(seen->sha256.b, sizeof(seen->sha256.b), have);
    if (mf_trustdoc_parse(file->entries[0].text, &first, arena, err) < 0 ||
        mf_trustdoc_parse(file->entries[file->count - 1].text, &last, arena, err) < 0)
        return -1;
    if (last.version < seen->version) {
        mf_err_set(err, MF_E_POLICY,
                   "trust document: this is version %" PRIu64 ", and version %" PRIu64 " (SHA-256 %s) was accepted "
                   "before",
                   last.version, seen->version, have);
        return mf_err_next(err,
                           "pass the trust file that holds version %" PRIu64 "; to go back for this once, pass "
                           "--override-trust",
                           seen->version);
    }
    if (first.version > seen->version) {
        mf_err_set(err, MF_E_POLICY,
                   "trust document: the file begins with version %" PRIu64 ", and version %" PRIu64 " (SHA-256 %s), "
                   "which was accepted before, is not in it",
                   first.version, seen->version, have);
        return mf_err_next(err, "put the documents from version %" PRIu64 " on before it, with `cat`", seen->version);
    }
    other[0] = '\0';
    for (size_t i = 0; i < file->count; i++)
        if (mf_trustdoc_parse(file->entries[i].text, &doc, arena, err) == 0 && doc.version == seen->version)
            mf_hex(file->entries[i].sha256.b, 32, other);
    mf_err_set(err, MF_E_POLICY,
               "trust document: version %" PRIu64 " has SHA-256 %s, and the one accepted before has %s", seen->version,
               other, have);
    return mf_err_next(err, "find out who made the second one; another organisation's document needs a --state of its "
                            "own; to take it nevertheless, pass --override-trust");
}

int mf_trustcheck_walk(const struct mf_trustfile *file, const struct mf_trustseen *seen, int64_t now,
                       struct mf_trustdoc *out, struct mf_arena *arena, struct mf_err *err)
{
    long at = seen->version ? mf_trustfile_find(file, &seen->sha256) : 0;
    if (at < 0)
        return not_seen(file, seen, arena, err);
    const struct mf_trustfile_entry *entry = &file->entries[at];
    if ((seen->version ? mf_trustdoc_parse(entry->text, out, arena, err)
                       : mf_trustcheck_first(entry, now, out, arena, err)) < 0)
        return -1;
    for (size_t i = (size_t)at + 1; i < file->count; i++) {
        struct mf_trustdoc next;
        if (mf_trustcheck_next(out, &file->entries[i], now, &next, arena, err) < 0)
            return -1;
        *out = next;
    }
    return 0;
}
