#include "formats/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/encode.h"
#include "formats/cjson.h"

#define H1 "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ARENA MF_ARENA_INIT(16 * MF_MIB)

/* A manifest in its canonical form, spread over lines that are joined. Three
 * modules: all files, only the .mod, the zip as served; one attachment. */
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char sample[] =
    "{\"content\":{\"go\":\"1.22.3\",\"level\":\"tidy\",\"modules\":["
    "{\"files\":2,\"h1\":\"" H1 "\",\"mod_h1\":\"" H1
    "\",\"path\":\"example.com/a\",\"size\":700,\"version\":\"v1.9.0\"},"
    "{\"mod_h1\":\"" H1 "\",\"only_mod\":true,\"path\":\"example.com/a\",\"version\":\"v1.10.0\"},"
    "{\"files\":1,\"h1\":\"" H1 "\",\"mod_h1\":\"" H1
    "\",\"path\":\"golang.org/toolchain\",\"size\":9,\"version\":\"v0.0.1-go1.22.3.linux-amd64\"}],"
    "\"platforms\":[\"linux/amd64\",\"windows/arm64\"],\"roots\":["
    "{\"go_mod\":\"" HEX "\",\"go_sum\":\"" HEX "\",\"path\":\"example.com/main\"},"
    "{\"path\":\"example.com/tool\",\"version\":\"v1.0.0\"}],"
    "\"tags\":[\"netgo\"],\"toolchains\":[\"go1.22.3.linux-amd64\"]},"
    "\"format\":\"modferry-bundle/1\",\"frames\":["
    "{\"offset\":0,\"raw_sha256\":\"" HEX "\",\"raw_size\":4096,\"sha256\":\"" HEX "\",\"size\":900},"
    "{\"offset\":4096,\"raw_sha256\":\"" HEX "\",\"raw_size\":4096,\"sha256\":\"" HEX "\",\"size\":800}],"
    "\"payload\":{\"attachments\":["
    "{\"media_type\":\"text/plain\",\"name\":\"note.txt\",\"sha256\":\"" HEX "\",\"size\":12}],\"modules\":["
    "{\"content\":[4096,2048],\"form\":\"files\",\"mod\":[0,1024]},"
    "{\"mod\":[1024,1024]},"
    "{\"content\":[6144,1024],\"form\":\"zip\",\"mod\":[2048,1024]}],\"size\":8192},"
    "\"provenance\":{\"modules\":["
    "{\"log_index\":0,\"source\":\"https://proxy.example.com\",\"time\":\"2024-01-02T03:04:05Z\",\"zip_sha256\":\"" HEX
    "\"},"
    "{\"deprecated\":\"use b\",\"not_covered\":\"GONOSUMDB\",\"retracted\":\"wrong\"},{\"log_index\":11}],"
    "\"tree_head\":\"go.sum database tree\\n12\\n" ROOT "\\n\"},"
    "\"requires\":[\"files\",\"zip\"],\"statement\":{\"channel\":\"main\",\"counter\":7,"
    "\"created\":\"2024-05-06T07:08:09Z\",\"expires\":\"2025-05-06T07:08:09Z\",\"queries\":[\".\"],"
    "\"roots\":[{\"commands\":[\"go build ./...\"],\"missing_sums\":[\"example.com/a v1.0.0/go.mod\"]},"
    "{\"commands\":[\"go list -m all\",\"go mod "
    "verify\"],\"rehearsed\":{\"go\":\"go1.26.0\",\"platform\":\"linux/amd64\","
    "\"runs\":[{\"command\":\"go list -m all\",\"platform\":\"windows/arm64\",\"ran\":\"go list -m "
    "x\",\"result\":\"ok\"},"
    "{\"command\":\"go mod verify\",\"result\":\"failed\",\"why\":\"exit status 1\"}],\"settings\":[\"GOSUMDB=off\"],"
    "\"time\":\"2024-05-06T07:08:09Z\",\"tool\":\"modferry 0.1.0\"}}],"
    "\"tool\":\"modferry 0.1.0\",\"zstd\":\"1.5.4\"}}";

