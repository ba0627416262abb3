/* Manifests of differences: what is written comes back, and what contradicts itself is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/manifest.h"

#define H1 MF_LIT("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
#define ID(path, version)                                                                                              \
    {                                                                                                                  \
        MF_LIT(path), MF_LIT(version)                                                                                  \
    }

struct sample {
    struct mf_manifest m;
    struct mf_manifest_module modules[2];
    struct mf_base_module base[2];
    struct mf_frame frames[3];
};

/* a is held, b is not, and comes after two files of older modules. */
static void make(struct sample *s)
{
    *s = (struct sample){
        .m = {.level = MF_LEVEL_TIDY,
              .go = MF_LIT("1.21"),
              .module_count = 2,
              .created = MF_LIT("2024-05-06T07:08:09Z"),
              .tool = MF_LIT("t"),
              .zstd = MF_LIT("z"),
              .base = {0, 1024},
              .payload_size = 1024 + 2 * 1024 + 1024 + 1024,
              .frame_count = 3},
        .modules = {{.id = ID("example.com/a", "v1.0.0"),
                     .h1 = H1,
                     .mod_h1 = H1,
                     .size = 5,
                     .files = 1,
                     .form = MF_FORM_HELD,
                     .full = MF_FORM_ZIP,
                     .mod = {1024, 1024}},
                    {.id = ID("example.com/b", "v1.0.0"),
                     .h1 = H1,
                     .mod_h1 = H1,
                     .size = 5,
                     .files = 1,
                     .form = MF_FORM_FILES,
                     .mod = {2048, 1024},
                     .content = {3072, 1024}}},
        .base = {{ID("example.com/b", "v0.9.0"), H1}, {ID("example.com/c", "v0.1.0"), H1}},
        .frames = {{.offset = 0, .raw_size = 1024, .size = 9},
                   {.offset = 1024, .raw_size = 2048, .size = 9},
                   {.offset = 3072, .raw_size = 2048, .size = 9}},
    };
    s->m.modules = s->modules;
    s->m.frames = s->frames;
    s->frames[2].base = (struct mf_frame_base){.prefix_size = 100, .modules = s->base, .module_count = 2};
}

static enum mf_code write_sample(struct sample *s, struct mf_buf *out)
{
    struct mf_err err = {0};
    return mf_manifest_write(&s->m, out, &err) == 0 ? MF_OK : err.code;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct sample s;
    struct mf_manifest m;
    struct mf_err err = {0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX), again = MF_BUF_INIT(MF_MANIFEST_MAX);
    make(&s);
    assert_int_equal(write_sample(&s, &text), MF_OK);
    assert_non_null(strstr(mf_buf_cstr(&text), "\"requires\":[\"files\",\"held\",\"prefix\"]"));
    if (mf_manifest_parse(mf_buf_view(&text), &m, &arena, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(mf_manifest_is_difference(&m));
    assert_int_equal(m.modules[0].form, MF_FORM_HELD);
    assert_int_equal(m.modules[0].full, MF_FORM_ZIP);
    assert_int_equal(m.modules[1].comes, MF_FORM_FILES);
    assert_int_equal(m.base.length, 1024);
    assert_int_equal(m.frames[1].base.prefix_size, 0);
    assert_int_equal(m.frames[2].base.prefix_size, 100);
    assert_int_equal(m.frames[2].base.module_count, 2);
    assert_true(mf_module_eq(m.frames[2].base.modules[1].id, s.base[1].id));
    assert_int_equal(mf_manifest_write(&m, &again, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&text), mf_buf_view(&again)));
    assert_true(mf_frame_meets(&m.frames[2], &m.modules[1].content));
    assert_false(mf_frame_meets(&m.frames[1], &m.modules[1].content));
}

/* The id is that of the bundle that has it all. */
static void test_same_id(void **state)
{
    (void)state;
    struct sample s;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    make(&s);
    assert_int_equal(write_sample(&s, &text), MF_OK);
    struct mf_digest id = s.m.id;
    s.modules[0].form = MF_FORM_FILES;
    s.modules[0].full = MF_FORM_NONE;
    s.modules[0].mod.offset = 0;
    s.modules[0].content = (struct mf_span){2048, 1024};
    s.modules[1].mod.offset = 1024;
    s.m.base.length = 0;
    s.frames[0] = (struct mf_frame){.offset = 0, .raw_size = 2048, .size = 9};
    s.frames[1] = (struct mf_frame){.offset = 2048, .raw_size = 3072, .size = 9};
    s.m.frame_count = 2;
    mf_buf_clear(&text);
    assert_int_equal(write_sample(&s, &text), MF_OK);
    assert_false(mf_manifest_is_difference(&s.m));
    assert_true(mf_digest_eq(&id, &s.m.id));
}

static void test_refused(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    struct sample s;
    for (int i = 0; i < 10; i++) {
        enum mf_code want = MF_E_DAMAGED;
        make(&s);
        switch (i) {
        case 0:
            s.modules[0].full = MF_FORM_HELD;
            break;
        case 1:
            s.modules[1].full = MF_FORM_FILES;
            break;
        case 2:
            s.frames[2].base = (struct mf_frame_base){0}; /* a list for nothing */
            break;
        case 3:
            s.frames[0].base = s.frames[2].base; /* a list is after nothing */
            break;
        case 4:
            s.base[1] = s.base[0];
            break;
        case 5:
            s.base[0].id.path = MF_LIT("../x");
            break;
        case 6:
            s.base[0].h1 = MF_LIT("h1:x");
            break;
        case 7:
            s.frames[2].base.prefix_size = MF_PREFIX_MAX + 1;
            want = MF_E_LIMIT;
            break;
        case 8:
            s.m.base.length = MF_BASE_RANGE_MAX + 512;
            want = MF_E_LIMIT;
            break;
        case 9:
            s.m.base.length = 512; /* no member is that small */
            break;
        }
        assert_int_equal(write_sample(&s, &text), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_same_id),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
