/* Where repositories are and what may be used: pages, paths, GOVCS, refs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundle/vcs/git.h"
#include "bundle/vcs/gitrefs.h"
#include "bundle/vcs/govcs.h"
#include "bundle/vcs/metatags.h"
#include "bundle/vcs/repopath.h"

static void test_pages(void **state)
{
    static const struct {
        const char *page, *lines; /* "prefix vcs url subdir;" each */
    } cases[] = {
        {"", ""},
        {"<meta name=\"go-import\" content=\"a.b git https://c\">", "a.b git https://c ;"},
        {"<html><head><META content='a.b\n git\thttps://c sub/dir' NAME='go-import'/></head>",
         "a.b git https://c sub/dir;"},
        {"<meta name=go-import content=\"a.b git https://c\"><p>unclosed", "a.b git https://c ;"},
        {"<meta name=\"go-import\" content=\"a&#46;b git https://c?x=1&amp;y&quot;&bad;\">",
         "a.b git https://c?x=1&y\"&bad; ;"},
        {"<meta name=\"go-import\" content=\"a.b git\"><meta name=\"go-import\" content=\"a b c d e\">", ""},
        {"<meta name=\"go-source\" content=\"a.b git https://c\"><meta content=\"a b c\">", ""},
        {"<!-- <meta name=\"go-import\" content=\"x y z\"> --><![CDATA[<meta name=\"go-import\" content=\"x y z\">]]>"
         "<!DOCTYPE x [<!ENTITY a \">\">]><?xml <meta name=\"go-import\" content=\"x y z\"> ?>"
         "<meta name=\"go-import\" content=\"a b c\">",
         "a b c ;"},
        {"<body><meta name=\"go-import\" content=\"a b c\">", ""},
        {"<head></head><meta name=\"go-import\" content=\"a b c\">", ""},
        {"<meta name=\"go-import\" content=\"a b c\"><bad attr=\"><meta name=\"go-import\" content=\"d e f\">",
         "a b c ;"},
        {"<meta name=\"go-import\" content=\"a git u\"><meta name=\"go-import\" content=\"a mod p\"><meta "
         "name=\"go-import\" content=\"b git v\">",
         "a mod p ;b git v ;"},
        {"<svg:meta name=\"go-import\" content=\"a b c\">", "a b c ;"},
        {"<meta name=\"go-import\" content=\"a b c\"", ""},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        MF_CLEANUP(mf_buf_release) struct mf_buf seen = MF_BUF_INIT(MF_MIB);
        struct mf_metatag *lines;
        struct mf_err err = {0};
        size_t n;
        assert_int_equal(mf_metatags_parse(mf_str(cases[i].page), &lines, &n, &arena, &err), 0);
        for (size_t k = 0; k < n; k++)
            mf_buf_fmt(&seen, "%.*s %.*s %.*s %.*s;", MF_FMT(lines[k].prefix), MF_FMT(lines[k].vcs),
                       MF_FMT(lines[k].url), MF_FMT(lines[k].subdir));
        assert_string_equal(mf_buf_cstr(&seen), cases[i].lines);
    }
}

