#include "formats/base/unicode.h"

#include <utf8proc.h>

size_t mf_utf8_decode(const char *p, size_t n, uint32_t *rune_out)
{
    utf8proc_int32_t rune;
    if (n == 0)
        return 0;
    utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &rune);
    if (len <= 0)
        return 0;
    *rune_out = (uint32_t)rune;
    return (size_t)len;
}

size_t mf_utf8_encode(uint32_t rune, char out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)rune, (utf8proc_uint8_t *)out);
}

bool mf_utf8_valid(struct mf_str s)
{
    uint32_t rune;
    for (size_t i = 0, len; i < s.n; i += len) {
        len = mf_utf8_decode(s.p + i, s.n - i, &rune);
        if (len == 0)
            return false;
    }
    return true;
}

bool mf_rune_is_letter(uint32_t rune)
{
    switch (utf8proc_category((utf8proc_int32_t)rune)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return true;
    default:
        return false;
    }
}

bool mf_rune_is_digit(uint32_t rune)
{
    return utf8proc_category((utf8proc_int32_t)rune) == UTF8PROC_CATEGORY_ND;
}

bool mf_rune_is_graphic(uint32_t rune)
{
    return utf8proc_category((utf8proc_int32_t)rune) == UTF8PROC_CATEGORY_ZS || mf_rune_is_showable(rune);
}

uint32_t mf_rune_fold(uint32_t rune)
{
    utf8proc_int32_t folded[8];
    int boundclass = 0;
    /* U+0130 and U+0131 fold only under Turkic rules, which Go leaves out. */
    if (rune == 0x130 || rune == 0x131)
        return rune;
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)rune, folded, MF_COUNT(folded), UTF8PROC_CASEFOLD, &boundclass);
    if (n == 1)
        return (uint32_t)folded[0];
    /* The full folding has several characters; the simple one is lower case. */
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)rune);
}

bool mf_rune_is_showable(uint32_t rune)
{
    switch (utf8proc_category((utf8proc_int32_t)rune)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}
