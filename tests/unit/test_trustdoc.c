#include "trustkit.h"

#include "formats/base/encode.h"

#define KEY_A "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
#define KEY_B "RWT6yF+6thOqwqn3zKKmyo0P7V3pGYwm6Xjp7oBxHl6b5mHbLdB4c5+P"

/* A document with one part of it replaced; the parts in canonical order. */
enum part { CHANNELS, CREATED, FORMAT, KEYS, ROOT, VERSION, END, PARTS };

static const char *const good[PARTS] = {
    "{\"channels\":[{\"keys\":[\"alice\"],\"max_age_days\":30,\"name\":\"*\",\"require_expires\":true,\"threshold\":1}"
    "]",
    ",\"created\":\"2026-01-02T03:04:05Z\"",
    ",\"format\":\"modferry-trust/1\"",
    ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A "\",\"valid_from\":\"2026-01-01T00:00:00Z\","
    "\"valid_until\":\"2027-01-01T00:00:00Z\"}]",
    ",\"root\":{\"keys\":[\"alice\"],\"threshold\":1}",
    ",\"version\":7",
    "}\n",
};

static enum mf_code parse_with(enum part part, const char *text, struct mf_trustdoc *doc, struct mf_arena *arena,
                               struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf all = MF_BUF_INIT(MF_MIB);
    for (int i = 0; i < PARTS; i++)
        mf_buf_str(&all, mf_str(i == (int)part && text ? text : good[i]));
    *err = (struct mf_err){0};
    return mf_trustdoc_parse(mf_buf_view(&all), doc, arena, err) == 0 ? MF_OK : err->code;
}

static void test_fields(void **state)
{
    (void)state;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_trustdoc doc;
    struct mf_err err;
    if (parse_with(PARTS, NULL, &doc, &arena, &err) != MF_OK)
        fail_msg("%s", err.text);
    assert_int_equal(doc.version, 7);
    assert_int_equal(doc.key_count, 1);
    assert_true(mf_str_eq(doc.keys[0].name, MF_LIT("alice")));
    assert_int_equal(doc.root.threshold, 1);
    assert_int_equal(doc.channels[0].max_age_days, 30);
    assert_true(doc.channels[0].require_expires);
    assert_ptr_equal(mf_trustdoc_rules_of(&doc, MF_LIT("any")), &doc.channels[0]);
    assert_ptr_equal(mf_trustdoc_rules_of(&doc, MF_LIT("")), &doc.channels[0]);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_TRUSTDOC_MAX), text = MF_BUF_INIT(MF_MIB);
    for (int i = 0; i < PARTS; i++)
        mf_buf_str(&text, mf_str(good[i]));
    TRUSTKIT_OK(mf_trustdoc_write(&doc, &again, &why));
    assert_true(mf_str_eq(mf_buf_view(&text), mf_buf_view(&again)));
}

