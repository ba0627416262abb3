/* The head of a bundle, the first bytes that anybody meets: what is accepted is
 * within the limits, and is the one form that the writer makes. */
#include "formats/base/dir.h"
#include "formats/head.h"
#include "formats/manifest.h"
#include "formats/zstore.h"
#include "tests/fuzz/fuzzkit.h"
#include "tests/fuzz/tarfix.h"

static void check_read(struct mf_str input, int fd, struct mf_head *head)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(16 * MF_MIB);
    struct mf_err err;
    uint64_t raw_size = head->raw_size, frame_size = head->frame_size;
    CHECK(head->manifest.n > 0 && head->manifest.n <= MF_MANIFEST_MAX);
    CHECK(head->signature_count <= MF_HEAD_SIGNATURES_MAX);
    for (size_t i = 0; i < head->signature_count; i++)
        CHECK(head->signatures[i].text.n <= MF_MINISIGN_FILE_MAX);
    CHECK(frame_size <= input.n && lseek(fd, 0, SEEK_CUR) == (off_t)frame_size);
    CHECK(mf_head_write(head, &again, &err) == 0 && head->raw_size == raw_size && head->frame_size == frame_size);
    CHECK(mf_str_eq(mf_buf_view(&again), mf_str_head(input, (size_t)frame_size)));
}

static void check(struct mf_str input)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_head head;
    struct mf_err err = {0};
    int fd = fuzz_file((const uint8_t *)input.p, input.n);
    if (mf_head_read(fd, "bundle", &head, &arena, &err) == 0)
        check_read(input, fd, &head);
    else
        CHECK(err.code == MF_E_NOT_BUNDLE || err.code == MF_E_TRUNCATED || err.code == MF_E_DAMAGED ||
              err.code == MF_E_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t tar = MF_ZSTORE_HEADER + MF_ZSTORE_BLOCK_HEADER;
    uint8_t *fixed = fuzz_copy(data, size);
    check(fuzz_text(data, size));
    if (size > tar)
        tarfix(fixed + tar, size - tar);
    check(fuzz_text(fixed, size));
    free(fixed);
    return 0;
}
