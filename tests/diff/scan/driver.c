/* Prints what formats/goimports.c and formats/buildtags.c say about the .go
 * files named on standard input, a line each; tests/diff/scan/judge.go prints
 * the same by Go's own code. With --time, or --index (which makes and reads the
 * indexes of a GOMODCACHE's modules), prints figures instead.
 * usage: diff_scan [--time | --index] ROOT <FILES, relative to ROOT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "formats/base/dir.h"
#include "formats/buildtags.h"
#include "formats/goimports.h"
#include "formats/goscan.h"
#include "formats/pkgindex.h"

static void put(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '%' || c == ',')
            printf("%%%02X", c);
        else
            putchar(c);
    }
}

static const char *const faults[] = {"ok", "syntax", "nul", "constraints"};

static int print_matches(struct mf_str name, const struct mf_goimports *f, struct mf_err *err)
{
    const struct mf_buildtags_target targets[] = {
        {.goos = MF_LIT("linux"), .goarch = MF_LIT("amd64"), .cgo = true, .release = 26},
        {.goos = MF_LIT("linux"), .goarch = MF_LIT("amd64"), .release = 26},
        {.goos = MF_LIT("windows"), .goarch = MF_LIT("amd64"), .release = 20},
        {.goos = MF_LIT("android"), .goarch = MF_LIT("arm64"), .cgo = true, .release = 26},
        {.any = true},
    };
    putchar('\t');
    for (size_t i = 0; i < MF_COUNT(targets); i++) {
        bool match;
        if (mf_buildtags_match_text(&targets[i], f->constraint, &match, err) < 0)
            return -1;
        match = match && mf_buildtags_match_name(&targets[i], name) && f->fault != MF_GOIMPORTS_NUL &&
                f->fault != MF_GOIMPORTS_CONSTRAINTS && (!f->cgo || targets[i].cgo || targets[i].any);
        putchar(match ? '1' : '0');
    }
    putchar('\t');
    return 0;
}

static int print_file(const char *path, struct mf_str content, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_goimports f;
    const char *slash = strrchr(path, '/');
    if (mf_goimports_parse(content, arena, &f, err) < 0)
        return -1;
    printf("%s\t%s\t", path, faults[f.fault]);
    put(f.package);
    putchar('\t');
    for (size_t i = 0; i < f.import_count; i++) {
        putchar(i ? ',' : ' ');
        put(f.imports[i].text);
    }
    printf("\t%d", f.cgo);
    if (print_matches(mf_str(slash ? slash + 1 : path), &f, err) < 0)
        return -1;
    for (size_t i = 0; i < f.embed_count; i++) {
        unsigned line, column;
        size_t bom = mf_str_starts(content, MF_LIT("\xEF\xBB\xBF")) ? 3 : 0;
        mf_goscan_position(mf_str_from(content, bom), f.embeds[i].at - bom, &line, &column);
        printf("%s%u:%u:", i ? "," : "", line, column);
        put(f.embeds[i].text);
    }
    putchar('\t');
    put(f.fault_text);
    putchar('\n');
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct totals {
    double seconds;
    size_t files, bytes, imports, embeds;
};

/* The module directory that a file of a GOMODCACHE is in ("a/b@v1.0.0"). */
static size_t module_length(const char *path)
{
    const char *at = strchr(path, '@');
    return at ? strcspn(at, "/") + (size_t)(at - path) : 0;
}

/* All module indexes, one behind the other, and what making them took. */
struct indexes {
    struct mf_pkgindex_maker *maker;
    char module[4096];
    struct mf_buf bytes;
    size_t *ends, count, cap;
    double add, finish;
};

static int finish_module(struct indexes *x, struct mf_err *err)
{
    double start = now();
    if (!x->maker)
        return 0;
    if (mf_pkgindex_finish(x->maker, &x->bytes, err) < 0 ||
        mf_grow(&x->ends, &x->cap, x->count + 1, sizeof(*x->ends), 100000, err) < 0)
        return mf_err_prefix(err, "%s", x->module);
    x->ends[x->count++] = x->bytes.n;
    mf_pkgindex_maker_free(&x->maker);
    x->finish += now() - start;
    return 0;
}

