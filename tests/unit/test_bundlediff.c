#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify/bundlediff.h"

/* "path version h1 mod_h1", h1 "-" for a .mod alone; ends with NULL. */
static size_t fill(const char *const *lines, struct mf_manifest_module *out)
{
    size_t n = 0;
    for (; lines[n]; n++) {
        struct mf_str rest = mf_str(lines[n]);
        out[n].id.path = mf_str_cut(rest, ' ', &rest);
        out[n].id.version = mf_str_cut(rest, ' ', &rest);
        out[n].h1 = mf_str_cut(rest, ' ', &rest);
        out[n].mod_h1 = rest;
        out[n].only_mod = mf_str_eq(out[n].h1, MF_LIT("-"));
    }
    return n;
}

struct log {
    char text[1024];
    int stop_after;
};

static int note(void *ctx, const struct mf_bundlediff_change *c)
{
    struct log *log = ctx;
    size_t n = strlen(log->text);
    struct mf_str none = MF_LIT("");
    snprintf(log->text + n, sizeof(log->text) - n, "%s %.*s%s%.*s%s%.*s;", mf_bundlediff_name(c->kind),
             MF_FMT((c->old_module ? c->old_module : c->new_module)->id.path), c->old_module ? " -" : "",
             MF_FMT(c->old_module ? c->old_module->id.version : none), c->new_module ? " +" : "",
             MF_FMT(c->new_module ? c->new_module->id.version : none));
    return log->stop_after && --log->stop_after == 0 ? 7 : 0;
}

/* Counts versions that rose from v1.N.0 to v1.N.1. */
static int count_pair(void *ctx, const struct mf_bundlediff_change *c)
{
    size_t *seen = ctx;
    const struct mf_str from = c->old_module->id.version, to = c->new_module->id.version;
    *seen += c->kind == MF_DIFF_VERSION && mf_str_eq(mf_str_head(from, from.n - 1), mf_str_head(to, to.n - 1));
    return 0;
}

struct row {
    const char *old_modules[6], *new_modules[6];
    const char *want;
};

static const struct row rows[] = {
    {{NULL}, {NULL}, ""},
    {{"a v1.0.0 x y"}, {"a v1.0.0 x y"}, ""},
    {{NULL}, {"a v1.0.0 x y"}, "added a +v1.0.0;"},
    {{"a v1.0.0 x y"}, {NULL}, "removed a -v1.0.0;"},
    {{"a v1.0.0 x y"}, {"a v1.1.0 z y"}, "version a -v1.0.0 +v1.1.0;"},
    {{"a v1.1.0 x y"}, {"a v1.0.0 z y"}, "version a -v1.1.0 +v1.0.0;"},
    {{"a v1.0.0 x y"}, {"a v1.0.0 z y"}, "content a -v1.0.0 +v1.0.0;"},
    {{"a v1.0.0 x y"}, {"a v1.0.0 x z"}, "content a -v1.0.0 +v1.0.0;"},
    {{"a v1.0.0 - y"}, {"a v1.0.0 x y"}, "extent a -v1.0.0 +v1.0.0;"},
    {{"a v1.0.0 - y"}, {"a v1.0.0 - z"}, "content a -v1.0.0 +v1.0.0;"},
    /* a .mod alone is no other version of what is carried */
    {{"a v1.0.0 - y"}, {"a v1.1.0 x y"}, "removed a -v1.0.0;added a +v1.1.0;"},
    {{"a v1.0.0 - y", "a v1.1.0 x y"},
     {"a v1.1.0 - y", "a v1.2.0 x y"},
     "removed a -v1.0.0;extent a -v1.1.0 +v1.1.0;added a +v1.2.0;"},
    {{"a v1.0.0 x y", "a v1.1.0 x y"}, {"a v1.2.0 x y"}, "removed a -v1.0.0;version a -v1.1.0 +v1.2.0;"},
    {{"a v1.0.0 x y", "b v1.0.0 x y", "d v1.0.0 x y"},
     {"b v1.0.1 x y", "c v1.0.0 x y", "d v1.0.0 x y"},
     "removed a -v1.0.0;version b -v1.0.0 +v1.0.1;added c +v1.0.0;"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        struct mf_manifest_module a[6] = {0}, b[6] = {0};
        struct mf_manifest old_manifest = {.modules = a}, new_manifest = {.modules = b};
        struct log log = {0};
        old_manifest.module_count = fill(rows[i].old_modules, a);
        new_manifest.module_count = fill(rows[i].new_modules, b);
        assert_int_equal(mf_bundlediff_run(&old_manifest, &new_manifest, note, &log), 0);
        assert_string_equal(log.text, rows[i].want);
    }
}

/* 20,000 versions of one path on each side, which nobody has in common, and each has a partner. */
static void test_many_versions(void **state)
{
    enum { MANY = 20000 };
    struct mf_manifest_module *a = calloc(MANY, sizeof(*a)), *b = calloc(MANY, sizeof(*b));
    char(*names)[24] = calloc(2 * MANY, sizeof(*names));
    struct mf_manifest old_manifest = {.modules = a, .module_count = MANY},
                       new_manifest = {.modules = b, .module_count = MANY};
    size_t seen = 0;
    (void)state;
    assert_true(a && b && names);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[2 * i], sizeof(*names), "v1.%zu.0", i);
        snprintf(names[2 * i + 1], sizeof(*names), "v1.%zu.1", i);
        a[i] = (struct mf_manifest_module){
            .id = {MF_LIT("a"), mf_str(names[2 * i])}, .h1 = MF_LIT("x"), .mod_h1 = MF_LIT("y")};
        b[i] = (struct mf_manifest_module){
            .id = {MF_LIT("a"), mf_str(names[2 * i + 1])}, .h1 = MF_LIT("x"), .mod_h1 = MF_LIT("y")};
    }
    assert_int_equal(mf_bundlediff_run(&old_manifest, &new_manifest, count_pair, &seen), 0);
    assert_int_equal(seen, MANY);
    free(a);
    free(b);
    free(names);
}