#define REVOKED_KEY                                                                                                    \
    ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A                                                           \
    "\",\"revoked\":{\"reason\":\"lost\",\"time\":\"2026-01-01T00:00:00Z\"}}]"

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        enum part part;
        const char *text;
        enum mf_code want;
        const char *says;
    } cases[] = {
        {FORMAT, ",\"format\":\"modferry-bundle/1\"", MF_E_UNSUPPORTED, "unknown format \"modferry-bundle/1\""},
        {FORMAT, ",\"format\":\"modferry-trust/2\"", MF_E_UNSUPPORTED, "unknown format"},
        {FORMAT, ",\"format\":1", MF_E_DAMAGED, "format"},
        {FORMAT, "", MF_E_DAMAGED, "format"},
        {VERSION, ",\"version\":0", MF_E_DAMAGED, "version"},
        {VERSION, ",\"version\":-1", MF_E_DAMAGED, "version"},
        {VERSION, ",\"version\":1.5", MF_E_DAMAGED, "fraction"},
        {VERSION, ",\"version\":\"1\"", MF_E_DAMAGED, "version"},
        {VERSION, ",\"version\":7,\"version\":7", MF_E_DAMAGED, "duplicate"},
        {VERSION, ",\"version\":7,\"x\":1", MF_E_UNSUPPORTED, "unknown field \"x\""},
        {VERSION, ", \"version\":7", MF_E_DAMAGED, "canonical"},
        {END, "}", MF_E_DAMAGED, "newline"},
        {END, "}\n\n", MF_E_DAMAGED, "canonical"},
        {CREATED, ",\"created\":\"2026-01-02\"", MF_E_DAMAGED, "created"},
        {CREATED, "", MF_E_DAMAGED, "created"},
        {KEYS, ",\"keys\":{}", MF_E_DAMAGED, "keys"},
        {KEYS, ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"RWQ\"}]", MF_E_DAMAGED, "public_key"},
        {KEYS, ",\"keys\":[{\"name\":\"al ice\",\"public_key\":\"" KEY_A "\"}]", MF_E_DAMAGED, "not a name"},
        {KEYS, ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A "\",\"x\":1}]", MF_E_UNSUPPORTED, "\"x\""},
        {KEYS,
         ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A "\"},{\"name\":\"bob\",\"public_key\":\"" KEY_A
         "\"}]",
         MF_E_DAMAGED, "alice and bob are the same public key"},
        {KEYS,
         ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A "\"},{\"name\":\"alice\",\"public_key\":\"" KEY_B
         "\"}]",
         MF_E_DAMAGED, "out of order or double"},
        {KEYS,
         ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A
         "\",\"valid_from\":\"2027-01-01T00:00:00Z\",\"valid_until\":\"2026-01-01T00:00:00Z\"}]",
         MF_E_DAMAGED, "valid_until"},
        {KEYS, ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A "\",\"revoked\":true}]", MF_E_DAMAGED,
         "revoked"},
        {KEYS,
         ",\"keys\":[{\"name\":\"alice\",\"public_key\":\"" KEY_A
         "\",\"revoked\":{\"time\":\"2026-01-01T00:00:00Z\"}}]",
         MF_E_DAMAGED, "reason"},
        {KEYS, REVOKED_KEY, MF_E_DAMAGED, "root: threshold 1 cannot be reached"},
        {ROOT, ",\"root\":{\"keys\":[\"bob\"],\"threshold\":1}", MF_E_DAMAGED, "not the name of a key"},
        {ROOT, ",\"root\":{\"keys\":[\"alice\",\"alice\"],\"threshold\":1}", MF_E_DAMAGED, "double"},
        {ROOT, ",\"root\":{\"keys\":[\"alice\"],\"threshold\":2}", MF_E_DAMAGED, "cannot be reached"},
        {ROOT, ",\"root\":{\"keys\":[\"alice\"],\"threshold\":0}", MF_E_DAMAGED, "threshold"},
        {ROOT, ",\"root\":{\"keys\":[],\"threshold\":1}", MF_E_DAMAGED, "cannot be reached"},
        {ROOT, "", MF_E_DAMAGED, "root"},
        {CHANNELS, "{\"channels\":[{\"keys\":[\"alice\"],\"name\":\"a/b\",\"threshold\":1}]", MF_E_DAMAGED, "name"},
        {CHANNELS, "{\"channels\":[{\"keys\":[\"alice\"],\"max_age_days\":0,\"name\":\"a\",\"threshold\":1}]",
         MF_E_DAMAGED, "max_age_days"},
        {CHANNELS, "{\"channels\":[{\"keys\":[\"alice\"],\"max_age_days\":36501,\"name\":\"a\",\"threshold\":1}]",
         MF_E_LIMIT, "max_age_days"},
        {CHANNELS, "{\"channels\":[{\"keys\":[\"alice\"],\"name\":\"a\",\"require_expires\":false,\"threshold\":1}]",
         MF_E_DAMAGED, "require_expires"},
        {CHANNELS,
         "{\"channels\":[{\"keys\":[\"alice\"],\"name\":\"a\",\"threshold\":1},"
         "{\"keys\":[\"alice\"],\"name\":\"a\",\"threshold\":1}]",
         MF_E_DAMAGED, "double"},
        {CHANNELS, "{\"channels\":[]", MF_OK, ""},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_trustdoc doc;
        struct mf_err err;
        enum mf_code code = parse_with(cases[i].part, cases[i].text, &doc, &arena, &err);
        if (code != cases[i].want || !strstr(err.text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, mf_code_name(code), err.text);
    }
}

