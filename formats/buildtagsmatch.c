/* Matching of formats/buildtags.h: which tags hold, names, whole constraints. */
#include "formats/buildtags.h"

/* Known to file names; true where `unix` holds. */
static const struct {
    const char *name;
    bool unix_like;
} systems[] = {
    {"aix", true},     {"android", true}, {"darwin", true},  {"dragonfly", true}, {"freebsd", true},  {"hurd", true},
    {"illumos", true}, {"ios", true},     {"js", false},     {"linux", true},     {"nacl", false},    {"netbsd", true},
    {"openbsd", true}, {"plan9", false},  {"solaris", true}, {"wasip1", false},   {"windows", false}, {"zos", false},
};

/* Known to file names, with the feature tags that hold by default. */
static const struct {
    const char *name;
    const char *features[3];
} machines[] = {
    {"386", {"386.sse2"}},
    {"amd64", {"amd64.v1"}},
    {"amd64p32", {NULL}},
    {"arm", {"arm.5", "arm.6", "arm.7"}},
    {"armbe", {NULL}},
    {"arm64", {"arm64.v8.0"}},
    {"arm64be", {NULL}},
    {"loong64", {NULL}},
    {"mips", {"mips.hardfloat"}},
    {"mipsle", {"mipsle.hardfloat"}},
    {"mips64", {"mips64.hardfloat"}},
    {"mips64le", {"mips64le.hardfloat"}},
    {"mips64p32", {NULL}},
    {"mips64p32le", {NULL}},
    {"ppc", {NULL}},
    {"ppc64", {"ppc64.power8"}},
    {"ppc64le", {"ppc64le.power8"}},
    {"riscv", {NULL}},
    {"riscv64", {"riscv64.rva20u64"}},
    {"s390", {NULL}},
    {"s390x", {NULL}},
    {"sparc", {NULL}},
    {"sparc64", {NULL}},
    {"wasm", {"wasm.satconv", "wasm.signext"}},
};

/* A system whose own tag implies another. */
static const struct {
    const char *tag, *implied_by;
} aliases[] = {{"linux", "android"}, {"solaris", "illumos"}, {"darwin", "ios"}};

static size_t find_system(struct mf_str name)
{
    size_t i = 0;
    while (i < MF_COUNT(systems) && !mf_str_eq(name, mf_str(systems[i].name)))
        i++;
    return i;
}

static size_t find_machine(struct mf_str name)
{
    size_t i = 0;
    while (i < MF_COUNT(machines) && !mf_str_eq(name, mf_str(machines[i].name)))
        i++;
    return i;
}

bool mf_buildtags_known_os(struct mf_str name)
{
    return find_system(name) < MF_COUNT(systems);
}

bool mf_buildtags_known_arch(struct mf_str name)
{
    return find_machine(name) < MF_COUNT(machines);
}

/* go1.N with N from 1 to `release`, written without leading zeros. */
static bool is_release(struct mf_str tag, unsigned release)
{
    if (!mf_str_starts(tag, MF_LIT("go1.")))
        return false;
    struct mf_str digits = mf_str_from(tag, 4);
    unsigned value = 0;
    if (digits.n == 0 || digits.n > 6 || digits.p[0] == '0')
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.p[i] - '0');
    }
    return value <= release;
}

static bool has_feature(struct mf_str goarch, struct mf_str tag)
{
    size_t i = find_machine(goarch);
    if (i == MF_COUNT(machines))
        return false;
    for (size_t k = 0; k < MF_COUNT(machines[i].features); k++) {
        if (machines[i].features[k] && mf_str_eq(tag, mf_str(machines[i].features[k])))
            return true;
    }
    return false;
}

