#include "bundle/rootreplace.h"

#include "bundle/abspath.h"
#include "bundle/rootfiles.h"

/* "PATH" or "PATH@VERSION". */
static void put_module(struct mf_buf *out, struct mf_str path, struct mf_str version)
{
    mf_buf_str(out, mf_str_head(path, 320));
    if (version.n) {
        mf_buf_byte(out, '@');
        mf_buf_str(out, version);
    }
}

static int conflict(const struct mf_root_replace *a, const struct mf_root_replace *b, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf from = MF_BUF_INIT(1024);
    MF_CLEANUP(mf_buf_release) struct mf_buf to = MF_BUF_INIT(2048);
    bool same_file = a->group == b->group;
    put_module(&from, a->from.path, a->from.version);
    put_module(&to, same_file ? a->typed : a->to.path, a->to.version);
    mf_buf_str(&to, MF_LIT(" and "));
    put_module(&to, same_file ? b->typed : b->to.path, b->to.version);
    mf_err_set(err, MF_E_CLOSURE, "conflicting replacements for %.*s: %.*s", MF_FMT(mf_buf_view(&from)),
               MF_FMT(mf_buf_view(&to)));
    if (same_file)
        return mf_err_next(err, "remove one of the lines %u and %u of %.*s", a->line, b->line, MF_FMT(a->file));
    return mf_err_next(err, "use \"go work edit -replace %.*s=[override]\" to resolve", MF_FMT(mf_buf_view(&from)));
}

static bool same_as_written(const struct mf_root_replace *a, const struct mf_root_replace *b)
{
    return mf_str_eq(a->typed, b->typed) && mf_str_eq(a->to.version, b->to.version);
}

/* A replacement of go.work takes the place of all others of that path. */
static bool overridden(const struct mf_root *root, const struct mf_root_replace *r, size_t work_count)
{
    for (size_t i = 0; i < work_count; i++)
        if (mf_str_eq(root->replaces[i].from.path, r->from.path))
            return true;
    return false;
}

static bool has_line(const struct mf_root *root, unsigned group, struct mf_module from)
{
    for (size_t i = 0; i < root->replace_count; i++)
        if (root->replaces[i].group == group && mf_module_eq(root->replaces[i].from, from))
            return true;
    return false;
}

/* Compares two lines with the same left side, or a line for one version with
 * one for all versions that an earlier main module has. */
static int compare(const struct mf_root *root, struct mf_root_replace *a, const struct mf_root_replace *b, bool by_work,
                   struct mf_err *err)
{
    bool same_from = mf_module_eq(a->from, b->from);
    if (a->group == b->group)
        return same_from && !same_as_written(a, b) ? conflict(a, b, err) : 0;
    if (same_from && !by_work && !mf_module_eq(a->to, b->to))
        return conflict(b, a, err);
    /* b is of an earlier main module: go compares what is written. */
    bool both_apply = same_from || (b->from.version.n == 0 && !has_line(root, b->group, a->from));
    if (a->from.version.n && both_apply && !same_as_written(a, b))
        a->conflicts = b->file;
    return 0;
}

static int find_conflicts(struct mf_root *root, size_t work_count, struct mf_err *err)
{
    for (size_t i = 0; i < root->replace_count; i++) {
        struct mf_root_replace *a = &root->replaces[i];
        bool by_work = i >= work_count && overridden(root, a, work_count);
        for (size_t j = i + 1; j < root->replace_count && (i >= work_count || j < work_count); j++)
            if (mf_str_eq(a->from.path, root->replaces[j].from.path) &&
                compare(root, a, &root->replaces[j], by_work, err) < 0)
                return -1;
    }
    return 0;
}

struct source {
    const struct mf_replace *lines;
    size_t count;
    struct mf_str file, dir;
};

static int add_source(struct mf_root *root, struct source from, unsigned group, struct mf_arena *arena,
                      struct mf_err *err)
{
    for (size_t i = 0; i < from.count; i++) {
        const struct mf_replace *line = &from.lines[i];
        struct mf_root_replace *r = &root->replaces[root->replace_count];
        *r = (struct mf_root_replace){
            .from = line->from,
            .to = line->to,
            .typed = line->to.path,
            .file = from.file,
            .base = from.dir,
            .line = line->line,
            .group = group,
        };
        if (r->to.version.n == 0 && mf_abspath_join(from.dir, r->typed, arena, &r->to.path, err) < 0)
            return -1;
        root->replace_count++;
    }
    return 0;
}

