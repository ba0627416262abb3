/* The index of packages: whatever opens can be walked to its end; and an index made
 * of the input as files opens, in whatever order they were added. */
#include "formats/pkgindex.h"
#include "tests/fuzz/fuzzkit.h"

/* Reads every byte, so that the address sanitizer sees it. */
static size_t touch(struct mf_str s)
{
    size_t sum = s.n;
    for (size_t i = 0; i < s.n; i++)
        sum = sum * 31 + (unsigned char)s.p[i];
    return sum;
}

static size_t walk_file(const struct mf_pkgindex *index, uint32_t i)
{
    struct mf_pkgindex_file f = mf_pkgindex_file(index, i);
    size_t sum = touch(f.name) + touch(f.package) + touch(f.constraint) + touch(f.fault_text);
    CHECK(f.constraint_id < index->strings && f.flags < 256);
    CHECK(f.imports <= f.imports_end && f.imports_end == f.embeds && f.embeds <= f.embeds_end);
    for (uint32_t k = f.imports; k < f.embeds_end; k++) {
        uint32_t id;
        sum += touch(mf_pkgindex_ref(index, k, &id));
        CHECK(id < index->strings);
    }
    return sum;
}

static size_t walk(const struct mf_pkgindex *index)
{
    size_t sum = 0;
    uint32_t files = 0;
    for (uint32_t i = 0; i < index->dirs; i++) {
        struct mf_pkgindex_dir dir = mf_pkgindex_dir(index, i), found;
        CHECK(dir.first == files && dir.first < dir.end && dir.end <= index->files);
        CHECK(mf_pkgindex_find(index, dir.path, &found) && found.first == dir.first);
        files = dir.end;
    }
    CHECK(files == index->files);
    for (uint32_t i = 0; i < index->files; i++)
        sum += walk_file(index, i);
    return sum;
}

static void check_open(struct mf_str bytes)
{
    struct mf_pkgindex index;
    struct mf_err err = {0};
    if (mf_pkgindex_open(&index, bytes, &err) == 0)
        walk(&index);
    else
        CHECK(err.code == MF_E_DAMAGED || err.code == MF_E_UNSUPPORTED);
}

/* Makes an index of three files of that content, the last one first where asked. */
static void make(struct mf_str content, bool backwards, struct mf_buf *out)
{
    static const char *const names[] = {"a.go", "b/c_test.go", "b/_d.go"};
    MF_CLEANUP(mf_pkgindex_maker_free) struct mf_pkgindex_maker *maker = NULL;
    struct mf_err err;
    CHECK(mf_pkgindex_maker_new(&maker, &err) == 0);
    for (size_t i = 0; i < MF_COUNT(names); i++) {
        struct mf_str name = mf_str(names[backwards ? MF_COUNT(names) - 1 - i : i]);
        CHECK(mf_pkgindex_add(maker, name, content, &err) == 0);
    }
    CHECK(mf_pkgindex_finish(maker, out, &err) == 0);
}

static void check_made(struct mf_str content)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf one = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf other = MF_BUF_INIT(MF_MIB);
    struct mf_pkgindex index;
    struct mf_err err;
    make(content, false, &one);
    make(content, true, &other);
    CHECK(mf_str_eq(mf_buf_view(&one), mf_buf_view(&other)));
    CHECK(mf_pkgindex_open(&index, mf_buf_view(&one), &err) == 0 && index.files == 3);
    walk(&index);
    for (uint32_t i = 0; i < index.files; i++) {
        struct mf_pkgindex_file f = mf_pkgindex_file(&index, i);
        for (uint32_t k = f.imports + 1; k < f.imports_end; k++)
            CHECK(mf_str_cmp(mf_pkgindex_ref(&index, k - 1, NULL), mf_pkgindex_ref(&index, k, NULL)) < 0);
        CHECK(!(f.flags & MF_PKGINDEX_HIDDEN) || f.imports == f.embeds_end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_open(fuzz_text(data, size));
    check_made(fuzz_text(data, size));
    return 0;
}
