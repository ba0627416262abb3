/* Which texts of a manifest lead to a command, and to which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundle/promise.h"
#include "rehearse/promised.h"

static const struct mf_manifest_root directory = {.module = {.path = {"example.com/m", 13}}};
static const struct mf_manifest_root at = {.module = {{"example.com/m", 13}, {"v1.2.3", 6}}};

static const char *joined(const struct mf_promised *p, char out[256])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < p->word_count; i++)
        n += (size_t)snprintf(out + n, 256 - n, "[%.*s]", MF_FMT(p->words[i]));
    return out;
}

static void test_known(void **state)
{
    static const struct {
        const struct mf_manifest_root *root;
        const char *command, *runs;
        unsigned traits;
    } cases[] = {
        {&directory, "go build ./...", "[go][build][./...]", MF_PROMISED_BUILDS},
        {&directory, "go list -m all", "[go][list][-m][all]", 0},
        {&directory, "go run PACKAGE", "[go][build][./...]", MF_PROMISED_BUILDS},
        {&directory, "go tool NAME", "[go][build][tool]", MF_PROMISED_WRITES},
        {&directory, "go test ./...", "[go][test][./...]", MF_PROMISED_BUILDS | MF_PROMISED_TESTS | MF_PROMISED_WRITES},
        {&directory, "go test all", "[go][list][-test][-deps][all]", MF_PROMISED_BUILDS},
        {&directory, "go mod tidy", "[go][mod][tidy]", MF_PROMISED_WRITES},
        {&at, "go get example.com/m@v1.2.3", "[go][get][example.com/m@v1.2.3]", MF_PROMISED_GETS | MF_PROMISED_WRITES},
        {&at, "go build -mod=mod example.com/m/...", "[go][build][-mod=mod][example.com/m/...]",
         MF_PROMISED_BUILDS | MF_PROMISED_WRITES},
        {&at, "go mod download", "[go][mod][download]", MF_PROMISED_WRITES},
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_promised p;
        if (!mf_promised_find(mf_str(cases[i].command), cases[i].root, &p))
            fail_msg("%s is not known", cases[i].command);
        assert_string_equal(joined(&p, text), cases[i].runs);
        assert_int_equal(p.traits, cases[i].traits);
        assert_int_equal(p.stands_in, strstr(cases[i].command, "PACKAGE") || strstr(cases[i].command, "NAME") ||
                                          strstr(cases[i].command, "test all"));
    }
}

/* In the words of a hostile packer. */
static void test_unknown(void **state)
{
    static const struct {
        const struct mf_manifest_root *root;
        const char *command;
    } cases[] = {
        {&directory, ""},
        {&directory, "go"},
        {&directory, "rm -rf /"},
        {&directory, "go build"},
        {&directory, "go build ./... "},
        {&directory, " go build ./..."},
        {&directory, "go  build ./..."},
        {&directory, "GO build ./..."},
        {&directory, "go build ./...; rm -rf /"},
        {&directory, "go build ./... ./x"},
        {&directory, "go build -toolexec=/tmp/x ./..."},
        {&directory, "go build\t./..."},
        {&directory, "go work sync"},
        {&directory, "go run ."},
        {&directory, "go run example.com/m@latest"},
        {&directory, "go run PACKAGES"},
        {&directory, "go tool compile"},
        {&directory, "go generate ./..."},
        {&directory, "go env -w GOPROXY=direct"},
        {&directory, "go install example.com/m@v1.2.3"},
        /* those of a root path@version, in a directory; and the other way round */
        {&directory, "go get example.com/m@"},
        {&directory, "go get example.com/m@v1.2.3"},
        {&directory, "go build -mod=mod example.com/m/..."},
        {&at, "go build ./..."},
        {&at, "go test ./..."},
        {&at, "go mod tidy"},
        {&at, "go run PACKAGE"},
        /* of another module or version */
        {&at, "go get example.com/m@v1.2.4"},
        {&at, "go get example.com/m@v1.2.3 example.com/x@v1.0.0"},
        {&at, "go get example.com/mm@v1.2.3"},
        {&at, "go get example.com/m/x@v1.2.3"},
        {&at, "go get %M@%V"},
        {&at, "go build -mod=mod example.com/x/..."},
        {&at, "go build -mod=vendor example.com/m/..."},
    };
    struct mf_promised p;
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        if (mf_promised_find(mf_str(cases[i].command), cases[i].root, &p))
            fail_msg("\"%s\" would be run", cases[i].command);
    assert_false(mf_promised_find((struct mf_str){"go mod tidy\0", 12}, &directory, &p));
}

/* Everything that modferry promises is known: what is said at level all, where
 * nothing is missing, is all there is. */
static void test_own_promises(void **state)
{
    struct mf_missingsums none = {0};
    struct mf_graph graph = {0};
    struct mf_str tool = MF_LIT("example.com/m/tool");
    struct mf_main main_module = {.gomod = {.tools = &tool, .tool_count = 1}};
    struct mf_root root = {.module = directory.module};
    struct mf_plan plan = {.roots = &root, .graphs = &graph, .missing_sums = &none, .level = MF_LEVEL_ALL};
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_manifest_root out = {0};
        struct mf_err err = {0};
        root.go_work = kind == 1 ? MF_LIT("/w/go.work") : MF_LIT("");
        root.module = out.module = kind == 2 ? at.module : directory.module;
        if (mf_promise_describe(&plan, 0, kind == 2 ? NULL : &main_module, &out, &arena, &err) < 0)
            fail_msg("%s", err.text);
        assert_in_range(out.command_count, 8, 32);
        for (size_t i = 0; i < out.command_count; i++) {
            struct mf_promised p;
            if (!mf_promised_find(out.commands[i], &out, &p))
                fail_msg("%.*s is promised, and not known", MF_FMT(out.commands[i]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_own_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
