#include "formats/headsign.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/encode.h"

int mf_headsign_put(struct mf_head *head, const struct mf_pubkey *key, struct mf_str minisig, struct mf_arena *arena,
                    bool *replaced_out, struct mf_err *err)
{
    char stem[17];
    struct mf_head_signature entry;
    size_t at = 0;
    mf_pubkey_stem(key, stem);
    while (at < head->signature_count && !mf_str_eq(head->signatures[at].stem, mf_str(stem)))
        at++;
    if (at == MF_HEAD_SIGNATURES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "the bundle has %d signatures already", MF_HEAD_SIGNATURES_MAX);
    if (mf_arena_dup(arena, mf_str(stem), &entry.stem, err) < 0 || mf_arena_dup(arena, minisig, &entry.text, err) < 0)
        return -1;
    *replaced_out = at < head->signature_count;
    head->signature_count += !*replaced_out;
    head->signatures[at] = entry;
    return 0;
}

void mf_headsign_comment(uint64_t seconds, const struct mf_digest *id, char out[MF_HEADSIGN_COMMENT])
{
    char hex[MF_HEX_SIZE(sizeof(id->b))];
    mf_hex(id->b, sizeof(id->b), hex);
    snprintf(out, MF_HEADSIGN_COMMENT, "timestamp:%" PRIu64 " bundle:%s", seconds, hex);
}
