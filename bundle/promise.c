#include "bundle/promise.h"

/* Where a command is promised, and what it depends on. */
enum {
    IN_MODULE = 1,       /* a directory outside of workspaces */
    IN_WORKSPACE = 2,    /* a main module of a workspace */
    IN_NEW = 4,          /* a new module that gets path@version */
    NEEDS_SUMS = 8,      /* reads go.sum and may not write it, or keeps quiet about what it cannot check */
    NEEDS_ALL_SUMS = 16, /* reads the go.mod of every provider as well */
    NEEDS_LAZY = 32,     /* outside of level all: takes no more than the requirements, which go 1.17 began with */
    NEEDS_TOOL = 64,     /* go.mod has a tool line */
    NEEDS_WHOLE = 128,   /* nothing was left out */
};

/* In the order of the levels; %M is the module path of a root path@version, %V
 * its version. */
static const struct {
    enum mf_level level;
    unsigned flags;
    const char *command;
} promises[] = {
    {MF_LEVEL_BUILD, IN_NEW, "go get %M@%V"},
    {MF_LEVEL_BUILD, IN_NEW, "go build -mod=mod %M/..."},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS, "go build ./..."},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS, "go list -deps ./..."},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | IN_NEW | NEEDS_SUMS, "go list -m all"},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | IN_NEW, "go mod graph"},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | IN_NEW, "go mod verify"},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS, "go run PACKAGE"},
    {MF_LEVEL_BUILD, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS | NEEDS_TOOL, "go tool NAME"},
    {MF_LEVEL_TEST, IN_NEW, "go test -mod=mod %M/..."},
    {MF_LEVEL_TEST, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS, "go test ./..."},
    {MF_LEVEL_TEST, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS, "go vet ./..."},
    {MF_LEVEL_TIDY, IN_MODULE, "go mod tidy"},
    {MF_LEVEL_TIDY, IN_MODULE | NEEDS_SUMS, "go mod vendor"},
    {MF_LEVEL_TIDY, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS | NEEDS_ALL_SUMS, "go mod why -m all"},
    {MF_LEVEL_TIDY, IN_MODULE, "go get ./..."},
    {MF_LEVEL_TIDY, IN_MODULE | IN_WORKSPACE | NEEDS_SUMS | NEEDS_ALL_SUMS, "go test all"},
    {MF_LEVEL_TIDY, IN_MODULE | NEEDS_LAZY, "go mod download"},
    {MF_LEVEL_ALL, IN_WORKSPACE, "go mod download"},
    {MF_LEVEL_ALL, IN_NEW | NEEDS_WHOLE, "go mod download"},
    {MF_LEVEL_ALL, IN_MODULE | IN_WORKSPACE, "go mod download all"},
    {MF_LEVEL_ALL, IN_NEW | NEEDS_WHOLE, "go mod download all"},
};

static bool holds(const struct mf_plan *plan, size_t index, const struct mf_main *main, unsigned flags)
{
    const struct mf_missingsums *missing = &plan->missing_sums[index];
    unsigned place = !main ? IN_NEW : plan->roots[index].go_work.n ? IN_WORKSPACE : IN_MODULE;
    bool lazy = plan->level == MF_LEVEL_ALL || mf_graph_is_lazy(&plan->graphs[index]);
    return flags & place && !(flags & NEEDS_SUMS && missing->count) &&
           !(flags & NEEDS_ALL_SUMS && missing->only_test_all) && !(flags & NEEDS_LAZY && !lazy) &&
           !(flags & NEEDS_TOOL && (!main || main->gomod.tool_count == 0)) && !(flags & NEEDS_WHOLE && plan->left_out);
}

static int fill_in(const char *command, struct mf_module m, struct mf_str *out, struct mf_arena *arena,
                   struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(4 * MF_KIB);
    for (const char *c = command; *c; c++) {
        if (*c != '%')
            mf_buf_byte(&text, *c);
        else
            mf_buf_str(&text, *++c == 'M' ? m.path : m.version);
    }
    return mf_buf_check(&text, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&text), out, err);
}

static int describe_missing(const struct mf_missingsums *missing, struct mf_manifest_root *out, struct mf_arena *arena,
                            struct mf_err *err)
{
    out->missing_sums = mf_arena_array(arena, missing->count, sizeof(*out->missing_sums), err);
    if (!out->missing_sums)
        return -1;
    for (size_t i = 0; i < missing->count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(4 * MF_KIB);
        const struct mf_missingsum *m = &missing->list[i];
        mf_buf_fmt(&line, "%.*s %.*s%s", MF_FMT(m->module.path), MF_FMT(m->module.version), m->is_mod ? "/go.mod" : "");
        if (mf_buf_check(&line, err) < 0 || mf_arena_dup(arena, mf_buf_view(&line), &out->missing_sums[i], err) < 0)
            return -1;
    }
    out->missing_sum_count = missing->count;
    return 0;
}

int mf_promise_describe(const struct mf_plan *plan, size_t index, const struct mf_main *main,
                        struct mf_manifest_root *out, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_module module = plan->roots[index].module;
    out->command_count = 0;
    out->commands = mf_arena_array(arena, MF_COUNT(promises), sizeof(*out->commands), err);
    if (!out->commands)
        return -1;
    for (size_t i = 0; i < MF_COUNT(promises); i++)
        if (promises[i].level <= plan->level && holds(plan, index, main, promises[i].flags) &&
            fill_in(promises[i].command, module, &out->commands[out->command_count++], arena, err) < 0)
            return -1;
    return describe_missing(&plan->missing_sums[index], out, arena, err);
}
