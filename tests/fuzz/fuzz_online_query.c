/* Version queries. The input has up to four lines: the query, the version in use,
 * a version that is there, the module path. */
#include "bundle/querymatch.h"
#include "formats/semver.h"
#include "tests/fuzz/fuzzkit.h"

static void check_bound(const struct mf_querymatch *m, struct mf_str version)
{
    if (m->bound == MF_BOUND_NONE)
        CHECK(m->family.n || mf_querymatch_admits(m, version));
    if (!mf_querymatch_admits(m, version))
        return;
    CHECK(mf_str_starts(version, m->family));
    int order = mf_semver_compare(version, m->limit);
    CHECK(m->bound != MF_BOUND_LT || order < 0);
    CHECK(m->bound != MF_BOUND_LE || order <= 0);
    CHECK(m->bound != MF_BOUND_GT || order > 0);
    CHECK(m->bound != MF_BOUND_GE || order >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str rest = fuzz_text(data, size);
    struct mf_str query = mf_str_cut(rest, '\n', &rest);
    struct mf_str current = mf_str_cut(rest, '\n', &rest);
    struct mf_str version = mf_str_cut(rest, '\n', &rest);
    struct mf_str path = rest.p ? rest : MF_LIT("example.com/a");
    struct mf_querymatch m;
    struct mf_err err = {0};
    if (current.n && !mf_semver_canonical(current, true))
        current = MF_LIT("");
    if (mf_querymatch_read(path, query, current, &m, &err) < 0) {
        CHECK(err.code == MF_E_USAGE && !mf_querymatch_is_revision(query));
        return 0;
    }
    CHECK(m.by_info == mf_querymatch_is_revision(query));
    CHECK(!m.by_info || (m.bound == MF_BOUND_NONE && m.family.n == 0));
    check_bound(&m, version);
    return 0;
}
