#include "bundle/missingsums.h"

#include <stdlib.h>

#include "formats/base/buf.h"

enum { LINES_MAX = 1000000 };

void mf_missingsums_release(struct mf_missingsums *m)
{
    free(m->list);
    *m = (struct mf_missingsums){0};
}

static bool insists(const struct mf_root *root)
{
    return root->main_count == 1 && root->go_work.n == 0;
}

bool mf_missingsums_lacks(const struct mf_root *root, struct mf_module id, bool is_mod)
{
    return insists(root) && mf_gosum_check(&root->sums, id, is_mod, MF_LIT(""), NULL) == MF_GOSUM_ABSENT;
}

int mf_missingsums_look(struct mf_missingsums *m, const struct mf_root *root, struct mf_module id, bool is_mod,
                        struct mf_err *err)
{
    if (!mf_missingsums_lacks(root, id, is_mod))
        return 0;
    if (mf_grow(&m->list, &m->cap, m->count + 1, sizeof(*m->list), LINES_MAX, err) < 0)
        return -1;
    m->list[m->count++] = (struct mf_missingsum){id, is_mod};
    return 0;
}

static int by_line(const void *a, const void *b)
{
    const struct mf_missingsum *x = a, *y = b;
    int order = mf_module_order(x->module, y->module);
    return order ? order : (int)x->is_mod - (int)y->is_mod;
}

void mf_missingsums_sort(struct mf_missingsums *m)
{
    size_t kept = 0;
    if (m->count)
        qsort(m->list, m->count, sizeof(*m->list), by_line);
    for (size_t i = 0; i < m->count; i++)
        if (kept == 0 || by_line(&m->list[kept - 1], &m->list[i]) != 0)
            m->list[kept++] = m->list[i];
    m->count = kept;
}
