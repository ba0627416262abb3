#include "formats/base/encode.h"

#include <sodium.h>

void mf_hex(const void *p, size_t n, char *out)
{
    sodium_bin2hex(out, MF_HEX_SIZE(n), p, n);
}

void mf_base64(const void *p, size_t n, char *out)
{
    sodium_bin2base64(out, MF_BASE64_SIZE(n), p, n, sodium_base64_VARIANT_ORIGINAL);
}

bool mf_hex_parse(struct mf_str text, void *out, size_t n)
{
    size_t len = 0;
    if (text.n != 2 * n)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 'A' && text.p[i] <= 'F')
            return false;
    return sodium_hex2bin(out, n, text.p, text.n, NULL, &len, NULL) == 0 && len == n;
}

bool mf_base64_parse(struct mf_str text, void *out, size_t n)
{
    size_t len = 0;
    const char *end = NULL;
    unsigned char all = 0;
    if (text.n != MF_BASE64_SIZE(n) - 1)
        return false;
    /* libsodium takes every byte from 0x80 on for a '/'. Looked at as a whole,
     * because the text may be secret. */
    for (size_t i = 0; i < text.n; i++)
        all |= (unsigned char)text.p[i];
    if (all & 0x80)
        return false;
    return sodium_base642bin(out, n, text.p, text.n, NULL, &len, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           len == n && end == text.p + text.n;
}