static void parse_ok(struct mf_str text, struct mf_manifest *m, struct mf_arena *arena)
{
    struct mf_err err = {0};
    if (mf_manifest_parse(text, m, arena, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_read(void **state)
{
    (void)state;
    struct mf_manifest m;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    parse_ok(mf_str(sample), &m, &arena);
    assert_int_equal(m.level, MF_LEVEL_TIDY);
    assert_int_equal(m.root_count, 2);
    assert_true(mf_str_eq(m.roots[0].go_sum, MF_LIT(HEX)));
    assert_true(mf_str_eq(m.roots[1].module.version, MF_LIT("v1.0.0")));
    assert_int_equal(m.module_count, 3);
    assert_true(m.modules[1].only_mod);
    assert_int_equal(m.modules[0].form, MF_FORM_FILES);
    assert_int_equal(m.modules[1].form, MF_FORM_NONE);
    assert_int_equal(m.modules[2].form, MF_FORM_ZIP);
    assert_int_equal(m.modules[0].size, 700);
    assert_int_equal(m.modules[2].content.offset, 6144);
    assert_true(mf_str_eq(m.modules[1].not_covered, MF_LIT("GONOSUMDB")));
    assert_int_equal(m.modules[0].record, 1);
    assert_int_equal(m.modules[1].record, 0);
    assert_int_equal(m.modules[2].record, 12);
    assert_true(mf_str_eq(m.modules[1].retracted, MF_LIT("wrong")));
    assert_true(mf_str_eq(m.modules[1].deprecated, MF_LIT("use b")));
    assert_true(mf_str_eq(m.tree_head, MF_LIT("go.sum database tree\n12\n" ROOT "\n")));
    assert_int_equal(m.counter, 7);
    assert_int_equal(m.attachment_count, 1);
    assert_int_equal(m.attachments[0].size, 12);
    assert_int_equal(m.frame_count, 2);
    assert_int_equal(m.frames[1].size, 800);
    assert_int_equal(m.frames[1].sha256.b[0], 0xe3);
    assert_int_equal(m.payload_size, 8192);
    assert_int_equal(m.roots[0].rehearsed.go.n, 0);
    assert_true(mf_str_eq(m.roots[1].rehearsed.go, MF_LIT("go1.26.0")));
    assert_int_equal(m.roots[1].rehearsed.run_count, 2);
    assert_true(mf_str_eq(m.roots[1].rehearsed.runs[0].ran, MF_LIT("go list -m x")));
    assert_true(mf_str_eq(m.roots[1].rehearsed.runs[1].why, MF_LIT("exit status 1")));
    assert_int_equal(mf_manifest_find(&m, m.modules[2].id), 2);
    assert_int_equal(mf_manifest_find(&m, (struct mf_module){MF_LIT("example.com/a"), MF_LIT("v1.9.1")}), -1);
}

static void test_id_is_hash_of_content(void **state)
{
    (void)state;
    struct mf_manifest m;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    parse_ok(mf_str(sample), &m, &arena);
    const char *from = sample + strlen("{\"content\":"), *to = strstr(sample, ",\"format\":");
    struct mf_digest want = mf_sha256_of((struct mf_str){from, (size_t)(to - from)});
    assert_true(mf_digest_eq(&m.id, &want));
}

static void test_write_gives_back(void **state)
{
    (void)state;
    struct mf_manifest m;
    struct mf_err err = {0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MANIFEST_MAX);
    parse_ok(mf_str(sample), &m, &arena);
    struct mf_digest id = m.id;
    m.id = (struct mf_digest){{0}};
    if (mf_manifest_write(&m, &out, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(mf_str_eq(mf_buf_view(&out), mf_str(sample)));
    assert_true(mf_digest_eq(&m.id, &id));
}

static void test_smallest(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct mf_frame frame = {.raw_size = 1024, .size = 20};
    struct mf_manifest back, m = {.go = MF_LIT("1.21"),
                                  .created = MF_LIT("2024-05-06T07:08:09Z"),
                                  .tool = MF_LIT("t"),
                                  .zstd = MF_LIT("z"),
                                  .payload_size = 1024,
                                  .frames = &frame,
                                  .frame_count = 1};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MANIFEST_MAX);
    if (mf_manifest_write(&m, &out, &err) < 0)
        fail_msg("%s", err.text);
    parse_ok(mf_buf_view(&out), &back, &arena);
    assert_true(mf_digest_eq(&m.id, &back.id));
    assert_int_equal(back.module_count, 0);
}

/* The place in `json` that the dotted path names; the last step goes to *key. */
static json_t *find(json_t *json, char *path, const char **key)
{
    for (char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        *dot = '\0';
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(path)) : json_object_get(json, path);
        assert_non_null(json);
    }
    *key = path;
    return json;
}

/* The sample with the value at `path` replaced, or removed where NULL. */
static void edit(const char *path, const char *value, struct mf_buf *out)
{
    struct mf_err err = {0};
    char copy[128];
    const char *key;
    MF_CLEANUP(mf_cjson_release) json_t *json = json_loads(sample, 0, NULL);
    assert_non_null(json);
    assert_true(strlen(path) < sizeof(copy));
    memcpy(copy, path, strlen(path) + 1);
    json_t *at = find(json, copy, &key);
    json_t *new = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
    assert_true(new || !value);
    if (json_is_array(at) && (size_t)atoi(key) == json_array_size(at))
        assert_int_equal(json_array_append_new(at, new), 0);
    else if (json_is_array(at))
        assert_int_equal(
            new ? json_array_set_new(at, (size_t)atoi(key), new) : json_array_remove(at, (size_t)atoi(key)), 0);
    else
        assert_int_equal(new ? json_object_set_new(at, key, new) : json_object_del(at, key), 0);
    if (mf_cjson_write(json, out, &err) < 0)
        fail_msg("%s", err.text);
}

struct change {
    const char *path;
    const char *value; /* NULL: remove */
    enum mf_code code;
    const char *say;
};

static void try_changes(const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct change *c = &changes[i];
        struct mf_err err = {0};
        struct mf_manifest m;
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
        edit(c->path, c->value, &text);
        int result = mf_manifest_parse(mf_buf_view(&text), &m, &arena, &err);
        if (c->code == MF_OK ? result < 0 : result == 0 || err.code != c->code || !strstr(err.text, c->say))
            fail_msg("%s = %s: code %d, \"%s\"", c->path, c->value ? c->value : "(removed)", err.code, err.text);
    }
}

static void test_fields(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"format", "\"modferry-bundle/2\"", MF_E_UNSUPPORTED, "modferry-bundle/2"},
        {"format", "1", MF_E_DAMAGED, "format"},
        {"format", NULL, MF_E_DAMAGED, "format"},
        {"requires", NULL, MF_E_DAMAGED, "requires"},
        {"requires.2", "\"later\"", MF_E_UNSUPPORTED, "\"later\""},
        {"requires.2", "\"prefix\"", MF_E_DAMAGED, "requires"},
        {"requires.2", "\"held\"", MF_E_DAMAGED, "requires"},
        {"requires.2", "\"zip\"", MF_E_DAMAGED, "requires"},
        {"requires.1", NULL, MF_E_DAMAGED, "requires"},
        {"requires.0", NULL, MF_E_DAMAGED, "requires"},
        {"requires", "[\"zip\",\"files\"]", MF_E_DAMAGED, "requires"},
        {"requires.0", "1", MF_E_DAMAGED, "requires"},
        {"payload.modules.0.form", "\"held\"", MF_E_DAMAGED, "\"full\" is missing"},
        {"payload.modules.0.full", "\"files\"", MF_E_DAMAGED, "\"full\" does not go with its form"},
        {"payload.base", "[0,0]", MF_E_DAMAGED, "left out"},
        {"payload.base", "[0,1024]", MF_E_DAMAGED, "begins at"},
        {"payload.modules.0.form", "\"zip\"", MF_E_DAMAGED, "requires"},
        {"payload.modules.0.form", "1", MF_E_DAMAGED, "form"},
        {"new", "1", MF_E_UNSUPPORTED, "unknown field \"new\""},
        {"content.new", "1", MF_E_UNSUPPORTED, "content: unknown field \"new\""},
        {"content.roots.0.new", "1", MF_E_UNSUPPORTED, "unknown field \"new\""},
        {"content.modules.1.new", "1", MF_E_UNSUPPORTED, "modules[1]: unknown field \"new\""},
        {"payload.new", "1", MF_E_UNSUPPORTED, "payload: unknown"},
        {"payload.modules.1.new", "1", MF_E_UNSUPPORTED, "unknown"},
        {"payload.attachments.0.new", "1", MF_E_UNSUPPORTED, "unknown"},
        {"frames.1.new", "1", MF_E_UNSUPPORTED, "frames[1]: unknown field \"new\""},
        {"frames.1.base", "1", MF_E_DAMAGED, "base: is not an object"},
        {"frames.1.base", "{\"modules\":[],\"prefix_sha256\":\"" HEX "\",\"prefix_size\":0}", MF_E_DAMAGED, "left out"},
        {"frames.1.base", "{\"modules\":[],\"prefix_sha256\":\"" HEX "\",\"prefix_size\":16777217}", MF_E_DAMAGED,
         "requires"},
        {"frames.1.base", "{\"modules\":[],\"prefix_sha256\":\"" HEX "\",\"prefix_size\":5}", MF_E_DAMAGED, "requires"},
        {"statement.new", "{\"x\":[1]}", MF_OK, ""},
        {"provenance.new", "1", MF_OK, ""},
        {"provenance.modules.2.new", "1", MF_OK, ""},
        {"content", "[]", MF_E_DAMAGED, "not an object"},
        {"content.modules.0", "[]", MF_E_DAMAGED, "not an object"},
        {"content.modules", "{}", MF_E_DAMAGED, "not an array"},
        {"content.go", NULL, MF_E_DAMAGED, "\"go\" is missing"},
        {"content.go", "\"go1.22\"", MF_E_DAMAGED, "Go version"},
        {"content.level", "\"every\"", MF_E_DAMAGED, "level"},
        {"content.level", "\"all\"", MF_E_DAMAGED, "platforms"},
        {"statement.tool", "1", MF_E_DAMAGED, "string"},
        {"statement.tool", "\"a\\nb\"", MF_E_DAMAGED, "line"},
        {"statement.channel", "\"\"", MF_E_DAMAGED, "left out"},
        {"statement.counter", "0", MF_E_DAMAGED, "left out"},
        {"statement.counter", "-1", MF_E_DAMAGED, "0 or more"},
        {"statement.created", "\"2024-05-06 07:08:09Z\"", MF_E_DAMAGED, "time"},
        {"statement.created", "\"2024-05-06T07:08:09+02:00\"", MF_E_DAMAGED, "UTC"},
        {"statement.expires", "\"soon\"", MF_E_DAMAGED, "time"},
        {"statement.expires", NULL, MF_OK, ""},
        {"statement.roots", NULL, MF_E_DAMAGED, "missing"},
        {"statement.roots", "[{\"commands\":[]}]", MF_E_DAMAGED, "as many entries"},
        {"statement.roots.0.commands", NULL, MF_E_DAMAGED, "missing"},
        {"statement.roots.0.missing_sums", "[]", MF_E_DAMAGED, "left out"},
        {"statement.roots.1.later", "{}", MF_OK, ""},
        {"statement.roots.1.rehearsed", NULL, MF_OK, ""},
        {"statement.roots.1.rehearsed", "[]", MF_E_DAMAGED, "not an object"},
        {"statement.roots.1.rehearsed", "{}", MF_E_DAMAGED, "missing"},
        {"statement.roots.1.rehearsed.go", "\"\"", MF_E_DAMAGED, "\"rehearsed\" says nothing"},
        {"statement.roots.1.rehearsed.platform", "\"linux\"", MF_E_DAMAGED, "roots[1].rehearsed: platform"},
        {"statement.roots.1.rehearsed.time", "\"now\"", MF_E_DAMAGED, "time"},
        {"statement.roots.1.rehearsed.settings", "[]", MF_E_DAMAGED, "left out"},
        {"statement.roots.1.rehearsed.settings", NULL, MF_OK, ""},
        {"statement.roots.1.rehearsed.runs", NULL, MF_E_DAMAGED, "missing"},
        {"statement.roots.1.rehearsed.runs", "[]", MF_OK, ""},
        {"statement.roots.1.rehearsed.runs.0.result", "\"fine\"", MF_E_DAMAGED, "runs[0]: \"fine\" is not a result"},
        {"statement.roots.1.rehearsed.runs.0.why", "\"x\"", MF_E_DAMAGED, "why"},
        {"statement.roots.1.rehearsed.runs.1.why", NULL, MF_E_DAMAGED, "why"},
        {"statement.roots.1.rehearsed.runs.1.platform", "\"a b\"", MF_E_DAMAGED, "runs[1]: platform"},
        {"statement.roots.1.rehearsed.runs.1.later", "1", MF_OK, ""},
        {"statement.roots.1.rehearsed.later", "1", MF_OK, ""},
        {"provenance.modules.0.time", "\"2024-01-02T03:04:05.123+05:30\"", MF_OK, ""},
        {"provenance.modules.0.time", "\"2024-01-02T03:04:05.\"", MF_E_DAMAGED, "time"},
        {"provenance.modules.0.time", "\"x\\\",\\\"Version\\\":\\\"\"", MF_E_DAMAGED, "time"},
        {"provenance.modules.2", NULL, MF_E_DAMAGED, "as many"},
        {"provenance.modules.2.log_index", "9007199254740991", MF_OK, ""},
        {"provenance.modules.2.log_index", "-1", MF_E_DAMAGED, "0 or more"},
        {"provenance.modules.2.log_index", "\"1\"", MF_E_DAMAGED, "0 or more"},
        {"provenance.modules.2.log_index", NULL, MF_E_DAMAGED, "neither a log_index nor"},
        {"provenance.modules.1.log_index", "3", MF_E_DAMAGED, "both a log_index and"},
        {"provenance.tree_head", NULL, MF_E_DAMAGED, "there is no tree_head"},
        {"payload.modules.2", NULL, MF_E_DAMAGED, "as many"},
        {"payload.modules.3", "{\"mod\":[0,1024]}", MF_E_DAMAGED, "as many"},
    };
    try_changes(changes, MF_COUNT(changes));
}

