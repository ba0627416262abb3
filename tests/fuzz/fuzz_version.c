/* Versions: semantic ones, Go's, toolchain names, times. Of the input each line is
 * one; of the first three all orders are compared. */
#include "formats/modpath.h"
#include "formats/semver.h"
#include "formats/timetext.h"
#include "formats/toolchain.h"
#include "tests/fuzz/fuzzkit.h"

typedef int order_fn(struct mf_str a, struct mf_str b);

static int order_go(struct mf_str a, struct mf_str b)
{
    return mf_modver_compare(MF_LIT("go"), a, b);
}

static int order_toolchain(struct mf_str a, struct mf_str b)
{
    return mf_modver_compare(MF_LIT("toolchain"), a, b);
}

static int order_module(struct mf_str a, struct mf_str b)
{
    return mf_modver_compare(MF_LIT("example.com/a"), a, b);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void check_order(order_fn *order, const struct mf_str v[3])
{
    for (int i = 0; i < 3; i++)
        CHECK(order(v[i], v[i]) == 0 && sign(order(v[i], v[(i + 1) % 3])) == -sign(order(v[(i + 1) % 3], v[i])));
    for (int i = 0; i < 6; i++) {
        struct mf_str a = v[i % 3], b = v[(i + 1 + i / 3) % 3], c = v[(i + 2 - i / 3) % 3];
        if (order(a, b) <= 0 && order(b, c) <= 0)
            CHECK(order(a, c) <= 0);
    }
}

static void check_semver(struct mf_str v)
{
    struct mf_semver s;
    struct mf_str time, rev;
    bool valid = mf_semver_parse(v, &s);
    CHECK(valid == mf_semver_valid(v));
    CHECK(valid || (!mf_semver_canonical(v, true) && !mf_semver_is_pseudo(v)));
    CHECK(mf_semver_canonical(v, true) || !mf_semver_canonical(v, false));
    if (valid && !s.is_short)
        CHECK(1 + s.major.n + 1 + s.minor.n + 1 + s.patch.n + s.prerelease.n + s.build.n == v.n);
    if (mf_semver_pseudo_parts(v, &time, &rev))
        CHECK(mf_semver_is_pseudo(v) && time.n == 14 && rev.n > 0 && !s.is_short);
}

static void check_gover(struct mf_str v)
{
    struct mf_str lang = mf_gover_lang(v);
    struct mf_toolchain t;
    CHECK((lang.n > 0) == mf_gover_valid(v));
    CHECK(mf_str_eq(mf_gover_lang(lang), lang) && mf_str_starts(v, lang));
    if (mf_toolchain_parse(v, &t)) {
        CHECK(mf_gover_valid(t.release) && !mf_toolchain_is_lang(t.release));
        CHECK((t.os.n > 0) == (t.arch.n > 0) && v.n <= MF_TOOLCHAIN_NAME_MAX);
        CHECK(strlen("go") + t.release.n + (t.os.n ? t.os.n + t.arch.n + 2 : 0) == v.n);
    }
}

static void check_time(struct mf_str v)
{
    int64_t seconds;
    bool valid = mf_timetext_seconds(v, &seconds);
    CHECK(valid == mf_timetext_valid(v));
    CHECK(valid || !mf_timetext_is_utc(v));
    if (valid)
        CHECK(seconds > MF_TIMETEXT_ZERO - 400 * 86400LL && seconds < 253402300800LL + 86400);
    if (mf_timetext_stamp(v, &seconds))
        CHECK(!valid && v.n == 14);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static order_fn *const orders[] = {mf_semver_compare, mf_semver_order, mf_gover_compare,
                                       order_go,          order_toolchain, order_module};
    struct mf_str v[3] = {{NULL, 0}};
    size_t n = 0;
    for (struct mf_str rest = fuzz_text(data, size); rest.p;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        check_semver(line);
        check_gover(line);
        check_time(line);
        (void)mf_toolchain_is_program(line);
        (void)mf_toolchain_is_gomod(line);
        if (n < MF_COUNT(v))
            v[n++] = line;
    }
    for (size_t i = 0; i < MF_COUNT(orders); i++)
        check_order(orders[i], v);
    CHECK((mf_semver_order(v[0], v[1]) == 0) == mf_str_eq(v[0], v[1]));
    return 0;
}
