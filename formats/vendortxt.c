#include "formats/vendortxt.h"

#include <search.h>
#include <stdlib.h>

#include "formats/gotext.h"
#include "formats/semver.h"

/* The highest version of a path that packages were seen of. */
struct seen {
    struct mf_str path, version;
};

struct parser {
    struct mf_vendortxt *out;
    struct mf_vendortxt_module *current; /* NULL: what follows belongs to nothing */
    void *modules;                       /* search tree of struct mf_vendortxt_module by id */
    void *seen;                          /* search tree of struct seen by path */
    struct mf_arena *arena;
    struct mf_err *err;
};

static int by_id(const void *a, const void *b)
{
    const struct mf_vendortxt_module *x = a, *y = b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

static int by_path(const void *a, const void *b)
{
    return mf_str_cmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

static int by_id_of(const void *a, const void *b)
{
    return by_id(*(struct mf_vendortxt_module *const *)a, *(struct mf_vendortxt_module *const *)b);
}

/* Finds or adds the record of a module. */
static int begin_module(struct parser *p, struct mf_module id)
{
    struct mf_vendortxt_module *next = &p->out->modules[p->out->count];
    next->id = id;
    struct mf_vendortxt_module *const *hit = tsearch(next, &p->modules, by_id);
    if (!hit)
        return mf_err_nomem(p->err);
    p->current = *hit;
    p->out->count += *hit == next;
    return 0;
}

/* "# PATH VERSION [=> PATH [VERSION]]" or "# PATH => PATH [VERSION]". */
static int add_module(struct parser *p, struct mf_str line)
{
    struct mf_str f[7];
    size_t n = 0;
    for (struct mf_str field; n < MF_COUNT(f) && (field = mf_gotext_field(&line)).n;)
        f[n++] = field;
    if (n < 3)
        return 0;
    p->current = NULL;
    size_t at = 3;
    struct mf_module id = {f[1], f[2]};
    if (!mf_semver_valid(f[2])) {
        if (!mf_str_eq(f[2], MF_LIT("=>")))
            return 0;
        id.version = MF_LIT("");
        at = 2;
    }
    if (begin_module(p, id) < 0)
        return -1;
    if (n < at + 2 || !mf_str_eq(f[at], MF_LIT("=>")))
        return 0;
    if (n == at + 2)
        p->current->replacement = (struct mf_module){f[at + 1], MF_LIT("")};
    else if (n == at + 3 && mf_semver_valid(f[at + 2]))
        p->current->replacement = (struct mf_module){f[at + 1], f[at + 2]};
    return 0;
}

/* What stands behind "## ", separated by semicolons. */
static void add_facts(struct parser *p, struct mf_str facts)
{
    for (struct mf_str rest = facts; rest.p;) {
        struct mf_str fact = mf_gotext_trim(mf_str_cut(rest, ';', &rest));
        if (mf_str_eq(fact, MF_LIT("explicit")))
            p->current->is_explicit = true;
        if (mf_str_starts(fact, MF_LIT("go ")))
            p->current->go = mf_str_from(fact, 3);
    }
}

static int add_package(struct parser *p, struct mf_str line)
{
    struct mf_err ignored;
    struct mf_str package = mf_gotext_field(&line);
    if (package.n == 0 || mf_gotext_field(&line).n || mf_importpath_check(package, &ignored) < 0)
        return 0;
    struct mf_module id = p->current->id;
    struct seen *s = mf_arena_alloc(p->arena, sizeof(*s), p->err);
    if (!s)
        return -1;
    *s = (struct seen){id.path, id.version};
    struct seen *const *hit = tsearch(s, &p->seen, by_path);
    if (!hit)
        return mf_err_nomem(p->err);
    if (*hit == s || mf_semver_compare((*hit)->version, id.version) < 0) {
        (*hit)->version = id.version;
        p->current->vendored = true;
    }
    return 0;
}

static int add_line(struct parser *p, struct mf_str line)
{
    if (mf_str_starts(line, MF_LIT("# ")))
        return add_module(p, line);
    if (!p->current)
        return 0;
    if (!mf_str_starts(line, MF_LIT("## ")))
        return p->current->id.path.n ? add_package(p, line) : 0;
    add_facts(p, mf_str_from(line, 3));
    return 0;
}

/* go looks at the first 512 bytes of the file for this. */
static bool says_workspace(struct mf_str text)
{
    struct mf_str rest, line = mf_str_cut(mf_str_head(text, 512), '\n', &rest);
    if (!mf_str_starts(line, MF_LIT("## ")))
        return false;
    for (rest = mf_str_from(line, 3); rest.p;)
        if (mf_str_eq(mf_gotext_trim(mf_str_cut(rest, ';', &rest)), MF_LIT("workspace")))
            return true;
    return false;
}

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

static void release_trees(struct parser *p)
{
    tdestroy(p->modules, keep);
    tdestroy(p->seen, keep);
}

int mf_vendortxt_parse(struct mf_vendortxt *out, struct mf_str text, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_vendortxt parsed = {.is_workspace = false};
    MF_CLEANUP(release_trees) struct parser p = {.out = &parsed, .arena = arena, .err = err};
    size_t lines = 1;
    if (text.n > MF_VENDORTXT_MAX)
        return mf_err_set(err, MF_E_LIMIT, "vendor/modules.txt is larger than %zu bytes", MF_VENDORTXT_MAX);
    if (mf_arena_dup(arena, text, &text, err) < 0)
        return -1;
    parsed.is_workspace = says_workspace(text);
    for (struct mf_str rest = text; rest.p; lines++)
        mf_str_cut(rest, '\n', &rest);
    parsed.modules = mf_arena_array(arena, lines, sizeof(*parsed.modules), err);
    if (!parsed.modules)
        return -1;
    for (struct mf_str rest = text; rest.p;)
        if (add_line(&p, mf_str_cut(rest, '\n', &rest)) < 0)
            return -1;
    parsed.sorted = mf_arena_array(arena, parsed.count + 1, sizeof(struct mf_vendortxt_module *), err);
    if (!parsed.sorted)
        return -1;
    for (size_t i = 0; i < parsed.count; i++)
        parsed.sorted[i] = &parsed.modules[i];
    qsort(parsed.sorted, parsed.count, sizeof(struct mf_vendortxt_module *), by_id_of);
    *out = parsed;
    return 0;
}

const struct mf_vendortxt_module *mf_vendortxt_find(const struct mf_vendortxt *txt, struct mf_module id)
{
    const struct mf_vendortxt_module key = {.id = id}, *at = &key;
    struct mf_vendortxt_module *const *hit =
        txt->count ? bsearch(&at, txt->sorted, txt->count, sizeof(struct mf_vendortxt_module *), by_id_of) : NULL;
    return hit ? *hit : NULL;
}
