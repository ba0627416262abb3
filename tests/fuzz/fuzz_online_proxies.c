/* Values of GOPROXY: what is to be shown holds no credentials, what is to be asked
 * is a URL that stands for itself. */
#include "bundle/proxies.h"
#include "formats/base/buf.h"
#include "tests/fuzz/fuzzkit.h"

static bool is_word(struct mf_str url)
{
    return mf_str_eq(url, MF_LIT("off")) || mf_str_eq(url, MF_LIT("direct"));
}

static void check_url(const struct mf_proxy *p, struct mf_arena *arena)
{
    struct mf_proxy again;
    struct mf_err err;
    for (size_t i = 0; i < p->url.n; i++)
        CHECK((unsigned char)p->url.p[i] > ' ' && p->url.p[i] != 0x7f);
    CHECK(p->url.p[p->url.n] == '\0');
    CHECK(mf_str_starts(p->url, MF_LIT("https://")) || mf_str_starts(p->url, MF_LIT("http://")) ||
          mf_str_starts(p->url, MF_LIT("file://")));
    if (p->url.n > 4096) /* bytes that were encoded made it longer than an entry may be */
        return;
    CHECK(mf_proxies_parse_url("GOPROXY", p->url, &again, arena, &err) == 0);
    CHECK(mf_str_eq(again.url, p->url) && mf_str_eq(again.shown, p->shown));
    /* with credentials put in, the same is shown */
    MF_CLEANUP(mf_buf_release) struct mf_buf secret = MF_BUF_INIT(MF_MIB);
    if (!mf_str_starts(p->shown, MF_LIT("https://")) || p->url.n > 3000)
        return;
    mf_buf_str(&secret, MF_LIT("https://user:hunter2@"));
    mf_buf_str(&secret, mf_str_from(p->shown, strlen("https://")));
    CHECK(mf_proxies_parse_url("GOPROXY", mf_buf_view(&secret), &again, arena, &err) == 0);
    CHECK(mf_str_eq(again.shown, p->shown));
}

/* An entry that is refused with credentials is not shown with them. */
static void check_refused(struct mf_str value, struct mf_arena *arena)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf secret = MF_BUF_INIT(MF_MIB);
    struct mf_proxy p;
    struct mf_err err = {0};
    mf_buf_str(&secret, MF_LIT("http://user:hunter2@"));
    mf_buf_str(&secret, value);
    CHECK(mf_proxies_parse_url("GOPROXY", mf_buf_view(&secret), &p, arena, &err) < 0);
    CHECK(!strstr(err.text, "hunter2") || memmem(value.p, value.n, "hunter2", 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_str value = fuzz_text(data, size);
    struct mf_proxies list;
    struct mf_err err = {0};
    check_refused(value, &arena);
    if (mf_proxies_parse(value, &list, &arena, &err) < 0) {
        CHECK(err.code == MF_E_USAGE);
        return 0;
    }
    CHECK(list.count > 0);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_word(list.list[i].url))
            check_url(&list.list[i], &arena);
        else
            CHECK(i + 1 == list.count && !list.list[i].falls_through);
    }
    return 0;
}
