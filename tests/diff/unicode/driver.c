/* Prints what formats/base/unicode.h says about every code point, in the form
 * of tests/diff/unicode/main.go: ranges of letters, then the sets of runes that
 * fold together, each sorted, in the order of their first member. With the
 * argument "version", prints the version of Unicode instead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "formats/base/unicode.h"

enum { RUNES = 0x110000 };

static void print_letters(void)
{
    for (uint32_t r = 0; r < RUNES; r++) {
        uint32_t first = r;
        while (r < RUNES && mf_rune_is_letter(r))
            r++;
        if (r > first)
            printf("letter %X-%X\n", (unsigned)first, (unsigned)(r - 1));
    }
}

struct pair {
    uint32_t first; /* smallest member of the set */
    uint32_t rune;
};

static int by_set(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->rune > y->rune) - (x->rune < y->rune);
}

static int print_folds(void)
{
    uint32_t *first = malloc(RUNES * sizeof(*first));
    struct pair *pairs = malloc(RUNES * sizeof(*pairs));
    if (!first || !pairs)
        return 5;
    for (uint32_t r = 0; r < RUNES; r++)
        first[r] = UINT32_MAX;
    for (uint32_t r = 0; r < RUNES; r++) {
        uint32_t fold = mf_rune_fold(r);
        if (fold >= RUNES) {
            printf("fold of %X is %X, which is no rune\n", (unsigned)r, (unsigned)fold);
            return 4;
        }
        if (first[fold] == UINT32_MAX)
            first[fold] = r;
        pairs[r] = (struct pair){first[fold], r};
    }
    qsort(pairs, RUNES, sizeof(*pairs), by_set);
    for (size_t i = 0, next; i < RUNES; i = next) {
        for (next = i; next < RUNES && pairs[next].first == pairs[i].first; next++)
            ;
        if (next == i + 1)
            continue;
        printf("fold");
        for (size_t k = i; k < next; k++)
            printf(" %X", (unsigned)pairs[k].rune);
        printf("\n");
    }
    free(first);
    free(pairs);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        puts(utf8proc_unicode_version());
        return 0;
    }
    print_letters();
    return print_folds();
}