static void test_callback_ends_it(void **state)
{
    struct mf_manifest_module a[6] = {0}, b[6] = {0};
    struct mf_manifest old_manifest = {.modules = a}, new_manifest = {.modules = b};
    const struct row *last = &rows[MF_COUNT(rows) - 1];
    struct log log = {.stop_after = 2};
    (void)state;
    old_manifest.module_count = fill(last->old_modules, a);
    new_manifest.module_count = fill(last->new_modules, b);
    assert_int_equal(mf_bundlediff_run(&old_manifest, &new_manifest, note, &log), 7);
    assert_string_equal(log.text, "removed a -v1.0.0;version b -v1.0.0 +v1.0.1;");
}

static int note_promise(void *ctx, const struct mf_bundlediff_promise *p)
{
    struct log *log = ctx;
    size_t n = strlen(log->text);
    struct mf_str none = MF_LIT("");
    snprintf(log->text + n, sizeof(log->text) - n, "%s %.*s -%.*s +%.*s;", p->what,
             MF_FMT(p->root ? p->root->module.path : none), MF_FMT(p->old_word), MF_FMT(p->new_word));
    return log->stop_after && --log->stop_after == 0 ? 7 : 0;
}

static void test_promises(void **state)
{
    struct mf_str one[] = {MF_LIT("linux/amd64")}, two[] = {MF_LIT("darwin/arm64"), MF_LIT("linux/amd64")};
    struct mf_str tag[] = {MF_LIT("netgo")}, toolchain[] = {MF_LIT("go1.24.3.linux-amd64")};
    struct mf_manifest_root before[] = {
        {.module = {MF_LIT("a"), MF_LIT("")}, .go_mod = MF_LIT("1"), .go_sum = MF_LIT("2")},
        {.module = {MF_LIT("b"), MF_LIT("v1.0.0")}}};
    struct mf_manifest_root after[] = {
        {.module = {MF_LIT("a"), MF_LIT("")}, .go_mod = MF_LIT("3"), .go_work = MF_LIT("4")},
        {.module = {MF_LIT("b"), MF_LIT("v1.1.0")}}};
    const struct mf_manifest old_manifest = {.level = MF_LEVEL_BUILD,
                                             .go = MF_LIT("1.21"),
                                             .roots = before,
                                             .root_count = 2},
                             new_manifest = {.level = MF_LEVEL_TEST,
                                             .go = MF_LIT("1.22"),
                                             .platforms = one,
                                             .platform_count = 1,
                                             .tags = tag,
                                             .tag_count = 1,
                                             .toolchains = toolchain,
                                             .toolchain_count = 1,
                                             .roots = after,
                                             .root_count = 2},
                             more = {.level = MF_LEVEL_TEST,
                                     .go = MF_LIT("1.22"),
                                     .platforms = two,
                                     .platform_count = 2,
                                     .roots = after,
                                     .root_count = 1};
    struct log log = {0};
    (void)state;
    assert_int_equal(mf_bundlediff_promises(&old_manifest, &new_manifest, note_promise, &log), 0);
    assert_string_equal(log.text, "level  -build +test;go  -1.21 +1.22;platforms  -all +;platforms  - +linux/amd64;"
                                  "tags  - +netgo;toolchains  - +go1.24.3.linux-amd64;"
                                  "go.mod a -1 +3;go.sum a -2 +;go.work a - +4;root b -b +;root b - +b;");
    log = (struct log){0};
    assert_int_equal(mf_bundlediff_promises(&new_manifest, &more, note_promise, &log), 0);
    assert_string_equal(log.text,
                        "platforms  - +darwin/arm64;tags  -netgo +;toolchains  -go1.24.3.linux-amd64 +;root b -b +;");
    log = (struct log){0};
    assert_int_equal(mf_bundlediff_promises(&more, &more, note_promise, &log), 0);
    assert_string_equal(log.text, "");
    const struct mf_manifest
        twins = {.level = MF_LEVEL_TEST,
                 .go = MF_LIT("1.22"),
                 .roots = (struct mf_manifest_root[]){{.module = {MF_LIT("a"), MF_LIT("")}, .go_mod = MF_LIT("1")},
                                                      {.module = {MF_LIT("a"), MF_LIT("")}, .go_mod = MF_LIT("2")}},
                 .root_count = 2},
        second = {.level = MF_LEVEL_TEST, .go = MF_LIT("1.22"), .roots = twins.roots + 1, .root_count = 1};
    log = (struct log){0};
    assert_int_equal(mf_bundlediff_promises(&twins, &second, note_promise, &log), 0);
    assert_string_equal(log.text, "root a -a +;");
    log = (struct log){.stop_after = 4};
    assert_int_equal(mf_bundlediff_promises(&old_manifest, &new_manifest, note_promise, &log), 7);
    assert_string_equal(log.text, "level  -build +test;go  -1.21 +1.22;platforms  -all +;platforms  - +linux/amd64;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_callback_ends_it),
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_many_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
