/* The import scanner: tokens, imports, constraints and embed patterns of a .go
 * file, and the evaluation of constraints. */
#include "formats/base/buf.h"
#include "formats/buildtags.h"
#include "formats/gohead.h"
#include "formats/goscan.h"
#include "tests/fuzz/fuzzkit.h"

/* Tokens follow one another, with nothing but white space between them. */
static void check_tokens(struct mf_str src)
{
    struct mf_goscan scan;
    size_t at = mf_str_starts(src, MF_LIT("\xEF\xBB\xBF")) ? 3 : 0;
    mf_goscan_init(&scan, src);
    for (;;) {
        struct mf_goscan_token t = mf_goscan_next(&scan);
        CHECK(t.at <= src.n && t.text.n <= src.n - t.at);
        if (t.kind == MF_GOSCAN_END)
            break;
        CHECK(t.text.n > 0 || t.kind == MF_GOSCAN_NEWLINE);
        if (t.kind == MF_GOSCAN_NEWLINE)
            continue;
        CHECK(t.at >= at && t.text.p == src.p + t.at);
        for (; at < t.at; at++)
            CHECK(strchr(" \t\r\n", src.p[at]) && src.p[at]);
        at += t.text.n;
    }
    CHECK(mf_goscan_next(&scan).kind == MF_GOSCAN_END);
    CHECK(!scan.fault.text || scan.fault.at <= src.n);
}

static void check_items(const struct mf_goimports_item *items, size_t count, size_t n)
{
    for (size_t i = 0; i < count; i++)
        CHECK(items[i].at < n);
}

/* What is behind the imports does not change them. */
static void check_prefix(struct mf_str src, const struct mf_goimports *whole, struct mf_arena *arena)
{
    struct mf_gohead_extent extent;
    struct mf_goimports part;
    struct mf_err err;
    if (mf_str_starts(src, MF_LIT("\xEF\xBB\xBF")))
        return;
    CHECK(mf_gohead_read(src, NULL, arena, &extent, &err) == 0 && extent.end <= src.n);
    CHECK(mf_goimports_parse(mf_str_head(src, extent.end), arena, &part, &err) == 0);
    CHECK(part.fault == MF_GOIMPORTS_OK && part.import_count == whole->import_count && part.cgo == whole->cgo);
    CHECK(mf_str_eq(part.package, whole->package) && mf_str_eq(part.constraint, whole->constraint));
    for (size_t i = 0; i < part.import_count; i++)
        CHECK(part.imports[i].at == whole->imports[i].at && mf_str_eq(part.imports[i].text, whole->imports[i].text));
}

/* A byte order mark moves everything by its three bytes. */
static void check_marked(struct mf_str src, const struct mf_goimports *plain, struct mf_arena *arena)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    struct mf_goimports marked;
    struct mf_err err;
    if (mf_str_starts(src, MF_LIT("\xEF\xBB\xBF")))
        return;
    mf_buf_str(&text, MF_LIT("\xEF\xBB\xBF"));
    mf_buf_str(&text, src);
    CHECK(mf_goimports_parse(mf_buf_view(&text), arena, &marked, &err) == 0);
    CHECK(marked.fault == plain->fault && marked.import_count == plain->import_count);
    CHECK(marked.embed_count == plain->embed_count && mf_str_eq(marked.constraint, plain->constraint));
    for (size_t i = 0; i < plain->import_count; i++)
        CHECK(marked.imports[i].at == plain->imports[i].at + 3);
}

/* Any tag holds, or none, by the bytes of its name. */
static bool some_hold(void *ctx, struct mf_str tag)
{
    unsigned sum = *(unsigned *)ctx;
    for (size_t i = 0; i < tag.n; i++)
        sum = sum * 31 + (unsigned char)tag.p[i];
    return sum & 4;
}