static void test_modules(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"content.modules.1.only_mod", "false", MF_E_DAMAGED, "only_mod"},
        {"content.modules.1.only_mod", NULL, MF_E_DAMAGED, "missing"},
        {"content.modules.0.only_mod", "true", MF_E_DAMAGED, "only_mod"},
        {"content.modules.1.h1", "\"" H1 "\"", MF_E_DAMAGED, "only_mod"},
        {"content.modules.1.files", "0", MF_E_DAMAGED, "only_mod"},
        {"payload.modules.1.form", "\"files\"", MF_E_DAMAGED, "only_mod"},
        {"payload.modules.0.content", NULL, MF_E_DAMAGED, "missing"},
        {"provenance.modules.1.zip_sha256", "\"" HEX "\"", MF_E_DAMAGED, "only_mod"},
        {"content.modules.0.h1", "\"h1:x\"", MF_E_DAMAGED, "h1"},
        {"content.modules.0.mod_h1", "\"h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\"", MF_E_DAMAGED, "h1"},
        {"content.modules.0.path", "\"../x\"", MF_E_DAMAGED, "path"},
        {"content.modules.0.path", "\"example.com/a/v3\"", MF_E_DAMAGED, "v1.9.0"},
        {"content.modules.0.version", "\"v1.9\"", MF_E_DAMAGED, "v1.9"},
        {"content.modules.0.version", "\"v1.10.0\"", MF_E_DAMAGED, "out of order or double"},
        {"content.modules.0.version", "\"v1.11.0\"", MF_E_DAMAGED, "out of order"},
        {"content.modules.0.size", "524288001", MF_E_LIMIT, "bytes"},
        {"content.modules.0.size", "1500", MF_E_DAMAGED, "cannot hold it"},
        {"content.modules.0.files", "5", MF_E_DAMAGED, "cannot hold 5 files"},
        {"content.modules.0.files", "131072", MF_E_DAMAGED, "cannot hold 131072 files"},
        {"content.modules.0.files", "131073", MF_E_LIMIT, "more than 131072 files"},
        {"content.modules.0.size", "-1", MF_E_DAMAGED, "0 or more"},
        {"content.modules.0.size", "\"1\"", MF_E_DAMAGED, "0 or more"},
        {"provenance.modules.0.zip_sha256", "\"E3\"", MF_E_DAMAGED, "SHA-256"},
        {"content.platforms", "[\"linux\"]", MF_E_DAMAGED, "platforms"},
        {"content.platforms", "[\"linux/\"]", MF_E_DAMAGED, "platforms"},
        {"content.platforms", "[\"linux/amd64/v1\"]", MF_E_DAMAGED, "platforms"},
        {"content.platforms", "[\"b/b\",\"a/a\"]", MF_E_DAMAGED, "out of order"},
        {"content.platforms", "[\"a/a\",\"a/a\"]", MF_E_DAMAGED, "double"},
        {"content.tags", "[\"\"]", MF_E_DAMAGED, "tags"},
        {"content.toolchains", "[\"1.22\"]", MF_E_DAMAGED, "toolchains"},
        {"content.toolchains", "[\"go1.22.3\"]", MF_E_DAMAGED, "toolchains[0]: \"go1.22.3\" is malformed"},
        {"content.toolchains", "[\"go1.22.4.linux-amd64\"]", MF_E_DAMAGED, "go1.22.4.linux-amd64 is not among"},
        {"content.modules.2.version", "\"v0.0.1-go1.22.3.linux-arm64\"", MF_E_DAMAGED, "linux-amd64 is not among"},
        {"content.roots.0.version", "\"v1.0.0\"", MF_E_DAMAGED, "both"},
        {"content.roots.0.go_mod", NULL, MF_E_DAMAGED, "neither"},
        {"content.roots.0.go_work", "\"x\"", MF_E_DAMAGED, "SHA-256"},
        {"content.roots.0.path", "\"example.com/z\"", MF_E_DAMAGED, "out of order"},
        {"content.roots.1", "{\"go_mod\":\"" HEX "\",\"go_sum\":\"" HEX "\",\"path\":\"example.com/main\"}",
         MF_E_DAMAGED, "double"},
        {"content.roots", "[]", MF_E_DAMAGED, "as many entries"},
    };
    try_changes(changes, MF_COUNT(changes));
}

