/* The files of `go env -w`: each line that is a setting is found, and the last one
 * for its key wins. As GOFLAGS, any text has a value of -mod in it, or none. */
#include "formats/base/buf.h"
#include "formats/goenv.h"
#include "tests/fuzz/fuzzkit.h"

static void check_key(struct mf_str text, struct mf_str key, struct mf_str last)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf more = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(MF_MIB);
    struct mf_str value = {NULL, 0};
    mf_buf_str(&name, key);
    CHECK(mf_buf_cstr(&name));
    CHECK(mf_goenv_find(text, name.p, &value) && value.p >= text.p && value.p + value.n <= text.p + text.n);
    CHECK(mf_str_find(value, '\n') == value.n && value.p >= last.p);
    mf_buf_str(&more, text);
    mf_buf_fmt(&more, "\n%s=other=1\n", name.p);
    CHECK(mf_goenv_find(mf_buf_view(&more), name.p, &value) && mf_str_eq(value, MF_LIT("other=1")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str text = fuzz_text(data, size), value = MF_LIT("untouched");
    size_t keys = 0;
    for (struct mf_str rest = text; rest.n && keys < 16;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest), after;
        struct mf_str key = mf_str_cut(line, '=', &after);
        if (!after.p || mf_str_find(key, '\0') < key.n)
            continue;
        check_key(text, key, after);
        keys++;
    }
    if (!mf_goenv_find(text, "GOPROXY", &value))
        CHECK(mf_str_eq(value, MF_LIT("untouched")));
    struct mf_str mod = mf_goenv_mod(text);
    CHECK(!mod.n || (mod.p > text.p && mod.p + mod.n <= text.p + text.n));
    return 0;
}
