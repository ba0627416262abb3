/* vendor/modules.txt, in which nothing is malformed: each module is there once and
 * is found. */
#include "formats/semver.h"
#include "formats/vendortxt.h"
#include "tests/fuzz/fuzzkit.h"

static void check_module(const struct mf_vendortxt *txt, const struct mf_vendortxt_module *m)
{
    CHECK(m->id.path.n > 0 && (m->id.version.n == 0 || mf_semver_valid(m->id.version)));
    CHECK(m->replacement.version.n == 0 || (m->replacement.path.n && mf_semver_valid(m->replacement.version)));
    CHECK(mf_vendortxt_find(txt, m->id) == m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_vendortxt txt, again;
    struct mf_err err;
    size_t sorted = 0;
    CHECK(mf_vendortxt_parse(&txt, fuzz_text(data, size), &arena, &err) == 0);
    for (size_t i = 0; i < txt.count; i++) {
        check_module(&txt, &txt.modules[i]);
        sorted += i == 0 || mf_str_cmp(txt.sorted[i - 1]->id.path, txt.sorted[i]->id.path) <= 0;
    }
    CHECK(sorted == txt.count);
    /* a line that is not understood, and an empty one, change nothing */
    MF_CLEANUP(mf_buf_release) struct mf_buf more = MF_BUF_INIT(MF_MIB);
    mf_buf_str(&more, fuzz_text(data, size));
    mf_buf_str(&more, MF_LIT("\n#\n\n"));
    CHECK(mf_vendortxt_parse(&again, mf_buf_view(&more), &arena, &err) == 0 && again.count == txt.count);
    for (size_t i = 0; i < txt.count; i++)
        CHECK(mf_module_eq(txt.modules[i].id, again.modules[i].id) &&
              txt.modules[i].is_explicit == again.modules[i].is_explicit &&
              txt.modules[i].vendored == again.modules[i].vendored);
    return 0;
}