static void test_when_a_key_counts(void **state)
{
    (void)state;
    char why[MF_TRUSTKEY_WHY];
    struct mf_trustkey key = {.valid_from = MF_LIT("2026-01-01T00:00:00Z"),
                              .valid_until = MF_LIT("2026-01-02T00:00:00Z")};
    assert_false(mf_trustkey_counts(&key, TRUSTKIT_NOW - 1));
    mf_trustkey_why(&key, TRUSTKIT_NOW - 1, why);
    assert_string_equal(why, "not valid before 2026-01-01T00:00:00Z");
    assert_true(mf_trustkey_counts(&key, TRUSTKIT_NOW));
    mf_trustkey_why(&key, TRUSTKIT_NOW, why);
    assert_string_equal(why, "");
    assert_true(mf_trustkey_counts(&key, TRUSTKIT_NOW + 86399));
    assert_false(mf_trustkey_counts(&key, TRUSTKIT_NOW + 86400));
    mf_trustkey_why(&key, TRUSTKIT_NOW + 86400, why);
    assert_string_equal(why, "expired 2026-01-02T00:00:00Z");
    /* revoked is revoked, also for what was signed before */
    key = (struct mf_trustkey){.revoked_at = MF_LIT("2999-01-01T00:00:00Z"), .revoked_because = MF_LIT("lost")};
    assert_false(mf_trustkey_counts(&key, TRUSTKIT_NOW));
    mf_trustkey_why(&key, TRUSTKIT_NOW, why);
    assert_string_equal(why, "revoked 2999-01-01T00:00:00Z: lost");
}

static void test_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "*", "-a", ".a", "a b", "a/b", "a\n", "\xc3\xa4"};
    assert_true(mf_trustdoc_is_name(MF_LIT("alice.b+c@example-1_2")));
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_trustdoc_is_name(mf_str(bad[i])));
    char longest[MF_TRUSTDOC_NAME_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    assert_true(mf_trustdoc_is_name((struct mf_str){longest, MF_TRUSTDOC_NAME_MAX}));
    assert_false(mf_trustdoc_is_name((struct mf_str){longest, MF_TRUSTDOC_NAME_MAX + 1}));
    assert_false(mf_trustdoc_is_name((struct mf_str){"a\0b", 3}));
}

static void test_split(void **state)
{
    (void)state;
    struct trustkit k;
    struct mf_trustfile file;
    struct mf_err err = {0};
    trustkit_make(&k);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_TRUSTFILE_MAX);
    struct mf_trustfile_entry first = trustkit_signed(&k, "ab"), second;
    k.doc.version = 2;
    second = trustkit_signed(&k, "");
    mf_trustfile_put(&first, &text);
    mf_trustfile_put(&second, &text);
    TRUSTKIT_OK(mf_trustfile_split(mf_buf_view(&text), &file, &k.arena, &why));
    assert_int_equal(file.count, 2);
    assert_true(mf_str_eq(file.entries[0].text, first.text));
    assert_int_equal(file.entries[0].signature_count, 2);
    assert_true(mf_str_eq(file.entries[0].signatures[1], first.signatures[1]));
    assert_int_equal(file.entries[1].signature_count, 0);
    assert_int_equal(mf_trustfile_find(&file, &second.sha256), 1);
    const struct mf_str bad[] = {
        MF_LIT(""),
        MF_LIT("x\n"),
        MF_LIT("{}"),
        MF_LIT("{}\nuntrusted comment: x\n"),
        MF_LIT("\n"),
        MF_LIT("{}\nx\n"),
        mf_str_from(mf_buf_view(&text), first.text.n),
    };
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        assert_int_equal(mf_trustfile_split(bad[i], &file, &k.arena, &err), -1);
        assert_int_equal(err.code, MF_E_DAMAGED);
    }
    trustkit_release(&k);
}

