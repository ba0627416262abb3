/* Pages with go-import lines: what is found has no blanks in it, and is found again
 * on a page that says nothing else. */
#include "bundle/vcs/metatags.h"
#include "formats/base/buf.h"
#include "tests/fuzz/fuzzkit.h"

static void add_attribute(struct mf_buf *page, struct mf_str word)
{
    for (size_t i = 0; i < word.n; i++)
        mf_buf_fmt(page, word.p[i] == '"' ? "&quot;" : word.p[i] == '&' ? "&amp;" : "%c", word.p[i]);
    mf_buf_byte(page, ' ');
}

static void check_line(const struct mf_metatag *line, struct mf_buf *page)
{
    const struct mf_str words[] = {line->prefix, line->vcs, line->url, line->subdir};
    mf_buf_str(page, MF_LIT("<meta name=\"go-import\" content=\""));
    for (size_t i = 0; i < MF_COUNT(words); i++) {
        CHECK(i == 3 || words[i].n);
        for (size_t k = 0; k < words[i].n; k++)
            CHECK(!memchr(" \t\r\n", words[i].p[k], 4));
        add_attribute(page, words[i]);
    }
    mf_buf_str(page, MF_LIT("\">"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf page = MF_BUF_INIT(64 * MF_MIB);
    struct mf_metatag *lines, *again;
    size_t n, count;
    struct mf_err err = {0};
    if (mf_metatags_parse(fuzz_text(data, size), &lines, &n, &arena, &err) < 0) {
        CHECK(err.code == MF_E_LIMIT);
        return 0;
    }
    CHECK(n <= MF_METATAGS_MAX);
    for (size_t i = 0; i < n; i++)
        check_line(&lines[i], &page);
    CHECK(mf_buf_check(&page, &err) == 0);
    CHECK(mf_metatags_parse(mf_buf_view(&page), &again, &count, &arena, &err) == 0 && count == n);
    for (size_t i = 0; i < n; i++)
        CHECK(mf_str_eq(lines[i].prefix, again[i].prefix) && mf_str_eq(lines[i].vcs, again[i].vcs) &&
              mf_str_eq(lines[i].url, again[i].url) && mf_str_eq(lines[i].subdir, again[i].subdir));
    return 0;
}
