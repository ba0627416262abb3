/* Trust files: documents, their signatures, and which successor is accepted. The
 * input is taken as a file, as a document, and as documents that the test key
 * signs. */
#include "formats/trustcheck.h"
#include "tests/fuzz/jsonfix.h"
#include "tests/fuzz/testkey.h"

#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

enum { DOCUMENTS_MAX = 4, SIGNATURES_MAX = 4 };

static void check_role(const struct mf_trustdoc *doc, const struct mf_trustrole *role)
{
    CHECK(role->threshold >= 1 && role->threshold <= role->key_count && role->key_count <= MF_TRUSTDOC_ROLE_MAX);
    for (size_t i = 0; i < role->key_count; i++)
        CHECK(role->keys[i] < doc->key_count && (i == 0 || role->keys[i - 1] < role->keys[i]));
}

static void check_document(struct mf_str text)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_TRUSTDOC_MAX);
    struct mf_trustdoc doc;
    struct mf_err err = {0};
    if (mf_trustdoc_parse(text, &doc, &arena, &err) < 0) {
        CHECK(err.code == MF_E_DAMAGED || err.code == MF_E_UNSUPPORTED || err.code == MF_E_LIMIT);
        return;
    }
    CHECK(doc.version >= 1 && doc.key_count <= MF_TRUSTDOC_KEYS_MAX);
    for (size_t i = 0; i < doc.key_count; i++)
        CHECK(mf_trustdoc_is_name(doc.keys[i].name) && mf_trustdoc_find_key(&doc, doc.keys[i].name) == (long)i);
    check_role(&doc, &doc.root);
    for (size_t i = 0; i < doc.channel_count; i++) {
        check_role(&doc, &doc.channels[i].role);
        CHECK(mf_trustdoc_rules_of(&doc, doc.channels[i].name) == &doc.channels[i]);
    }
    CHECK(mf_trustdoc_write(&doc, &again, &err) == 0 && mf_str_eq(mf_buf_view(&again), text));
}

/* Keys of the root by which the entry is signed, found in another way: every
 * signature is tried under every key. */
static size_t signers(const struct mf_trustdoc *doc, const struct mf_trustfile_entry *entry)
{
    size_t count = 0;
    for (size_t i = 0; i < doc->root.key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[doc->root.keys[i]];
        bool signed_by = false;
        for (size_t k = 0; k < entry->signature_count && mf_trustkey_counts(key, NOW) && !signed_by; k++) {
            struct mf_minisig sig;
            struct mf_err err;
            signed_by = mf_minisig_parse(entry->signatures[k], &sig, &err) == 0 &&
                        mf_minisig_verify(&sig, &key->key, entry->text);
        }
        count += signed_by;
    }
    return count;
}

/* Each document of the chain, once more by hand. */
static void check_chain(const struct mf_trustfile *file, const struct mf_trustdoc *newest)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_trustdoc doc, before = {0};
    struct mf_err err;
    for (size_t i = 0; i < file->count; i++) {
        CHECK(mf_trustdoc_parse(file->entries[i].text, &doc, &arena, &err) == 0);
        CHECK(signers(&doc, &file->entries[i]) >= doc.root.threshold);
        if (i > 0)
            CHECK(doc.version == before.version + 1 && signers(&before, &file->entries[i]) >= before.root.threshold);
        before = doc;
    }
    CHECK(newest->version == before.version);
}

static void check_walk(const struct mf_trustfile *file)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_trustdoc doc, again;
    struct mf_trustseen seen = {0};
    struct mf_err err;
    if (mf_trustcheck_walk(file, &seen, NOW, &doc, &arena, &err) < 0)
        return;
    check_chain(file, &doc);
    seen = (struct mf_trustseen){doc.version, file->entries[file->count - 1].sha256};
    CHECK(mf_trustcheck_walk(file, &seen, NOW, &again, &arena, &err) == 0 && again.version == doc.version);
    seen.sha256.b[0] ^= 1;
    CHECK(mf_trustcheck_walk(file, &seen, NOW, &again, &arena, &err) < 0);
}

static void check_file(struct mf_str text)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_MIB);
    struct mf_trustfile file;
    struct mf_err err = {0};
    bool small = true;
    if (mf_trustfile_split(text, &file, &arena, &err) < 0) {
        CHECK(err.code == MF_E_DAMAGED || err.code == MF_E_LIMIT);
        return;
    }
    for (size_t i = 0; i < file.count; i++) {
        mf_trustfile_put(&file.entries[i], &again);
        small = small && file.entries[i].signature_count <= SIGNATURES_MAX;
    }
    CHECK(file.count > 0 && mf_str_eq(mf_buf_view(&again), text));
    if (small && file.count <= DOCUMENTS_MAX)
        check_walk(&file);
}

/* Lines of the input that may be documents, each in canonical form where it has
 * one, and signed by the test key. */
static void sign_documents(struct mf_str text, struct mf_buf *out)
{
    struct mf_err err;
    size_t documents = 0;
    for (struct mf_str rest = text; rest.n && documents < DOCUMENTS_MAX;) {
        struct mf_str line = mf_str_head(rest, mf_str_find(rest, '\n') + 1);
        rest = mf_str_from(rest, line.n);
        if (line.p[0] != '{' || line.p[line.n - 1] != '\n')
            continue;
        MF_CLEANUP(mf_buf_release) struct mf_buf fixed = MF_BUF_INIT(MF_MIB);
        jsonfix(mf_str_head(line, line.n - 1), &fixed);
        mf_buf_byte(&fixed, '\n');
        if (fixed.n > 1)
            line = mf_buf_view(&fixed);
        check_document(line);
        mf_buf_str(out, line);
        CHECK(mf_minisign_sign(testkey(), line, MF_LIT("test"), out, &err) == 0);
        documents++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf file = MF_BUF_INIT(MF_MIB);
    struct mf_str text = fuzz_text(data, size);
    check_document(text);
    check_file(text);
    sign_documents(text, &file);
    check_file(mf_buf_view(&file));
    return 0;
}
