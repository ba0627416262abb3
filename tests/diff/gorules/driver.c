/* Prints go.mod files as `go mod edit -json` does and go.work files as `go work
 * edit -json` does, one JSON object a line, or {"Error": "..."}.
 * Usage: diff_gorules main|dep|work FILE... */
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/dir.h"
#include "formats/gomod.h"
#include "formats/gotext.h"
#include "formats/gowork.h"

static const char *separator;

static void put_string(struct mf_str s)
{
    putchar('"');
    while (s.n > 0) {
        uint32_t rune;
        size_t len = mf_gotext_rune(s, &rune);
        if (rune < 0x20 || rune == '"' || rune == '\\')
            printf("\\u%04x", (unsigned)rune);
        else if (rune == 0xFFFD)
            printf("\\ufffd");
        else
            fwrite(s.p, 1, len, stdout);
        s = mf_str_from(s, len);
    }
    putchar('"');
}

static void put_key(const char *key)
{
    printf("%s\"%s\": ", separator, key);
    separator = ", ";
}

static void put_field(const char *key, struct mf_str value)
{
    if (value.n == 0)
        return;
    put_key(key);
    put_string(value);
}

static void put_module(struct mf_module m)
{
    separator = "";
    putchar('{');
    put_key("Path");
    put_string(m.path);
    put_field("Version", m.version);
}

static void open_list(const char *key, size_t count)
{
    if (count > 0) {
        put_key(key);
        putchar('[');
    }
}

static void close_object(size_t i, size_t count)
{
    fputs(i + 1 < count ? "}, " : "}]", stdout);
    separator = ", ";
}

static void put_requirements(const struct mf_gomod *g)
{
    open_list("Require", g->require_count);
    for (size_t i = 0; i < g->require_count; i++) {
        put_module(g->requires[i].module);
        if (g->requires[i].indirect)
            fputs(", \"Indirect\": true", stdout);
        close_object(i, g->require_count);
    }
    open_list("Exclude", g->exclude_count);
    for (size_t i = 0; i < g->exclude_count; i++) {
        put_module(g->excludes[i]);
        close_object(i, g->exclude_count);
    }
}

static void put_replacements(const struct mf_replace *replaces, size_t count)
{
    open_list("Replace", count);
    for (size_t i = 0; i < count; i++) {
        fputs("{\"Old\": ", stdout);
        put_module(replaces[i].from);
        fputs("}, \"New\": ", stdout);
        put_module(replaces[i].to);
        putchar('}');
        close_object(i, count);
    }
}

static void put_retractions(const struct mf_gomod *g)
{
    open_list("Retract", g->retract_count);
    for (size_t i = 0; i < g->retract_count; i++) {
        putchar('{');
        separator = "";
        put_field("Low", g->retracts[i].low);
        put_field("High", g->retracts[i].high);
        put_field("Rationale", g->retracts[i].rationale);
        close_object(i, g->retract_count);
    }
}

static void put_paths(const char *key, const struct mf_str *paths, size_t count)
{
    open_list(key, count);
    for (size_t i = 0; i < count; i++) {
        put_module((struct mf_module){.path = paths[i]});
        close_object(i, count);
    }
}

static void put_godebugs(const struct mf_gomod *g)
{
    open_list("GoDebug", g->godebug_count);
    for (size_t i = 0; i < g->godebug_count; i++) {
        struct mf_str value;
        struct mf_str key = mf_str_cut(g->godebugs[i], '=', &value);
        fputs("{\"Key\": ", stdout);
        put_string(key);
        fputs(", \"Value\": ", stdout);
        put_string(value);
        close_object(i, g->godebug_count);
    }
}

static void put_gomod(const struct mf_gomod *g)
{
    printf("{\"Module\": ");
    put_module((struct mf_module){.path = g->module});
    put_field("Deprecated", g->deprecated);
    putchar('}');
    separator = ", ";
    put_field("Go", g->go);
    put_field("Toolchain", g->toolchain);
    put_requirements(g);
    put_replacements(g->replaces, g->replace_count);
    put_retractions(g);
    put_paths("Tool", g->tools, g->tool_count);
    put_paths("Ignore", g->ignores, g->ignore_count);
    put_godebugs(g);
    puts("}");
}

/* go prints neither toolchain nor godebug lines of a go.work file. */
static void put_gowork(const struct mf_gowork *w)
{
    putchar('{');
    separator = "";
    put_field("Go", w->go);
    open_list("Use", w->use_count);
    for (size_t i = 0; i < w->use_count; i++) {
        fputs("{\"DiskPath\": ", stdout);
        put_string(w->uses[i].path);
        close_object(i, w->use_count);
    }
    put_replacements(w->replaces, w->replace_count);
    puts("}");
}

static int print_file(const char *mode, struct mf_str text, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_gomod mod;
    struct mf_gowork work;
    if (strcmp(mode, "work") == 0) {
        if (mf_gowork_parse(&work, text, "go.work", arena, err) < 0)
            return -1;
        put_gowork(&work);
        return 0;
    }
    enum mf_gomod_mode strictness = strcmp(mode, "main") == 0 ? MF_GOMOD_MAIN : MF_GOMOD_DEP;
    if (mf_gomod_parse(&mod, text, strictness, "go.mod", arena, err) < 0)
        return -1;
    put_gomod(&mod);
    return 0;
}

static int load(const char *name, struct mf_buf *out)
{
    char block[8192];
    FILE *f = fopen(name, "rb");
    if (!f)
        return -1;
    for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
        mf_buf_add(out, block, n);
    return fclose(f);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    for (int i = 2; i < argc; i++) {
        struct mf_err err;
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(256 * MF_MIB);
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_GOMOD_MAX);
        if (load(argv[i], &text) < 0) {
            perror(argv[i]);
            return 2;
        }
        if (print_file(argv[1], mf_buf_view(&text), &arena, &err) < 0) {
            fputs("{\"Error\": ", stdout);
            put_string(mf_str(err.text));
            puts("}");
        }
    }
    return 0;
}