static void test_payload(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"payload.modules.0.mod", "[0]", MF_E_DAMAGED, "[offset, length]"},
        {"payload.modules.0.mod", "[0,1024,0]", MF_E_DAMAGED, "[offset, length]"},
        {"payload.modules.0.mod", "[512,512]", MF_E_DAMAGED, "begins at 512"},
        {"payload.modules.0.mod", "[0,1025]", MF_E_DAMAGED, "cannot hold"},
        {"payload.modules.0.mod", "[0,0]", MF_E_DAMAGED, "cannot hold"},
        {"payload.modules.0.mod", "[0,2048]", MF_E_DAMAGED, "not at 2048"},
        {"payload.modules.0.mod", "[0,9007199254740480]", MF_E_LIMIT, "mod"},
        {"payload.modules.2.mod", "[0,1024]", MF_E_DAMAGED, "begins at 0"},
        {"payload.modules.0.content", "[4096,9007199254740480]", MF_E_LIMIT, "2^53"},
        {"payload.modules.2.content", "[6144,1024]", MF_OK, ""},
        {"payload.modules.2.content", "[6144,512]", MF_E_DAMAGED, "size is 8192"},
        {"payload.modules.2.content", "[6144,524294144]", MF_E_LIMIT, "zip is larger"},
        {"payload.modules.2.content", "[4096,1024]", MF_E_DAMAGED, "begins at 4096"},
        {"payload.modules.2.content", "[9007199254740480,1024]", MF_E_DAMAGED, "begins at"},
        {"payload.size", "8704", MF_E_DAMAGED, "size"},
        {"payload.size", "0", MF_E_DAMAGED, "size"},
        {"payload.attachments.0.name", "\"a/b\"", MF_E_DAMAGED, "slash"},
        {"payload.attachments.0.name", "\"..\"", MF_E_DAMAGED, ".."},
        {"payload.attachments.0.name", "\"\"", MF_E_DAMAGED, ""},
        {"payload.attachments.0.media_type", "\"\"", MF_E_DAMAGED, "media type"},
        {"payload.attachments.0.sha256", "\"\"", MF_E_DAMAGED, "SHA-256"},
        {"payload.attachments.0.size", "513", MF_E_DAMAGED, "begins at"},
        {"payload.attachments.0.size", "9007199254740991", MF_E_LIMIT, "2^53"},
        {"payload.attachments.1",
         "{\"media_type\":\"text/plain\",\"name\":\"note.txt\",\"sha256\":\"" HEX "\",\"size\":12}", MF_E_DAMAGED,
         "double"},
        {"frames.0.offset", "1", MF_E_DAMAGED, "frames[0]"},
        {"frames.0.raw_size", "8192", MF_E_DAMAGED, "frames[0]"},
        {"frames.0.raw_size", "0", MF_E_DAMAGED, "frames[0]"},
        {"frames.0.raw_size", "16777217", MF_E_LIMIT, "frames[0]"},
        {"frames.0.size", "0", MF_E_DAMAGED, "frames[0]"},
        {"frames.0.size", "5000", MF_E_LIMIT, "frames[0]"},
        {"frames.0.size", "9007199254740991", MF_E_LIMIT, "frames[0]"},
        {"frames.0.sha256", "\"E3\"", MF_E_DAMAGED, "hex"},
        {"frames.1.raw_sha256", "1", MF_E_DAMAGED, "hex"},
        {"frames.1", NULL, MF_E_DAMAGED, "cover 4096 of 8192"},
        {"frames", "[]", MF_E_DAMAGED, "cover 0"},
        {"frames.2", "{\"offset\":8192,\"raw_sha256\":\"" HEX "\",\"raw_size\":512,\"sha256\":\"" HEX "\",\"size\":9}",
         MF_E_DAMAGED, "frames[2]"},
    };
    try_changes(changes, MF_COUNT(changes));
}

