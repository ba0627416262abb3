/* Lists of what a frame was compressed after: two readers see the same lines, what
 * is accepted comes back from writing, and names lead nowhere else. */
#include "formats/baselist.h"
#include "tests/fuzz/fuzzkit.h"

/* The lines of the text, written again; false where one is refused. */
static bool rewrite(struct mf_str text, struct mf_buf *out)
{
    struct mf_err err = {0};
    while (text.n) {
        struct mf_baselist_line line;
        MF_CLEANUP(mf_buf_release) struct mf_buf member = MF_BUF_INIT(8 * MF_KIB);
        size_t before = text.n;
        if (mf_baselist_next(&text, &line, &err) < 0) {
            CHECK(err.code == MF_E_DAMAGED);
            return false;
        }
        CHECK(text.n < before);
        mf_baselist_write(&line, out);
        mf_baselist_member(&line, &member);
        struct mf_str name = mf_buf_view(&member);
        CHECK(!member.failed && name.n > 4 && name.p[0] != '/' && !memmem(name.p, name.n, "/../", 4));
        CHECK(!memchr(name.p, '\n', name.n) && !memchr(name.p, '\0', name.n) && !memmem(name.p, name.n, "//", 2));
    }
    return true;
}

/* A frame that names the modules of all lines that are one. */
static void name_modules(struct mf_str text, struct mf_frame_base *base)
{
    struct mf_err err = {0};
    struct mf_baselist_line line;
    while (text.n && base->module_count < 64 && mf_baselist_next(&text, &line, &err) == 0) {
        size_t i = 0;
        while (i < base->module_count && !mf_module_eq(base->modules[i].id, line.id))
            i++;
        if (line.kind == MF_BASELIST_FILE && i == base->module_count)
            base->modules[base->module_count++].id = line.id;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str text = fuzz_text(data, size);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(2 * MF_BASELIST_MAX);
    struct mf_base_module modules[64] = {0};
    struct mf_frame_base base = {.modules = modules};
    struct mf_err err = {0};
    bool sound = rewrite(text, &again);
    CHECK(!sound || mf_str_eq(text, mf_buf_view(&again)));
    name_modules(text, &base);
    int rc = mf_baselist_check(text, &base, MF_LIT("sum.example.org"), &err);
    CHECK(rc == 0 || err.code == MF_E_DAMAGED || err.code == MF_E_LIMIT);
    CHECK(rc < 0 || (sound && size > 0));
    return 0;
}
