/* The lists of versions that proxies send: sorted, without pseudo-versions, and the
 * same whatever the order of the lines. */
#include "bundle/versionlist.h"
#include "formats/base/buf.h"
#include "formats/semver.h"
#include "tests/fuzz/fuzzkit.h"

/* The lines of `text`, the last one first. */
static void reverse(struct mf_str text, struct mf_buf *out)
{
    while (text.n) {
        size_t at = mf_str_rfind(text, '\n');
        mf_buf_str(out, at < text.n ? mf_str_from(text, at + 1) : text);
        mf_buf_byte(out, '\n');
        text = mf_str_head(text, at < text.n ? at : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf backwards = MF_BUF_INIT(MF_MIB);
    struct mf_versionlist list, again;
    struct mf_err err;
    CHECK(mf_versionlist_parse(fuzz_text(data, size), &list, &arena, &err) == 0);
    for (size_t i = 0; i < list.count; i++) {
        CHECK(mf_semver_valid(list.versions[i]) && !mf_semver_is_pseudo(list.versions[i]));
        CHECK(i == 0 || mf_semver_order(list.versions[i - 1], list.versions[i]) <= 0);
    }
    CHECK(list.newest.n == 0 || mf_semver_valid(list.newest));
    reverse(fuzz_text(data, size), &backwards);
    CHECK(mf_versionlist_parse(mf_buf_view(&backwards), &again, &arena, &err) == 0 && again.count == list.count);
    for (size_t i = 0; i < list.count; i++)
        CHECK(mf_str_eq(list.versions[i], again.versions[i]));
    CHECK((list.newest.n > 0) == (again.newest.n > 0));
    return 0;
}
