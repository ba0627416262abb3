/* .info files: the two readers agree on what they take, and on the time. */
#include "bundle/moduleinfo.h"
#include "tests/fuzz/fuzzkit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_str text = fuzz_text(data, size), time;
    struct mf_moduleinfo info;
    struct mf_err err = {0};
    if (mf_moduleinfo_parse(text, &info, &arena, &err) < 0) {
        CHECK(err.code == MF_E_UPSTREAM);
        CHECK(mf_moduleinfo_check(text, MF_LIT("v1.0.0"), &err) < 0 && err.code == MF_E_UPSTREAM);
        return 0;
    }
    CHECK(info.version.n > 0 && (info.time.n > 0 || info.seconds == MF_TIMETEXT_ZERO));
    CHECK(info.time.n == 0 || mf_timetext_valid(info.time));
    CHECK(mf_moduleinfo_check(text, info.version, &err) == 0);
    CHECK(mf_moduleinfo_check(text, MF_LIT("not it"), &err) < 0 || mf_str_eq(info.version, MF_LIT("not it")));
    CHECK(mf_moduleinfo_time(text, &arena, &time, &err) == 0 && mf_str_eq(time, info.time));
    return 0;
}
