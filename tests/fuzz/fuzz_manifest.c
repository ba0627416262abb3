/* manifest.json: what parses is written again as the same bytes. */
#include <stdlib.h>

#include "formats/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_str text = {(const char *)data, size};
    struct mf_manifest m;
    struct mf_err err;
    if (mf_manifest_parse(text, &m, &arena, &err) < 0)
        return 0;
    /* Unknown fields of statement and provenance are dropped, so the whole may
     * differ; the content, and with it the id, may not. */
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MANIFEST_MAX);
    struct mf_digest id = m.id;
    if (mf_manifest_write(&m, &out, &err) < 0 || !mf_digest_eq(&id, &m.id))
        abort();
    return 0;
}
