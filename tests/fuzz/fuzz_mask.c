/* Untrusted bytes on their way to a terminal: what comes out may be shown, however
 * little room there is, and is not changed by going through again. */
#include "formats/base/err.h"
#include "formats/base/unicode.h"
#include "tests/fuzz/fuzzkit.h"

static void check_shown(struct mf_str s)
{
    uint32_t rune;
    for (size_t i = 0, len; i < s.n; i += len) {
        len = mf_utf8_decode(s.p + i, s.n - i, &rune);
        CHECK(len > 0 && mf_rune_is_showable(rune) && rune >= 0x20 && (rune < 0x7f || rune > 0x9f));
    }
}

static void check_room(struct mf_str text, size_t room)
{
    char *out = malloc(room), *again = malloc(room);
    CHECK(out && again);
    size_t n = mf_mask(text.n ? text.p : "", text.n, out, room);
    CHECK(n < room && out[n] == '\0' && strlen(out) == n);
    check_shown((struct mf_str){out, n});
    CHECK(mf_mask(out, n, again, room) == n && memcmp(out, again, n) == 0);
    free(out);
    free(again);
}

/* The same through messages, whose parts are cut. */
static void check_error(struct mf_str text)
{
    struct mf_err err;
    mf_err_set(&err, MF_E_DAMAGED, "member \"%.*s\" is wrong", MF_FMT(text));
    for (int i = 0; i < 3; i++)
        mf_err_prefix(&err, "read %.*s", MF_FMT(text));
    mf_err_next(&err, "%.*s", MF_FMT(text));
    CHECK(strlen(err.text) < sizeof(err.text) && strlen(err.next) < sizeof(err.next));
    check_shown(mf_str(err.text));
    check_shown(mf_str(err.next));
    mf_err_errno(&err, 2, "open %.*s", MF_FMT(text));
    check_shown(mf_str(err.text));
    CHECK(err.code == MF_E_IO && strstr(err.text, ": No such file or directory"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str text = fuzz_text(data, size);
    check_room(text, 1);
    check_room(text, size / 2 + 1);
    check_room(text, 4 * size + 1);
    check_error(text);
    return 0;
}
