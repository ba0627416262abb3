/* Module paths and their kin. The input has up to three lines: a path, a version,
 * and patterns as of GOPRIVATE. */
#include "formats/modpath.h"
#include "formats/semver.h"
#include "tests/fuzz/fuzzkit.h"

/* Each rule is stricter than the next. */
static void check_rules(struct mf_str path, struct mf_str version)
{
    struct mf_err err = {0};
    struct mf_str prefix, major;
    bool module = mf_modpath_check(path, &err) == 0, import = mf_importpath_check(path, &err) == 0;
    CHECK(!module || import);
    CHECK(!import || mf_filepath_check(path, &err) == 0);
    if (mf_module_check((struct mf_module){path, version}, &err) == 0)
        CHECK(module && mf_semver_valid(version) &&
              mf_modpath_check_major((struct mf_module){path, version}, &err) == 0);
    bool split = mf_modpath_split_major(path, &prefix, &major);
    CHECK(split || !module);
    CHECK(prefix.n + major.n == path.n && mf_str_starts(path, prefix) && mf_str_ends(path, major));
}

static bool is_ascii(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* Escaping and its inverse are inverse to each other. */
static void check_escape(struct mf_str s)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf there = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf back = MF_BUF_INIT(MF_MIB);
    if (is_ascii(s) && mf_str_find(s, '!') == s.n) {
        mf_modpath_escape(s, &there);
        for (size_t i = 0; i < there.n; i++)
            CHECK(there.p[i] < 'A' || there.p[i] > 'Z');
        CHECK(mf_modpath_unescape(mf_buf_view(&there), &back) && mf_str_eq(mf_buf_view(&back), s));
    }
    mf_buf_clear(&there);
    mf_buf_clear(&back);
    if (mf_modpath_unescape(s, &back)) {
        mf_modpath_escape(mf_buf_view(&back), &there);
        CHECK(mf_str_eq(mf_buf_view(&there), s));
    } else {
        CHECK(back.n == 0);
    }
}

/* A list matches where one of its patterns does; a pattern without special
 * characters matches itself and what is below. */
static void check_patterns(struct mf_str patterns, struct mf_str path)
{
    bool any = false;
    bool plain = path.n > 0 && path.p[0] != '/' && path.p[path.n - 1] != '/';
    for (struct mf_str rest = patterns; rest.p;)
        any = mf_modpath_match_patterns(mf_str_cut(rest, ',', &rest), path) || any;
    CHECK(mf_modpath_match_patterns(patterns, path) == any);
    for (size_t i = 0; i < path.n; i++)
        plain = plain && !strchr("*?[\\,", path.p[i]);
    if (!plain)
        return;
    MF_CLEANUP(mf_buf_release) struct mf_buf below = MF_BUF_INIT(MF_MIB);
    mf_buf_str(&below, path);
    mf_buf_str(&below, MF_LIT("/x"));
    CHECK(mf_modpath_match_patterns(path, path) && mf_modpath_match_patterns(path, mf_buf_view(&below)));
    CHECK(!mf_modpath_match_patterns(mf_buf_view(&below), path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str rest = fuzz_text(data, size);
    struct mf_str path = mf_str_cut(rest, '\n', &rest);
    struct mf_str version = mf_str_cut(rest, '\n', &rest);
    check_rules(path, version);
    check_escape(path);
    check_escape(version);
    check_patterns(mf_str_cut(rest, '\n', &rest), path);
    return 0;
}
