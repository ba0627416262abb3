#include "cmd/onlyarg.h"

#include <stdlib.h>

#include "cmd/cliargs.h"

/* Marks what matches `pattern`; false where nothing does. */
static bool mark(const struct mf_manifest *m, const char *pattern, bool *marks)
{
    struct mf_str version, path = mf_str_cut(mf_str(pattern), '@', &version);
    bool any = false;
    for (size_t i = 0; i < m->module_count; i++) {
        struct mf_module id = m->modules[i].id;
        if (!mf_modpath_match_patterns(path, id.path) || (version.n && !mf_str_eq(version, id.version)))
            continue;
        marks[i] = any = true;
    }
    return any;
}

int mf_onlyarg_read(const struct mf_cli_args *args, const struct mf_bundlearg *bundle, bool **out, struct mf_err *err)
{
    const struct mf_manifest *m = &bundle->gate.manifest;
    const char *pattern;
    *out = NULL;
    if (!mf_cliargs_has(args, "only"))
        return 0;
    bool *marks = calloc(m->module_count + 1, sizeof(*marks));
    if (!marks)
        return mf_err_nomem(err);
    for (size_t i = 0; (pattern = mf_cliargs_nth(args, "only", i)); i++)
        if (!mark(m, pattern, marks)) {
            free(marks);
            mf_err_set(err, MF_E_USAGE, "--only %s matches no module of %s", pattern, bundle->name);
            return mf_err_next(err, "`modferry list` shows what is in it");
        }
    *out = marks;
    return 0;
}
