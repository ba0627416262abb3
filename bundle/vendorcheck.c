#include "bundle/vendorcheck.h"

#include "bundle/abspath.h"
#include "formats/semver.h"
#include "formats/vendortxt.h"

/* More lines than this help nobody. */
enum { PROBLEMS_MAX = 1000 };

struct checking {
    struct mf_root *root;
    struct mf_vendortxt txt;
    struct mf_buf line; /* being written */
    struct mf_arena *arena;
    struct mf_err *err;
};

static void release(struct checking *c)
{
    mf_buf_release(&c->line);
}

static void put_module(struct mf_buf *out, struct mf_module m)
{
    mf_buf_str(out, m.path);
    if (m.version.n) {
        mf_buf_byte(out, '@');
        mf_buf_str(out, m.version);
    }
}

static void begin(struct checking *c, struct mf_module m, const char *what)
{
    mf_buf_clear(&c->line);
    put_module(&c->line, m);
    mf_buf_fmt(&c->line, ": %s", what);
}

static int end(struct checking *c)
{
    struct mf_root *root = c->root;
    if (root->vendor_problem_count == PROBLEMS_MAX)
        return 0;
    if (mf_buf_check(&c->line, c->err) < 0)
        return -1;
    return mf_arena_dup(c->arena, mf_buf_view(&c->line), &root->vendor_problems[root->vendor_problem_count++], c->err);
}

static int problem(struct checking *c, struct mf_module m, const char *what)
{
    begin(c, m, what);
    return end(c);
}

static int check_requirements(struct checking *c, const struct mf_main *main)
{
    for (size_t i = 0; i < main->gomod.require_count; i++) {
        struct mf_module m = main->gomod.requires[i].module;
        const struct mf_vendortxt_module *v = mf_vendortxt_find(&c->txt, m);
        if ((!v || !v->is_explicit) &&
            problem(c, m, "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt") < 0)
            return -1;
    }
    return 0;
}

static bool is_dotted(struct mf_str path)
{
    return mf_str_eq(path, MF_LIT(".")) || mf_str_eq(path, MF_LIT("..")) || mf_str_starts(path, MF_LIT("./")) ||
           mf_str_starts(path, MF_LIT("../"));
}

/* The replacement as modules.txt names it: in a workspace the directories of
 * all go.mod files are relative to that of go.work. */
static int canonical(struct checking *c, const struct mf_root_replace *r, struct mf_module *out)
{
    *out = (struct mf_module){r->typed, r->to.version};
    if (r->to.version.n || mf_str_starts(r->typed, MF_LIT("/")) || c->root->go_work.n == 0 ||
        mf_str_eq(r->file, c->root->go_work))
        return 0;
    if (mf_abspath_relative(r->to.path, c->root->dir, c->arena, &out->path, c->err) < 0)
        return -1;
    if (is_dotted(out->path))
        return 0;
    return mf_arena_join(c->arena, MF_LIT("./"), out->path, MF_LIT(""), &out->path, c->err);
}

/* go looks at every replacement here, so it also finds the conflicts of those
 * that take no part in the graph. */
static int conflict(struct checking *c, struct mf_module from, const struct mf_root_replace *r)
{
    mf_buf_clear(&c->line);
    mf_buf_str(&c->line, MF_LIT("conflicting replacements found for "));
    put_module(&c->line, from);
    mf_buf_fmt(&c->line, " in workspace modules defined by %.*s and %.*s", MF_FMT(r->conflicts), MF_FMT(r->file));
    return end(c);
}

/* `r` is NULL for a main module, which nothing replaces; go names an empty file
 * where modules.txt says otherwise. */
static int compare(struct checking *c, struct mf_module from, const struct mf_root_replace *r)
{
    if (r && r->conflicts.n)
        return conflict(c, from, r);
    const struct mf_vendortxt_module *v = mf_vendortxt_find(&c->txt, from);
    bool is_marked = v && v->replacement.path.n > 0;
    struct mf_str source = MF_LIT("");
    struct mf_module typed = {0}, to = {0};
    if (!r && !is_marked)
        return 0;
    if (r && !mf_abspath_below(r->file, c->root->dir, &source))
        source = r->file;
    if (r && canonical(c, r, &to) < 0)
        return -1;
    if (r)
        typed = (struct mf_module){r->typed, r->to.version};
    if (!is_marked) {
        begin(c, from, "is replaced in ");
        mf_buf_str(&c->line, source);
        mf_buf_str(&c->line, MF_LIT(", but not marked as replaced in vendor/modules.txt"));
        return end(c);
    }
    if (mf_module_eq(v->replacement, to))
        return 0;
    begin(c, from, "is replaced by ");
    put_module(&c->line, typed);
    mf_buf_str(&c->line, MF_LIT(" in "));
    mf_buf_str(&c->line, source);
    mf_buf_str(&c->line, MF_LIT(", but marked as replaced by "));
    put_module(&c->line, v->replacement);
    mf_buf_str(&c->line, MF_LIT(" in vendor/modules.txt"));
    return end(c);
}