static void write_expr(const struct mf_buildtags_expr *x, struct mf_buf *out)
{
    if (x->op == MF_BUILDTAGS_TAG) {
        mf_buf_str(out, x->tag);
        return;
    }
    mf_buf_str(out, x->op == MF_BUILDTAGS_NOT ? MF_LIT("!(") : MF_LIT("("));
    write_expr(x->x, out);
    if (x->op != MF_BUILDTAGS_NOT) {
        mf_buf_str(out, x->op == MF_BUILDTAGS_AND ? MF_LIT(" && ") : MF_LIT(" || "));
        write_expr(x->y, out);
    }
    mf_buf_byte(out, ')');
}

/* An expression written with all its parentheses has the same value. */
static void check_expr(const struct mf_buildtags_expr *x, struct mf_arena *arena)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    const struct mf_buildtags_expr *again;
    const char *fault = NULL;
    struct mf_err err;
    mf_buf_str(&text, MF_LIT("//go:build "));
    write_expr(x, &text);
    CHECK(mf_buildtags_parse(mf_buf_view(&text), arena, &again, &fault, &err) == 0);
    if (!again) {
        CHECK(strstr(fault, "too large"));
        return;
    }
    for (unsigned seed = 0; seed < 8; seed++)
        CHECK(mf_buildtags_eval(x, some_hold, &seed) == mf_buildtags_eval(again, some_hold, &seed));
}

static bool says_ignore(const struct mf_buildtags_expr *x)
{
    if (x->op == MF_BUILDTAGS_TAG)
        return mf_str_eq(x->tag, MF_LIT("ignore"));
    return says_ignore(x->x) || (x->op != MF_BUILDTAGS_NOT && says_ignore(x->y));
}

/* On any platform everything holds but the tag `ignore`. */
static void check_any(const struct mf_buildtags_expr *x)
{
    const struct mf_buildtags_target any = {.any = true};
    CHECK(mf_buildtags_match_expr(&any, x) || says_ignore(x));
}

/* The first line of the file as a file name. */
static void check_name(struct mf_str name)
{
    const struct mf_buildtags_target any = {.any = true};
    const struct mf_buildtags_target linux = {.goos = MF_LIT("linux"), .goarch = MF_LIT("amd64"), .release = 26};
    CHECK(mf_buildtags_match_name(&any, name));
    CHECK(mf_buildtags_match_name(&linux, name) || mf_str_find(name, '_') < name.n);
}

static void check_constraint(struct mf_str constraint, struct mf_arena *arena)
{
    const struct mf_buildtags_target linux = {.goos = MF_LIT("linux"), .goarch = MF_LIT("amd64"), .release = 26};
    const struct mf_buildtags_expr *x;
    struct mf_err err;
    bool holds;
    CHECK(mf_buildtags_match_text(&linux, constraint, &holds, &err) == 0);
    for (struct mf_str rest = constraint; rest.p;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        const char *fault = NULL;
        CHECK(mf_buildtags_parse(line, arena, &x, &fault, &err) == 0);
        CHECK((x == NULL) == (fault != NULL));
        if (x) {
            check_expr(x, arena);
            check_any(x);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_str src = fuzz_text(data, size);
    struct mf_goimports file;
    struct mf_err err;
    check_tokens(src);
    CHECK(mf_goimports_parse(src, &arena, &file, &err) == 0);
    check_items(file.imports, file.import_count, size);
    check_items(file.embeds, file.embed_count, size);
    CHECK((file.fault == MF_GOIMPORTS_OK) == (file.fault_text.n == 0));
    CHECK(file.embed_count == 0 || file.fault == MF_GOIMPORTS_OK || file.fault == MF_GOIMPORTS_CONSTRAINTS);
    if (file.fault == MF_GOIMPORTS_OK)
        check_prefix(src, &file, &arena);
    check_marked(src, &file, &arena);
    check_constraint(file.constraint, &arena);
    check_name(mf_str_head(src, mf_str_find(src, '\n')));
    return 0;
}
