#include "bundle/fetchnotes.h"

#include <stdio.h>

void mf_fetchnotes_add(struct mf_fetchnotes *n, struct mf_str shown, const char *why)
{
    size_t used = strlen(n->text);
    snprintf(n->text + used, sizeof(n->text) - used, "%s%.*s: %s", n->asked ? "; " : "", MF_FMT(shown), why);
    n->asked++;
}

void mf_fetchnotes_code(struct mf_fetchnotes *n, enum mf_code code, const char *hint)
{
    if (n->code != MF_OK)
        return;
    n->code = code;
    snprintf(n->hint, sizeof(n->hint), "%.*s", (int)sizeof(n->hint) - 1, hint);
}