/* The line that replaces a module; none for a main module as such. */
static const struct mf_root_replace *replacing(const struct checking *c, struct mf_module m)
{
    if (m.version.n == 0 && mf_root_is_main(c->root, m.path))
        return NULL;
    return mf_root_find_replace(c->root, m);
}

/* True where go has met the left side of line i before: in an earlier main
 * module, whose group is higher, or further up in the file. */
static bool came_before(const struct mf_root *root, size_t i)
{
    const struct mf_root_replace *r = &root->replaces[i];
    for (size_t k = 0; k < root->replace_count; k++) {
        const struct mf_root_replace *other = &root->replaces[k];
        if (mf_module_eq(other->from, r->from) && (other->group > r->group || (other->group == r->group && k < i)))
            return true;
    }
    return false;
}

/* The main modules in their order, then go.work. */
static int check_replacements(struct checking *c)
{
    for (size_t group = c->root->main_count + 1; group-- > 0;) {
        for (size_t i = 0; i < c->root->replace_count; i++) {
            if (c->root->replaces[i].group != group || came_before(c->root, i))
                continue;
            struct mf_module from = c->root->replaces[i].from;
            if (compare(c, from, replacing(c, from)) < 0)
                return -1;
        }
    }
    return 0;
}

static bool is_required(const struct mf_root *root, struct mf_module m)
{
    for (size_t i = 0; i < root->main_count; i++)
        for (size_t k = 0; k < root->mains[i].gomod.require_count; k++)
            if (mf_module_eq(root->mains[i].gomod.requires[k].module, m))
                return true;
    return false;
}

/* What modules.txt says and go.mod does not. */
static int check_extra(struct checking *c)
{
    bool in_workspace = c->root->go_work.n > 0;
    for (size_t i = 0; i < c->txt.count; i++) {
        const struct mf_vendortxt_module *v = &c->txt.modules[i];
        if (v->vendored && v->is_explicit && !is_required(c->root, v->id) &&
            problem(c, v->id,
                    in_workspace
                        ? "is marked as explicit in vendor/modules.txt, but not explicitly required in a go.mod"
                        : "is marked as explicit in vendor/modules.txt, but not explicitly required in go.mod") < 0)
            return -1;
    }
    for (size_t i = 0; i < c->txt.count; i++) {
        const struct mf_vendortxt_module *v = &c->txt.modules[i];
        if (v->replacement.path.n && !replacing(c, v->id) &&
            problem(c, v->id,
                    in_workspace ? "is marked as replaced in vendor/modules.txt, but not replaced in the workspace"
                                 : "is marked as replaced in vendor/modules.txt, but not replaced in go.mod") < 0)
            return -1;
    }
    return 0;
}

static int check(struct checking *c)
{
    struct mf_root *root = c->root;
    root->vendor_problems = mf_arena_array(c->arena, PROBLEMS_MAX, sizeof(*root->vendor_problems), c->err);
    if (!root->vendor_problems)
        return -1;
    for (size_t i = 0; i < root->main_count; i++)
        if (check_requirements(c, &root->mains[i]) < 0)
            return -1;
    return check_replacements(c) < 0 ? -1 : check_extra(c);
}

int mf_vendorcheck(struct mf_root *root, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(release)
    struct checking c = {.root = root, .line = MF_BUF_INIT(64 * MF_KIB), .arena = arena, .err = err};
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_VENDORTXT_MAX);
    struct stat st;
    struct mf_str vendor;
    bool missing = false;
    if (root->go_implied || mf_gover_compare(root->go, MF_LIT("1.14")) < 0)
        return 0;
    if (mf_abspath_join(root->dir, MF_LIT("vendor"), arena, &vendor, err) < 0)
        return -1;
    if (stat(vendor.p, &st) < 0 || !S_ISDIR(st.st_mode))
        return 0;
    if (mf_dir_open(&dir, vendor.p, false, err) < 0 ||
        (mf_dir_read(dir, "modules.txt", &text, &missing, err) < 0 && !missing))
        return -1;
    if (mf_vendortxt_parse(&c.txt, mf_buf_view(&text), arena, err) < 0)
        return -1;
    return c.txt.is_workspace == (root->go_work.n > 0) ? check(&c) : 0;
}