static void test_limits(void **state)
{
    (void)state;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(8 * MF_MIB);
    struct mf_trustfile file;
    struct mf_trustdoc doc;
    struct mf_err err = {0};
    for (int i = 0; i <= MF_TRUSTFILE_DOCUMENTS_MAX; i++)
        mf_buf_str(&text, MF_LIT("{}\n"));
    assert_int_equal(mf_trustfile_split(mf_buf_view(&text), &file, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    TRUSTKIT_OK(mf_trustfile_split(mf_str_from(mf_buf_view(&text), 3), &file, &arena, &why));
    assert_int_equal(file.count, MF_TRUSTFILE_DOCUMENTS_MAX);
    mf_buf_clear(&text);
    mf_buf_str(&text, MF_LIT("{}\n"));
    for (int i = 0; i < MF_TRUSTFILE_SIGNATURES_MAX; i++)
        mf_buf_str(&text, MF_LIT("untrusted comment: x\na\nb\nc\n"));
    TRUSTKIT_OK(mf_trustfile_split(mf_buf_view(&text), &file, &arena, &why));
    mf_buf_str(&text, MF_LIT("untrusted comment: x\na\nb\nc\n"));
    assert_int_equal(mf_trustfile_split(mf_buf_view(&text), &file, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_buf_clear(&text);
    mf_buf_str(&text, MF_LIT("{\""));
    memset(mf_buf_room(&text, MF_TRUSTDOC_MAX), 'x', MF_TRUSTDOC_MAX);
    mf_buf_grew(&text, MF_TRUSTDOC_MAX);
    mf_buf_str(&text, MF_LIT("\"}\n"));
    assert_int_equal(mf_trustdoc_parse(mf_buf_view(&text), &doc, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_trustfile_split(mf_buf_view(&text), &file, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

/* Accepts or refuses `next` as the successor of the document in `have`. */
static enum mf_code step(struct trustkit *k, const struct mf_trustdoc *have, const struct mf_trustfile_entry *next,
                         struct mf_err *err)
{
    struct mf_trustdoc doc;
    *err = (struct mf_err){0};
    return mf_trustcheck_next(have, next, TRUSTKIT_NOW, &doc, &k->arena, err) == 0 ? MF_OK : err->code;
}

/* The root of version 1 is a and b, that of version 2 c and d, both 2 of 2. */
static void test_successor_needs_both_roots(void **state)
{
    (void)state;
    static const struct {
        const char *by;
        enum mf_code want;
        const char *says;
    } cases[] = {
        {"", MF_E_THRESHOLD, "0 of the root of version 1 signed it, 2 are needed: signed with nobody"},
        {"ab", MF_E_THRESHOLD, "0 of the root of version 2 signed it"},
        {"cd", MF_E_THRESHOLD, "0 of the root of version 1 signed it"},
        {"abc", MF_E_THRESHOLD, "1 of the root of version 2"},
        {"acd", MF_E_THRESHOLD, "1 of the root of version 1"},
        {"aacd", MF_E_THRESHOLD, "1 of the root of version 1"},
        {"abcd", MF_OK, ""},
        {"dcba", MF_OK, ""},
    };
    struct trustkit k;
    struct mf_err err;
    trustkit_make(&k);
    struct mf_trustdoc have = k.doc;
    size_t new_root[] = {2, 3};
    k.doc.version = 2;
    k.doc.root = (struct mf_trustrole){new_root, 2, 2};
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_trustfile_entry next = trustkit_signed(&k, cases[i].by);
        enum mf_code code = step(&k, &have, &next, &err);
        if (code != cases[i].want || !strstr(err.text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, mf_code_name(code), err.text);
    }
    struct mf_trustfile_entry wrong = trustkit_signed(&k, "ab");
    trustkit_sign(&k, &wrong, 2, MF_LIT("another text"));
    trustkit_sign(&k, &wrong, 3, MF_LIT("another text"));
    assert_int_equal(step(&k, &have, &wrong, &err), MF_E_THRESHOLD);
    k.doc.version = 3;
    struct mf_trustfile_entry later = trustkit_signed(&k, "abcd");
    assert_int_equal(step(&k, &have, &later, &err), MF_E_POLICY);
    assert_non_null(strstr(err.text, "versions are not skipped"));
    trustkit_release(&k);
}

/* What the old root has not signed is not parsed. */
static void test_successor_is_checked_before_parsing(void **state)
{
    (void)state;
    struct trustkit k;
    struct mf_err err;
    trustkit_make(&k);
    struct mf_trustdoc have = k.doc;
    struct mf_trustfile_entry next = trustkit_entry(&k);
    next.text = MF_LIT("{nonsense}\n");
    trustkit_sign(&k, &next, 2, next.text);
    trustkit_sign(&k, &next, 3, next.text);
    assert_int_equal(step(&k, &have, &next, &err), MF_E_THRESHOLD);
    trustkit_sign(&k, &next, 0, next.text);
    trustkit_sign(&k, &next, 1, next.text);
    assert_int_equal(step(&k, &have, &next, &err), MF_E_DAMAGED);
    trustkit_release(&k);
}

static void test_keys_that_do_not_count(void **state)
{
    (void)state;
    struct trustkit k;
    struct mf_err err;
    trustkit_make(&k);
    struct mf_trustdoc have = k.doc;
    k.doc.version = 2;
    struct mf_trustfile_entry next = trustkit_signed(&k, "ab");
    assert_int_equal(step(&k, &have, &next, &err), MF_OK);
    k.keys[1].valid_until = MF_LIT("2026-01-01T00:00:00Z"); /* in `have`, the keys are the same array */
    assert_int_equal(step(&k, &have, &next, &err), MF_E_THRESHOLD);
    assert_non_null(strstr(err.text, ") expired 2026-01-01T00:00:00Z"));
    k.keys[1].valid_until = (struct mf_str){0};
    k.keys[1].valid_from = MF_LIT("2026-01-01T00:00:01Z");
    assert_int_equal(step(&k, &have, &next, &err), MF_E_THRESHOLD);
    assert_non_null(strstr(err.text, ") not valid before 2026-01-01T00:00:01Z"));
    trustkit_release(&k);
}

/* An id is a hint: two keys with the same one are two keys, and one key under
 * many signatures is one. */
static void test_same_key_id(void **state)
{
    (void)state;
    struct trustkit k;
    trustkit_make(&k);
    struct mf_trusttally t;
    struct mf_trustfile_entry entry = trustkit_signed(&k, "ab");
    memcpy(k.keys[1].key.id, k.keys[0].key.id, 8);
    struct mf_minisig sig;
    TRUSTKIT_OK(mf_minisig_parse(entry.signatures[1], &sig, &why));
    /* the signature by b now names the id of a, as its file would */
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    uint8_t record[74] = {'E', 'D'};
    char line[2 * sizeof(record)], global[2 * sizeof(sig.global)];
    memcpy(record + 2, k.keys[0].key.id, 8);
    memcpy(record + 10, sig.signature, 64);
    mf_base64(record, sizeof(record), line);
    mf_base64(sig.global, sizeof(sig.global), global);
    mf_buf_fmt(&text, "untrusted comment: x\n%s\ntrusted comment: a test\n%s\n", line, global);
    entry.signatures[1] = mf_buf_view(&text);
    mf_trustcheck_tally(&k.doc, &k.doc.root, &entry, TRUSTKIT_NOW, &t);
    assert_int_equal(t.counted, 2);
    entry.signatures[1] = entry.signatures[0];
    mf_trustcheck_tally(&k.doc, &k.doc.root, &entry, TRUSTKIT_NOW, &t);
    assert_int_equal(t.counted, 1);
    trustkit_release(&k);
}

/* Three versions in one file, walked from what was seen before. */
static void test_walk(void **state)
{
    (void)state;
    struct trustkit k;
    struct mf_err err = {0};
    struct mf_trustdoc doc;
    struct mf_trustfile_entry entries[3];
    trustkit_make(&k);
    for (size_t i = 0; i < 3; i++) {
        k.doc.version = i + 1;
        entries[i] = trustkit_signed(&k, "ab");
    }
    const struct mf_trustfile all = {entries, 3}, first = {entries, 1}, last = {entries + 2, 1};
    const struct mf_trustseen none = {0}, one = {1, entries[0].sha256}, two = {2, entries[1].sha256},
                              fork = {2, entries[0].sha256};
    TRUSTKIT_OK(mf_trustcheck_walk(&all, &none, TRUSTKIT_NOW, &doc, &k.arena, &why));
    assert_int_equal(doc.version, 3);
    TRUSTKIT_OK(mf_trustcheck_walk(&all, &two, TRUSTKIT_NOW, &doc, &k.arena, &why));
    assert_int_equal(doc.version, 3);
    TRUSTKIT_OK(mf_trustcheck_walk(&last, &none, TRUSTKIT_NOW, &doc, &k.arena, &why));
    assert_int_equal(mf_trustcheck_walk(&first, &two, TRUSTKIT_NOW, &doc, &k.arena, &err), -1);
    assert_non_null(strstr(err.text, "this is version 1, and version 2"));
    assert_int_equal(mf_trustcheck_walk(&last, &one, TRUSTKIT_NOW, &doc, &k.arena, &err), -1);
    assert_non_null(strstr(err.text, "begins with version 3"));
    assert_int_equal(mf_trustcheck_walk(&all, &fork, TRUSTKIT_NOW, &doc, &k.arena, &err), 0); /* known by digest */
    const struct mf_trustseen other = {2, mf_sha256_of(MF_LIT("x"))};
    assert_int_equal(mf_trustcheck_walk(&all, &other, TRUSTKIT_NOW, &doc, &k.arena, &err), -1);
    assert_non_null(strstr(err.text, "version 2 has SHA-256"));
    const struct mf_trustfile gap = {(struct mf_trustfile_entry[]){entries[0], entries[2]}, 2};
    assert_int_equal(mf_trustcheck_walk(&gap, &none, TRUSTKIT_NOW, &doc, &k.arena, &err), -1);
    assert_non_null(strstr(err.text, "versions are not skipped"));
    entries[1].signature_count = 1;
    assert_int_equal(mf_trustcheck_walk(&all, &one, TRUSTKIT_NOW, &doc, &k.arena, &err), -1);
    assert_int_equal(err.code, MF_E_THRESHOLD);
    TRUSTKIT_OK(mf_trustcheck_walk(&all, &two, TRUSTKIT_NOW, &doc, &k.arena, &why));
    trustkit_release(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_when_a_key_counts),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_successor_needs_both_roots),
        cmocka_unit_test(test_successor_is_checked_before_parsing),
        cmocka_unit_test(test_keys_that_do_not_count),
        cmocka_unit_test(test_same_key_id),
        cmocka_unit_test(test_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