static int index_file(struct indexes *x, const char *path, struct mf_str content, struct mf_err *err)
{
    size_t n = module_length(path);
    if (!x->maker || strlen(x->module) != n || strncmp(x->module, path, n) != 0) {
        if (finish_module(x, err) < 0 || mf_pkgindex_maker_new(&x->maker, err) < 0)
            return -1;
        memcpy(x->module, path, n);
        x->module[n] = '\0';
    }
    double start = now();
    int status = mf_pkgindex_add(x->maker, mf_str(path + n + 1), content, err);
    x->add += now() - start;
    return status;
}

/* Opens every index again, and finds every directory in it. */
static int read_indexes(struct indexes *x, struct mf_err *err)
{
    size_t files = 0, dirs = 0, lost = 0;
    double start = now(), open = 0;
    for (size_t i = 0, from = 0; i < x->count; from = x->ends[i++]) {
        struct mf_pkgindex index;
        struct mf_pkgindex_dir dir;
        double before = now();
        if (mf_pkgindex_open(&index, mf_str_from(mf_str_head(mf_buf_view(&x->bytes), x->ends[i]), from), err) < 0)
            return -1;
        open += now() - before;
        files += index.files;
        dirs += index.dirs;
        for (uint32_t k = 0; k < index.dirs; k++)
            lost += !mf_pkgindex_find(&index, mf_pkgindex_dir(&index, k).path, &dir);
    }
    fprintf(stderr,
            "index: %zu modules, %zu directories (%zu lost), %zu files, %.2f MB; add %.3f s, finish %.3f s, open %.4f "
            "s, find all %.4f s\n",
            x->count, dirs, lost, files, (double)x->bytes.n / 1e6, x->add, x->finish, open, now() - start - open);
    return lost ? mf_err_set(err, MF_E_DAMAGED, "a directory is not found in its index") : 0;
}

static void release_indexes(struct indexes *x)
{
    mf_pkgindex_maker_free(&x->maker);
    mf_buf_release(&x->bytes);
    free(x->ends);
}

static int time_file(struct mf_str content, struct mf_arena *arena, struct totals *t, struct mf_err *err)
{
    struct mf_goimports f;
    double start = now();
    if (mf_goimports_parse(content, arena, &f, err) < 0)
        return -1;
    t->seconds += now() - start;
    t->files++;
    t->bytes += content.n;
    t->imports += f.import_count;
    t->embeds += f.embed_count;
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];
    struct mf_err err = {.code = MF_OK};
    struct totals totals = {.files = 0};
    bool timing = argc == 3 && strcmp(argv[1], "--time") == 0;
    bool indexing = argc == 3 && strcmp(argv[1], "--index") == 0;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(512 * MF_MIB);
    MF_CLEANUP(mf_dir_release) struct mf_dir root = MF_DIR_NONE;
    MF_CLEANUP(release_indexes) struct indexes indexes = {.bytes = MF_BUF_INIT(512 * MF_MIB)};
    int status = mf_dir_open(&root, argc > 1 ? argv[argc - 1] : ".", false, &err);
    while (status == 0 && fgets(path, sizeof(path), stdin)) {
        path[strcspn(path, "\n")] = '\0';
        mf_buf_clear(&content);
        status = mf_dir_read(root, path, &content, NULL, &err);
        if (status < 0)
            break;
        if (indexing)
            status = index_file(&indexes, path, mf_buf_view(&content), &err);
        else if (timing)
            status = time_file(mf_buf_view(&content), &arena, &totals, &err);
        else
            status = print_file(path, mf_buf_view(&content), &arena, &err);
        if (arena.used > MF_MIB)
            mf_arena_release(&arena);
    }
    if (status == 0 && indexing && (status = finish_module(&indexes, &err)) == 0)
        status = read_indexes(&indexes, &err);
    if (status < 0)
        fprintf(stderr, "diff_scan: %s\n", err.text);
    else if (timing)
        fprintf(stderr, "scan: %zu files, %zu imports, %zu embeds, %.1f MB in %.3f s\n", totals.files, totals.imports,
                totals.embeds, (double)totals.bytes / 1e6, totals.seconds);
    return status < 0;
}
