/* manifest.json: what is accepted is written again and read again with the same
 * content, and its own text is a fixed point. The input is also put into
 * canonical form. */
#include "formats/manifest.h"
#include "tests/fuzz/fuzzkit.h"
#include "tests/fuzz/jsonfix.h"

static void write_again(struct mf_manifest *m, struct mf_buf *out)
{
    struct mf_err err;
    struct mf_digest id = m->id;
    CHECK(mf_manifest_write(m, out, &err) == 0);
    CHECK(mf_digest_eq(&id, &m->id));
}

static void check_modules(const struct mf_manifest *m)
{
    struct mf_err err;
    for (size_t i = 0; i < m->module_count; i++) {
        CHECK(mf_module_check(m->modules[i].id, &err) == 0);
        CHECK(mf_manifest_find(m, m->modules[i].id) == (long)i);
        CHECK(m->modules[i].content.offset + m->modules[i].content.length <= m->payload_size);
    }
    for (size_t i = 0; i < m->frame_count; i++)
        CHECK(m->frames[i].raw_size >= 1 && m->frames[i].raw_size <= MF_FRAME_RAW_MAX);
}

static void check(struct mf_str text)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf first = MF_BUF_INIT(MF_MANIFEST_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf second = MF_BUF_INIT(MF_MANIFEST_MAX);
    struct mf_manifest m;
    struct mf_err err;
    if (mf_manifest_parse(text, &m, &arena, &err) < 0)
        return;
    check_modules(&m);
    /* Unknown fields of statement and provenance are dropped, so the first text
     * may differ from the input; the content, and with it the id, may not. */
    write_again(&m, &first);
    CHECK(mf_manifest_parse(mf_buf_view(&first), &m, &arena, &err) == 0);
    write_again(&m, &second);
    CHECK(mf_str_eq(mf_buf_view(&first), mf_buf_view(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf fixed = MF_BUF_INIT(MF_MANIFEST_MAX);
    check(fuzz_text(data, size));
    jsonfix(fuzz_text(data, size), &fixed);
    check(mf_buf_view(&fixed));
    return 0;
}
