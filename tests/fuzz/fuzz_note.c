/* What the checksum database sends: notes, tree heads, answers with records; and
 * verifier keys. The input is taken as each of them, and as a text that the
 * database signs. */
#include "formats/gosumdb.h"
#include "formats/treehead.h"
#include "tests/fuzz/testkey.h"

static void check_head(struct mf_str text)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_KIB);
    struct mf_treehead head;
    struct mf_err err = {0};
    char root[MF_BASE64_SIZE(32)];
    if (mf_treehead_parse(text, &head, &err) < 0) {
        CHECK(err.code == MF_E_DAMAGED);
        return;
    }
    mf_base64(head.root.b, sizeof(head.root.b), root);
    mf_buf_fmt(&again, "go.sum database tree\n%llu\n%s\n", (unsigned long long)head.size, root);
    CHECK(head.size < MF_TREE_SIZE_MAX && mf_str_starts(text, mf_buf_view(&again)));
}

/* What opens is signed by the test key, so it is what the test key would sign. */
static void check_note(struct mf_str note)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(2 * MF_NOTE_MAX);
    struct mf_str text, opened;
    struct mf_err err = {0};
    if (mf_note_open(note, testkey_log(), &text, &err) < 0)
        return;
    CHECK(mf_note_clean(note) && mf_str_starts(note, text) && text.p[text.n - 1] == '\n');
    testkey_note(text, &again);
    CHECK(mf_note_open(mf_buf_view(&again), testkey_log(), &opened, &err) == 0 && mf_str_eq(text, opened));
    check_head(text);
}

/* The input as a text. What may be one opens once it is signed. */
static void check_signed(struct mf_str text)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf note = MF_BUF_INIT(2 * MF_NOTE_MAX);
    struct mf_str opened;
    struct mf_err err = {0};
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        return;
    testkey_note(text, &note);
    int rc = mf_note_open(mf_buf_view(&note), testkey_log(), &opened, &err);
    CHECK((rc == 0) == (mf_note_clean(text) && note.n <= MF_NOTE_MAX));
    CHECK(rc < 0 || mf_str_eq(opened, text));
    note.p[0] ^= 1;
    CHECK(mf_note_open(mf_buf_view(&note), testkey_log(), &opened, &err) < 0);
}

/* A list of notes is cut into pieces that make it up. */
static void check_list(struct mf_str list)
{
    size_t notes = 0, blank = 0;
    for (struct mf_str rest = list; rest.n;) {
        size_t before = rest.n;
        struct mf_str note = mf_note_next(&rest);
        CHECK(rest.n < before);
        CHECK(note.n > 0 || rest.n == 0);
        notes += note.n;
        blank += before - rest.n - note.n;
    }
    CHECK(notes + blank == list.n);
}

static void check_lookup(struct mf_str text)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(2 * MF_LOOKUP_MAX);
    struct mf_module m = {MF_LIT("example.com/a"), MF_LIT("v1.0.0")};
    struct mf_lookup lookup;
    struct mf_err err = {0};
    if (mf_lookup_parse(text, &lookup, &err) < 0) {
        CHECK(err.code == MF_E_DAMAGED || err.code == MF_E_LIMIT);
        return;
    }
    CHECK(lookup.record.n > 0 && lookup.record.n <= MF_RECORD_MAX && mf_note_clean(lookup.record));
    for (int is_mod = 0; is_mod <= 1; is_mod++) {
        struct mf_str h1 = mf_lookup_h1(&lookup, m, is_mod);
        CHECK(h1.n == 0 || mf_str_starts(h1, MF_LIT("h1:")));
    }
    mf_lookup_write(&lookup, lookup.note, &again);
    CHECK(mf_str_eq(mf_buf_view(&again), text));
    check_note(lookup.note);
}

static void check_key(struct mf_str text)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_gosumdb db;
    struct mf_notekey key;
    struct mf_err err = {0};
    if (mf_notekey_parse(text, &key, &err) == 0)
        CHECK(key.name.n > 0 && mf_str_starts(text, key.name));
    if (mf_gosumdb_parse(text, &db, &arena, &err) == 0)
        CHECK(db.off || (mf_gosumdb_name_valid(db.key.name) && db.key.name.n <= MF_GOSUMDB_NAME_MAX));
    else
        CHECK(err.code == MF_E_USAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str text = fuzz_text(data, size);
    check_note(text);
    check_signed(text);
    check_head(text);
    check_list(text);
    check_lookup(text);
    check_key(text);
    return 0;
}