static int add_main(struct mf_root *root, const struct mf_main *main, unsigned group, struct mf_arena *arena,
                    struct mf_err *err)
{
    struct source from = {.lines = main->gomod.replaces, .count = main->gomod.replace_count, .dir = main->dir};
    if (mf_abspath_join(main->dir, MF_LIT("go.mod"), arena, &from.file, err) < 0)
        return -1;
    return add_source(root, from, group, arena, err);
}

/* A workspace module has its directory; go takes no other for every version. */
static int check_mains(const struct mf_root *root, size_t work_count, struct mf_err *err)
{
    for (size_t i = 0; i < work_count; i++) {
        const struct mf_root_replace *r = &root->replaces[i];
        if (r->from.version.n || !mf_root_is_main(root, r->from.path))
            continue;
        mf_err_set(err, MF_E_CLOSURE, "workspace module %.*s is replaced at all versions in the go.work file",
                   MF_FMT(r->from.path));
        return mf_err_next(err, "remove the replacement from the go.work file or specify the version at which to "
                                "replace the module");
    }
    return 0;
}

/* The directory of the project that `dir` lies in; *name_out is the rest. */
static bool find_base(const struct mf_root *root, struct mf_str dir, struct mf_str *base_out, struct mf_str *name_out)
{
    *base_out = root->dir;
    if (mf_abspath_below(dir, root->dir, name_out))
        return true;
    for (size_t i = 0; i < root->main_count; i++) {
        *base_out = root->mains[i].dir;
        if (mf_abspath_below(dir, root->mains[i].dir, name_out))
            return true;
    }
    return false;
}

static int outside(const struct mf_root_replace *r, struct mf_err *err)
{
    mf_err_set(err, MF_E_POLICY, "%.*s:%u: %.*s is replaced by %.*s, which is outside the project", MF_FMT(r->file),
               r->line, MF_FMT(r->from.path), MF_FMT(r->typed));
    return mf_err_next(err, "move that folder into the project, or replace it by a module and version");
}

static int load_directory(struct mf_root *root, const struct mf_root_replace *r, struct mf_arena *arena,
                          struct mf_err *err)
{
    struct mf_root_directory *d = &root->directories[root->directory_count++];
    struct mf_str base, name;
    struct mf_err why;
    d->dir = r->to.path;
    int rc = find_base(root, d->dir, &base, &name) ? mf_rootfiles_directory(d, base, name, r->typed, arena, &why)
                                                   : outside(r, &why);
    if (rc == 0)
        return 0;
    d->failure = mf_arena_alloc(arena, sizeof(why), err);
    if (!d->failure)
        return -1;
    *d->failure = why;
    return 0;
}

static bool is_known(const struct mf_root *root, struct mf_str dir)
{
    for (size_t i = 0; i < root->directory_count; i++)
        if (mf_str_eq(root->directories[i].dir, dir))
            return true;
    return false;
}

int mf_rootreplace_load(struct mf_root *root, const struct mf_gowork *work, struct mf_arena *arena, struct mf_err *err)
{
    size_t work_count = work ? work->replace_count : 0, count = work_count;
    unsigned group = 0;
    for (size_t i = 0; i < root->main_count; i++)
        count += root->mains[i].gomod.replace_count;
    root->replaces = mf_arena_array(arena, count, sizeof(*root->replaces), err);
    root->directories = mf_arena_array(arena, count, sizeof(*root->directories), err);
    if (!root->replaces || !root->directories)
        return -1;
    struct source first = {.file = root->go_work, .dir = root->dir, .count = work_count};
    first.lines = work ? work->replaces : NULL;
    if (add_source(root, first, group++, arena, err) < 0)
        return -1;
    for (size_t i = root->main_count; i-- > 0;)
        if (add_main(root, &root->mains[i], group++, arena, err) < 0)
            return -1;
    if (check_mains(root, work_count, err) < 0 || find_conflicts(root, work_count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct mf_root_replace *r = &root->replaces[i];
        if (r->to.version.n == 0 && !is_known(root, r->to.path) && load_directory(root, r, arena, err) < 0)
            return -1;
    }
    return 0;
}
