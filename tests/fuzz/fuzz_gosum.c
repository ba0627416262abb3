/* go.sum: every line is found again, and the lines written anew give the same. */
#include "formats/gosum.h"
#include "tests/fuzz/fuzzkit.h"

static void check_line(const struct mf_gosum *sums, size_t i)
{
    const struct mf_gosum_line *line = &sums->lines[i];
    struct mf_str decides = {NULL, 0};
    CHECK(line->line > 0 && mf_str_starts(line->h1, MF_LIT("h1:")));
    CHECK(i == 0 || mf_module_order(sums->lines[i - 1].module, line->module) <= 0);
    CHECK(mf_gosum_check(sums, line->module, line->is_mod, line->h1, &decides) != MF_GOSUM_ABSENT);
    CHECK(mf_gosum_check(sums, line->module, line->is_mod, decides, NULL) == MF_GOSUM_MATCH);
    CHECK(mf_gosum_check(sums, line->module, line->is_mod, MF_LIT("h1:"), &decides) !=
          (decides.n == 3 ? MF_GOSUM_MISMATCH : MF_GOSUM_MATCH));
}

static void write_line(const struct mf_gosum_line *line, struct mf_buf *out)
{
    mf_buf_str(out, line->module.path);
    mf_buf_byte(out, ' ');
    mf_buf_str(out, line->module.version);
    mf_buf_str(out, line->is_mod ? MF_LIT("/go.mod ") : MF_LIT(" "));
    mf_buf_str(out, line->h1);
    mf_buf_byte(out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_MIB);
    struct mf_gosum sums = {0}, second = {0};
    struct mf_err err = {0};
    if (mf_gosum_add(&sums, fuzz_text(data, size), "go.sum", &arena, &err) < 0) {
        CHECK(err.code == MF_E_GOMOD && sums.count == 0);
        return 0;
    }
    for (size_t i = 0; i < sums.count; i++) {
        const struct mf_gosum_line *line = &sums.lines[i];
        check_line(&sums, i);
        write_line(line, &again);
    }
    CHECK(mf_buf_check(&again, &err) == 0);
    CHECK(mf_gosum_add(&second, mf_buf_view(&again), "again", &arena, &err) == 0 && second.count == sums.count);
    for (size_t i = 0; i < sums.count; i++)
        CHECK(mf_module_eq(sums.lines[i].module, second.lines[i].module) &&
              sums.lines[i].is_mod == second.lines[i].is_mod && mf_str_eq(sums.lines[i].h1, second.lines[i].h1));
    return 0;
}