/* The proofs of a checksum database: their fields, and where they lie. */
static void test_sumdb(void **state)
{
    (void)state;
#define SUMDB(name, older, range) "{\"name\":\"" name "\",\"older\":[" older "],\"range\":" range "}"
#define OLDER(root, size) "{\"root\":\"" root "\",\"size\":" size "}"
    static const struct change changes[] = {
        {"payload.sumdb", SUMDB("db.example", "", "[0,2048]"), MF_E_DAMAGED, "begins at 0 of the payload, not at 2048"},
        {"payload.sumdb", SUMDB("db.example", "", "[0,1024]"), MF_E_DAMAGED, "cannot hold"},
        {"payload.sumdb", SUMDB("db.example", "", "[512,2048]"), MF_E_DAMAGED, "sumdb: begins at 512"},
        {"payload.sumdb", SUMDB("../db", "", "[0,2048]"), MF_E_DAMAGED, "name of a checksum database"},
        {"payload.sumdb", SUMDB("", "", "[0,2048]"), MF_E_DAMAGED, "left out"},
        {"payload.sumdb", SUMDB("db.example", OLDER("x", "1"), "[0,2048]"), MF_E_DAMAGED, "is not a root"},
        {"payload.sumdb", SUMDB("db.example", OLDER(ROOT, "12"), "[0,2048]"), MF_E_DAMAGED, "not older"},
        {"payload.sumdb", SUMDB("db.example", OLDER(ROOT, "0"), "[0,2048]"), MF_E_DAMAGED, "not older"},
        {"payload.sumdb", SUMDB("db.example", OLDER(ROOT, "2") "," OLDER(ROOT, "2"), "[0,2048]"), MF_E_DAMAGED,
         "out of order or double"},
        {"payload.sumdb", SUMDB("db.example", "", "[0,67108864]"), MF_E_DAMAGED, "begins at 0 of the payload"},
        {"payload.sumdb", SUMDB("db.example", "", "[0,67109376]"), MF_E_LIMIT, "more than 67108864 bytes"},
        {"payload.sumdb", "{\"name\":\"db.example\",\"range\":[0,2048]}", MF_E_DAMAGED, "older"},
        {"payload.sumdb", "{\"extra\":1,\"name\":\"db.example\",\"older\":[],\"range\":[0,2048]}", MF_E_UNSUPPORTED,
         "extra"},
        {"payload.sumdb", "null", MF_E_DAMAGED, "sumdb"},
    };
    try_changes(changes, MF_COUNT(changes));
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof(sample) - 1; n++) {
        struct mf_err err = {0};
        struct mf_manifest m;
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
        assert_int_equal(mf_manifest_parse((struct mf_str){sample, n}, &m, &arena, &err), -1);
        assert_int_equal(err.code, MF_E_DAMAGED);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct mf_manifest m;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA, small = MF_ARENA_INIT(100);
    char *large = calloc(1, MF_MANIFEST_MAX + 1);
    assert_non_null(large);
    assert_int_equal(mf_manifest_parse((struct mf_str){large, MF_MANIFEST_MAX + 1}, &m, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    free(large);
    assert_int_equal(mf_manifest_parse(mf_str(sample), &m, &small, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void test_write_refuses(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct mf_manifest m;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MANIFEST_MAX);
    parse_ok(mf_str(sample), &m, &arena);
    struct mf_str created = m.created, tool = m.tool;
    m.created = MF_LIT("today");
    assert_int_equal(mf_manifest_write(&m, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    m.created = created;
    m.tool = MF_LIT("\xff");
    assert_int_equal(mf_manifest_write(&m, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    m.tool = tool;
    m.modules[0].form = MF_FORM_HELD;
    assert_int_equal(mf_manifest_write(&m, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    m.modules[0].form = MF_FORM_FILES;
    m.counter = (uint64_t)1 << 53;
    assert_int_equal(mf_manifest_write(&m, &out, &err), -1);
    assert_int_equal(out.n, 0);
    m.counter = 7;
    assert_int_equal(mf_manifest_write(&m, &out, &err), 0);
}

static void test_level_names(void **state)
{
    (void)state;
    for (int level = MF_LEVEL_BUILD; level <= MF_LEVEL_ALL; level++) {
        enum mf_level back;
        assert_true(mf_level_parse(mf_str(mf_level_name(level)), &back));
        assert_int_equal(back, level);
    }
    enum mf_level none;
    assert_false(mf_level_parse(MF_LIT("Tidy"), &none));
    assert_false(mf_level_parse(MF_LIT(""), &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_id_is_hash_of_content),
        cmocka_unit_test(test_write_gives_back),
        cmocka_unit_test(test_smallest),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_payload),
        cmocka_unit_test(test_sumdb),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_write_refuses),
        cmocka_unit_test(test_level_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