static void test_paths(void **state)
{
    static const struct {
        const char *path;
        int known;
        const char *root, *vcs, *repo;
    } cases[] = {
        {"github.com/a/b", 1, "github.com/a/b", "git", "github.com/a/b"},
        {"github.com/a/b/c/v2", 1, "github.com/a/b", "git", "github.com/a/b"},
        {"bitbucket.org/a/b/c", 1, "bitbucket.org/a/b", "git", "bitbucket.org/a/b"},
        {"github.com/a", -1, NULL, NULL, NULL},
        {"github.com", -1, NULL, NULL, NULL},
        {"github.com/a/b.git", -1, NULL, NULL, NULL},
        {"github.com/a/b/~c", -1, NULL, NULL, NULL},
        {"github.community/a/b", 0, NULL, NULL, NULL},
        {"x.example.com/a/b", 0, NULL, NULL, NULL},
        {"x.example.com/a/b.git", 1, "x.example.com/a/b.git", "git", "x.example.com/a/b"},
        {"x.example.com/~a/b.git/c.hg/d", 1, "x.example.com/~a/b.git", "git", "x.example.com/~a/b"},
        {"x.example.com/b.svn/c", 1, "x.example.com/b.svn", "svn", "x.example.com/b"},
        {"x.example.com/.git/c", 0, NULL, NULL, NULL},
        {"x.git/a", 0, NULL, NULL, NULL},
        {"local/a.git", 0, NULL, NULL, NULL},
        {"X.example.com/a.git", 0, NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_repopath out;
        struct mf_err err = {0};
        if (mf_repopath_find(mf_str(cases[i].path), &out, &err) != cases[i].known)
            fail_msg("%s", cases[i].path);
        if (cases[i].known < 0)
            assert_int_equal(err.code, MF_E_NOT_FOUND);
        if (cases[i].known <= 0)
            continue;
        assert_true(mf_str_eq(out.root, mf_str(cases[i].root)));
        assert_true(mf_str_eq(out.vcs, mf_str(cases[i].vcs)));
        assert_true(mf_str_eq(out.repo, mf_str(cases[i].repo)));
    }
}

static void test_govcs(void **state)
{
    static const struct {
        const char *value, *root, *allowed; /* of git, hg, svn */
    } cases[] = {
        {"", "a.com/x", "git hg "},
        {"", "private.com/x", "git hg svn "},
        {"*:off", "a.com/x", ""},
        {"*:off", "private.com/x", ""},
        {"a.com:svn|git,public:hg", "a.com/x", "git svn "},
        {"a.com:svn|git,public:hg", "b.com/x", "hg "},
        {" private : git , public:all ", "private.com/x", "git "},
        {" private : git , public:all ", "b.com/x", "git hg svn "},
        {"a.com/y:off", "a.com/x", "git hg "},
    };
    static const char *const malformed[] = {"git",     ",",      "a:",     ":git",       "a:git,,b:hg",
                                            "./a:git", "..:git", "a:git|", "a:git,a:hg", "a:git, a : hg"};
    static const char *const systems[] = {"git", "hg", "svn"};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf seen = MF_BUF_INIT(100);
        struct mf_err err = {0};
        assert_int_equal(mf_govcs_check(mf_str(cases[i].value), &err), 0);
        for (size_t k = 0; k < MF_COUNT(systems); k++)
            if (mf_govcs_allows(mf_str(cases[i].value), MF_LIT("private.com"), mf_str(cases[i].root),
                                mf_str(systems[k])))
                mf_buf_fmt(&seen, "%s ", systems[k]);
        assert_string_equal(mf_buf_cstr(&seen), cases[i].allowed);
    }
    for (size_t i = 0; i < MF_COUNT(malformed); i++) {
        struct mf_err err = {0};
        if (mf_govcs_check(mf_str(malformed[i]), &err) == 0)
            fail_msg("%s", malformed[i]);
        assert_int_equal(err.code, MF_E_USAGE);
    }
}

#define HASH "0123456789012345678901234567890123456789"
#define OTHER "abcdefabcdefabcdefabcdefabcdefabcdefabcd"

static void test_refs(void **state)
{
    static const char text[] = HASH "\tHEAD\n" HASH "\trefs/heads/main\n" HASH "\trefs/tags/v1.0.0\n" OTHER
                                    "\trefs/tags/v1.0.0^{}\n" HASH "\trefs/tags/v1.0.0-rc\n" HASH "\trefs/pull/1/head\n"
                                    "nonsense\trefs/tags/x\n" OTHER "\trefs/tags/sub/v1.0.0\nwarning: something\n";
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_gitrefs refs;
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_gitrefs_parse(mf_str(text), &refs, &arena, &err), 0);
    assert_int_equal(refs.count, 5);
    assert_true(mf_str_eq(mf_gitrefs_find(&refs, "refs/tags/", MF_LIT("v1.0.0"))->hash, MF_LIT(OTHER)));
    assert_true(mf_str_eq(mf_gitrefs_find(&refs, "", MF_LIT("HEAD"))->hash, MF_LIT(HASH)));
    assert_null(mf_gitrefs_find(&refs, "refs/heads/", MF_LIT("v1.0.0")));
    assert_null(mf_gitrefs_find(&refs, "refs/tags/", MF_LIT("v1.0")));
    assert_true(
        mf_str_eq(mf_gitref_tag(&refs.list[mf_gitrefs_first_tag(&refs, MF_LIT("sub/v"))]), MF_LIT("sub/v1.0.0")));
    assert_int_equal(mf_gitrefs_first_tag(&refs, MF_LIT("v2")), refs.count);
    assert_int_equal(mf_gitref_tag(&refs.list[0]).n, 0);
}

static void test_users_are_hidden(void **state)
{
    static const char *const cases[][2] = {
        {"fatal: 'https://me:secret@git.example.com/x@y': no", "fatal: 'https://git.example.com/x@y': no"},
        {"ssh://git@h/x https://a:b@c", "ssh://h/x https://c"},
        {"https://h/x", "https://h/x"},
        {"://@", "://"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(1000);
        mf_buf_str(&text, mf_str(cases[i][0]));
        mf_git_hide_users(&text);
        assert_string_equal(mf_buf_cstr(&text), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_govcs),
        cmocka_unit_test(test_refs),
        cmocka_unit_test(test_users_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
