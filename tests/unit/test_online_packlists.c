/* The lists of a difference while it is packed stay below what a reader takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "bundle/packlists.h"
#include "formats/base/arena.h"
#include "formats/manifest.h"
#include "formats/tar.h"

#define FRAMES 16

static void add(struct mf_packlists *l, size_t frame, struct mf_module id, struct mf_str file)
{
    struct mf_err err = {0};
    const struct mf_baselist_line line = {.kind = MF_BASELIST_FILE, .id = id, .file = file};
    const struct mf_span span = {frame * MF_FRAME_RAW_MAX, 1};
    assert_int_equal(mf_packlists_add(l, span, &line, 1, MF_PACKLISTS_ONCE, &err), 0);
}

/* Sixteen frames want 4 MB of names each. */
static void test_all_lists(void **state)
{
    static char name[1001];
    struct mf_packlists l = {0};
    struct mf_err err = {0};
    const struct mf_module id = {MF_LIT("example.com/m"), MF_LIT("v1.0.0")};
    uint64_t members = MF_TAR_END;
    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    assert_int_equal(mf_packlists_init(&l, 0, &err), 0);
    for (size_t frame = 0; frame < FRAMES; frame++)
        for (size_t i = 0; i < 4000; i++)
            add(&l, frame, id, mf_str(name));
    for (size_t frame = 0; frame < FRAMES; frame++)
        if (mf_packlists_text(&l, frame).n)
            members += MF_TAR_BLOCK + (mf_packlists_text(&l, frame).n + MF_TAR_BLOCK - 1) / MF_TAR_BLOCK * MF_TAR_BLOCK;
    assert_true(members <= MF_BASE_RANGE_MAX);
    assert_true(members > MF_BASE_RANGE_MAX - 32 * MF_KIB);
    assert_int_equal(mf_packlists_text(&l, FRAMES - 1).n, 0);
    mf_packlists_release(&l);
}

/* Modules that frames name stand in the manifest, each time. */
static void test_all_modules(void **state)
{
    struct mf_packlists l = {0};
    struct mf_err err = {0};
    struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    size_t lines = 0;
    (void)state;
    assert_int_equal(mf_packlists_init(&l, 0, &err), 0);
    for (size_t i = 0; i < 20000; i++) {
        char text[32];
        struct mf_module id = {.version = MF_LIT("v1.0.0")};
        snprintf(text, sizeof(text), "example.com/m%zu", i);
        assert_int_equal(mf_arena_dup(&arena, mf_str(text), &id.path, &err), 0);
        add(&l, i % FRAMES, id, MF_LIT("a.go"));
        add(&l, i % FRAMES, id, MF_LIT("b.go")); /* of the same one, which is named already */
    }
    for (size_t frame = 0; frame < FRAMES; frame++) {
        struct mf_str text = mf_packlists_text(&l, frame);
        for (size_t i = 0; i < text.n; i++)
            lines += text.p[i] == '\n';
    }
    assert_int_equal(lines, 2 * 16384);
    mf_packlists_release(&l);
    mf_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_lists),
        cmocka_unit_test(test_all_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
