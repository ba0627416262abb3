/* Module zips: what a walk accepts is inside the rules, and its hashes are those of
 * the files that it gave out. Entries are also read one by one, whatever their
 * names are, so that a name at fault hides no content. */
#include "formats/modzip.h"
#include "formats/zipdir.h"
#include "formats/zipread.h"
#include "tests/fuzz/fuzzkit.h"

#define MODULE ((struct mf_module){MF_LIT("example.com/a"), MF_LIT("v1.0.0")})

struct seen {
    struct mf_dirhash h1;
    struct mf_sha256 sum;
    struct mf_buf name; /* in the zip, of the current file */
    uint64_t left, size, files;
};

static int on_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct seen *s = ctx;
    CHECK(mf_filepath_check(name, err) == 0 && s->left == 0);
    mf_sha256_init(&s->sum);
    mf_buf_clear(&s->name);
    mf_buf_str(&s->name, MF_LIT("example.com/a@v1.0.0/"));
    mf_buf_str(&s->name, name);
    s->left = size;
    s->size += size;
    s->files++;
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct seen *s = ctx;
    (void)err;
    CHECK(n <= s->left);
    s->left -= n;
    mf_sha256_add(&s->sum, p, n);
    return 0;
}

static int on_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct seen *s = ctx;
    struct mf_digest own;
    mf_sha256_done(&s->sum, &own);
    CHECK(s->left == 0 && mf_digest_eq(&own, sha256));
    return mf_dirhash_add(&s->h1, mf_buf_view(&s->name), sha256, err);
}

static void seen_release(struct seen *s)
{
    mf_dirhash_release(&s->h1);
    mf_buf_release(&s->name);
}

/* Directories count in h1 as empty files, as in Go. */
static bool add_directories(int fd, size_t size, struct mf_dirhash *h1)
{
    MF_CLEANUP(mf_zipdir_release) struct mf_zipdir dir = MF_ZIPDIR_INIT;
    struct mf_digest empty = mf_sha256_of((struct mf_str){NULL, 0});
    struct mf_err err;
    bool any = false;
    CHECK(mf_zipdir_read(&dir, fd, size, &err) == 0);
    for (size_t i = 0; i < dir.count; i++) {
        if (!mf_str_ends(dir.entries[i].name, MF_LIT("/")))
            continue;
        CHECK(mf_dirhash_add(h1, dir.entries[i].name, &empty, &err) == 0);
        any = true;
    }
    return any;
}

static void check_walk(int fd, struct mf_str zip)
{
    MF_CLEANUP(seen_release) struct seen seen = {.h1 = MF_DIRHASH_INIT, .name = MF_BUF_INIT(MF_MIB)};
    const struct mf_modzip_visitor visitor = {&seen, on_file, on_data, on_end};
    struct mf_modzip_facts facts, again;
    struct mf_err err = {0};
    char h1[MF_H1_SIZE];
    struct mf_digest sum = mf_sha256_of(zip);
    if (mf_modzip_walk(fd, MODULE, MF_MODZIP_PROOF, &visitor, &facts, &err) < 0) {
        CHECK(err.code == MF_E_MODZIP || err.code == MF_E_LIMIT);
        return;
    }
    CHECK(!add_directories(fd, zip.n, &seen.h1) || !facts.canonical);
    mf_dirhash_done(&seen.h1, h1);
    CHECK(strcmp(h1, facts.h1) == 0 && mf_h1_valid(mf_str(h1)));
    CHECK(facts.size == seen.size && facts.files == seen.files && facts.size <= MF_MODZIP_MAX);
    CHECK(facts.zip_size == zip.n && mf_digest_eq(&facts.zip_sha256, &sum));
    CHECK(mf_modzip_walk(fd, MODULE, MF_MODZIP_SHA256, NULL, &again, &err) == 0);
    CHECK(strcmp(again.h1, facts.h1) == 0 && !again.canonical);
}

struct counted {
    uint64_t n;
};

static int count(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    (void)p, (void)err;
    ((struct counted *)ctx)->n += n;
    return 0;
}

static void read_entries(int fd, size_t size)
{
    MF_CLEANUP(mf_zipdir_release) struct mf_zipdir dir = MF_ZIPDIR_INIT;
    MF_CLEANUP(mf_zipread_free) struct mf_zipread *reader = NULL;
    struct mf_err err = {0};
    uint64_t left = 64 * MF_MIB;
    if (mf_zipdir_read(&dir, fd, size, &err) < 0)
        return;
    CHECK(mf_zipread_new(&reader, fd, size, &err) == 0);
    for (size_t i = 0; i < dir.count; i++) {
        struct counted c = {0};
        if (dir.entries[i].size > left)
            continue;
        left -= dir.entries[i].size;
        if (mf_zipread_entry(reader, &dir.entries[i], count, &c, &err) == 0)
            CHECK(c.n == dir.entries[i].size);
        else
            CHECK(err.code == MF_E_MODZIP && c.n <= dir.entries[i].size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = fuzz_file(data, size);
    check_walk(fd, fuzz_text(data, size));
    read_entries(fd, size);
    return 0;
}
