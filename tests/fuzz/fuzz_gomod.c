/* go.mod as a main module's and as a dependency's, and go.work: what the strict
 * reader takes the lax one takes too, with the same result. */
#include "formats/gomod.h"
#include "formats/gowork.h"
#include "formats/semver.h"
#include "tests/fuzz/fuzzkit.h"

/* A version, or what the files allow beyond that: 1.21.3rc1. */
static bool is_go_line(struct mf_str go)
{
    size_t n = 0;
    while (n < go.n && (go.p[n] == '.' || (go.p[n] >= '0' && go.p[n] <= '9')))
        n++;
    return mf_gover_valid(go) || (n < go.n && mf_gover_valid(mf_str_head(go, n)));
}

static void check_main(const struct mf_gomod *mod)
{
    for (size_t i = 0; i < mod->require_count; i++)
        CHECK(mf_semver_canonical(mod->requires[i].module.version, true));
    for (size_t i = 0; i < mod->exclude_count; i++)
        CHECK(mf_semver_canonical(mod->excludes[i].version, true));
    for (size_t i = 0; i < mod->replace_count; i++) {
        struct mf_str version = mod->replaces[i].to.version;
        CHECK(version.n == 0 || mf_semver_canonical(version, true));
    }
    CHECK(mod->go.n == 0 || is_go_line(mod->go));
}

/* What counts in a dependency is there in both. */
static void check_same(const struct mf_gomod *strict, const struct mf_gomod *lax)
{
    CHECK(mf_str_eq(strict->module, lax->module) && mf_str_eq(strict->go, lax->go));
    CHECK(mf_str_eq(strict->deprecated, lax->deprecated));
    CHECK(strict->retract_count == lax->retract_count && strict->ignore_count == lax->ignore_count);
    CHECK(strict->require_count == lax->require_count);
    for (size_t i = 0; i < strict->require_count; i++)
        CHECK(mf_module_eq(strict->requires[i].module, lax->requires[i].module) &&
              strict->requires[i].indirect == lax->requires[i].indirect);
    CHECK(lax->replace_count == 0 && lax->exclude_count == 0 && lax->tool_count == 0);
}

static void check_synthetic(struct mf_str path, struct mf_arena *arena)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    struct mf_gomod mod;
    struct mf_err err;
    CHECK(mf_gomod_synthetic(path, &text, &err) == 0);
    CHECK(mf_gomod_parse(&mod, mf_buf_view(&text), MF_GOMOD_DEP, "go.mod", arena, &err) == 0);
    CHECK(mf_str_eq(mod.module, path));
}

static void check_work(struct mf_str text, struct mf_arena *arena)
{
    struct mf_gowork work;
    struct mf_err err = {0};
    if (mf_gowork_parse(&work, text, "go.work", arena, &err) < 0) {
        CHECK(err.code == MF_E_GOMOD || err.code == MF_E_LIMIT);
        return;
    }
    CHECK(work.go.n == 0 || is_go_line(work.go));
    for (size_t i = 0; i < work.replace_count; i++)
        CHECK(work.replaces[i].to.version.n == 0 || mf_semver_canonical(work.replaces[i].to.version, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_str text = fuzz_text(data, size);
    struct mf_gomod strict, lax;
    struct mf_err err = {0};
    int lax_rc = mf_gomod_parse(&lax, text, MF_GOMOD_DEP, "go.mod", &arena, &err);
    CHECK(lax_rc == 0 || err.code == MF_E_GOMOD || err.code == MF_E_LIMIT);
    if (lax_rc == 0)
        check_synthetic(lax.module, &arena);
    if (mf_gomod_parse(&strict, text, MF_GOMOD_MAIN, "go.mod", &arena, &err) == 0) {
        CHECK(lax_rc == 0);
        check_main(&strict);
        check_same(&strict, &lax);
    }
    check_work(text, &arena);
    return 0;
}