/* Tags that hold by themselves; aliases build upon them. */
static bool is_set(const struct mf_buildtags_target *target, struct mf_str tag)
{
    if (mf_str_eq(tag, target->goos) || mf_str_eq(tag, target->goarch) || mf_str_eq(tag, MF_LIT("gc")))
        return true;
    if (target->cgo && mf_str_eq(tag, MF_LIT("cgo")))
        return true;
    for (size_t i = 0; i < target->tag_count; i++) {
        if (mf_str_eq(tag, target->tags[i]))
            return true;
    }
    return is_release(tag, target->release) || has_feature(target->goarch, tag);
}

bool mf_buildtags_holds(const struct mf_buildtags_target *target, struct mf_str tag)
{
    if (is_set(target, tag))
        return true;
    for (size_t i = 0; i < MF_COUNT(aliases); i++) {
        if (mf_str_eq(tag, mf_str(aliases[i].tag)))
            return is_set(target, mf_str(aliases[i].implied_by));
    }
    size_t os = find_system(target->goos);
    return mf_str_eq(tag, MF_LIT("unix")) && os < MF_COUNT(systems) && systems[os].unix_like;
}

/* The value on any platform, where a tag is taken as `wanted`. */
static bool match_any(const struct mf_buildtags_expr *x, bool wanted)
{
    switch (x->op) {
    case MF_BUILDTAGS_NOT:
        return !match_any(x->x, !wanted);
    case MF_BUILDTAGS_AND:
        return match_any(x->x, wanted) && match_any(x->y, wanted);
    case MF_BUILDTAGS_OR:
        return match_any(x->x, wanted) || match_any(x->y, wanted);
    case MF_BUILDTAGS_TAG:
        break;
    }
    return wanted && !mf_str_eq(x->tag, MF_LIT("ignore"));
}

static bool holds_on(void *ctx, struct mf_str tag)
{
    const struct mf_buildtags_target *target = ctx;
    return mf_buildtags_holds(target, tag);
}

bool mf_buildtags_match_expr(const struct mf_buildtags_target *target, const struct mf_buildtags_expr *x)
{
    struct mf_buildtags_target copy = *target;
    return target->any ? match_any(x, true) : mf_buildtags_eval(x, holds_on, &copy);
}

int mf_buildtags_match_text(const struct mf_buildtags_target *target, struct mf_str constraint, bool *out,
                            struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(SIZE_MAX);
    bool strict = mf_buildtags_is_go_build(mf_str_head(constraint, mf_str_find(constraint, '\n')));
    bool match = true;
    struct mf_str rest = constraint;
    while (rest.p && match) {
        const struct mf_buildtags_expr *x;
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        if (line.n == 0)
            continue;
        if (mf_buildtags_parse(line, &arena, &x, NULL, err) < 0)
            return -1;
        match = x ? mf_buildtags_match_expr(target, x) : !strict;
    }
    *out = match;
    return 0;
}

/* Takes the last element of a name's `_` separated list off *name. */
static struct mf_str pop(struct mf_str *name)
{
    size_t at = mf_str_rfind(*name, '_');
    struct mf_str last = mf_str_from(*name, at + 1);
    *name = mf_str_head(*name, at);
    return last;
}

bool mf_buildtags_match_name(const struct mf_buildtags_target *target, struct mf_str name)
{
    if (target->any)
        return true;
    name = mf_str_head(name, mf_str_find(name, '.'));
    size_t first = mf_str_find(name, '_');
    if (first == name.n)
        return true;
    /* begins with '_' from here on, or is empty */
    name = mf_str_from(name, first);
    struct mf_str last = pop(&name);
    if (mf_str_eq(last, MF_LIT("test")))
        last = name.n ? pop(&name) : MF_LIT("");
    struct mf_str before = name.n ? pop(&name) : MF_LIT("");
    if (mf_buildtags_known_arch(last)) {
        if (mf_buildtags_known_os(before) && !mf_buildtags_holds(target, before))
            return false;
        return mf_buildtags_holds(target, last);
    }
    return !mf_buildtags_known_os(last) || mf_buildtags_holds(target, last);
}
