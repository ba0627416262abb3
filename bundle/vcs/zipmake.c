#include "bundle/vcs/zipmake.h"

#include <errno.h>
#include <libdeflate.h>
#include <search.h>
#include <stdlib.h>

#include "formats/base/dir.h"
#include "formats/goflate.h"
#include "formats/gomod.h"
#include "formats/modnames.h"
#include "formats/semver.h"
#include "formats/zipread.h"
#include "formats/zipwrite.h"

#define FLUSH (512 * MF_KIB)
#define OUT_MAX (256 * MF_MIB) /* of the central directory of very many files */

struct making {
    const struct mf_zipmake *what;
    bool new_vendor_rules; /* from go 1.24 on */
    bool has_license;
    struct mf_zipdir dir;
    struct mf_modnames names;
    void *modules; /* search tree: directories with a go.mod, as slices with a slash at their end */
    struct mf_arena arena;
    struct mf_zipread *reader;
    struct mf_goflate *flate;
    struct mf_zipwrite zip;
    struct mf_buf out, name;
    size_t prefix; /* of name: "path@version/" */
    uint32_t crc;
    uint64_t size, packed; /* of the file being written */
};

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

static void making_release(struct making *m)
{
    mf_zipdir_release(&m->dir);
    mf_modnames_release(&m->names);
    tdestroy(m->modules, keep);
    mf_arena_release(&m->arena);
    mf_zipread_free(&m->reader);
    mf_goflate_free(&m->flate);
    mf_zipwrite_release(&m->zip);
    mf_buf_release(&m->out);
    mf_buf_release(&m->name);
}

/* --- which files --- */

/* The name below the module's directory; empty for what is not in it, and for directories. */
static struct mf_str module_name(const struct making *m, const struct mf_zipdir_entry *e)
{
    struct mf_str name = mf_str_from(e->name, mf_str_find(e->name, '/') + 1), dir = m->what->dir;
    if (mf_str_ends(name, MF_LIT("/")) || (dir.n && (!mf_str_path_prefix(name, dir) || name.n == dir.n)))
        return (struct mf_str){NULL, 0};
    return dir.n ? mf_str_from(name, dir.n + 1) : name;
}

/* The directory of a name, with a slash at its end; empty for the top. */
static struct mf_str dir_of(struct mf_str name)
{
    size_t slash = mf_str_rfind(name, '/');
    return mf_str_head(name, slash < name.n ? slash + 1 : 0);
}

static bool is_gomod(struct mf_str name)
{
    struct mf_str base = mf_str_from(name, dir_of(name).n);
    return base.n == 6 && strncasecmp(base.p, "go.mod", 6) == 0;
}

static int by_text(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

static int note_modules(struct making *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->dir.count; i++) {
        struct mf_str name = module_name(m, &m->dir.entries[i]);
        if (!m->dir.entries[i].regular || !is_gomod(name) || !dir_of(name).n)
            continue;
        struct mf_str *record = mf_arena_alloc(&m->arena, sizeof(*record), err);
        if (!record)
            return -1;
        *record = dir_of(name);
        if (!tsearch(record, &m->modules, by_text))
            return mf_err_nomem(err);
    }
    return 0;
}

static bool in_other_module(const struct making *m, struct mf_str name)
{
    for (struct mf_str dir = dir_of(name); dir.n; dir = dir_of(mf_str_head(dir, dir.n - 1)))
        if (tfind(&dir, &m->modules, by_text))
            return true;
    return false;
}

/* Older versions of go look from a wrong place on (golang.org/issue/37397), and
 * hashes of modules that say so stay what they are. */
static bool is_vendored(const struct making *m, struct mf_str name)
{
    static const struct mf_str below = MF_LIT("/vendor/");
    size_t from = below.n - 1;
    if (m->new_vendor_rules && mf_str_eq(name, MF_LIT("vendor/modules.txt")))
        return true;
    if (!mf_str_starts(name, mf_str_from(below, 1))) {
        const char *hit = name.n ? memmem(name.p, name.n, below.p, below.n) : NULL;
        if (!hit)
            return false;
        from = below.n + (m->new_vendor_rules ? (size_t)(hit - name.p) : 0);
    }
    name = mf_str_from(name, from);
    return mf_str_find(name, '/') < name.n;
}

/* 1 where the entry is a file of the module, 0 where it is left out. */
static int judge(struct making *m, const struct mf_zipdir_entry *e, struct mf_str name, struct mf_err *err)
{
    if (!name.n || is_vendored(m, name) || in_other_module(m, name) || mf_str_eq(name, MF_LIT(".hg_archival.txt")))
        return 0;
    /* a link that is named go.mod is no go.mod, but left out */
    if (!e->regular && is_gomod(name) && dir_of(name).n)
        return 0;
    if (mf_modnames_add(&m->names, name, false, e->regular ? e->size : 0, err) < 0)
        return -1;
    return e->regular;
}

/* --- writing --- */

static int flush(struct making *m, size_t least, struct mf_err *err)
{
    if (mf_buf_check(&m->out, err) < 0)
        return -1;
    if (m->out.n < least || m->out.n == 0)
        return 0;
    if (mf_write_full(m->what->out, m->out.p, m->out.n, "a module zip", err) < 0)
        return -1;
    mf_buf_clear(&m->out);
    return 0;
}

static int take_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct making *m = ctx;
    const size_t before = m->out.n;
    m->crc = libdeflate_crc32(m->crc, p, n);
    m->size += n;
    mf_goflate_write(m->flate, p, n, &m->out);
    m->packed += m->out.n - before;
    return flush(m, FLUSH, err);
}

static int begin_file(struct making *m, struct mf_str name, struct mf_err *err)
{
    mf_buf_truncate(&m->name, m->prefix);
    mf_buf_str(&m->name, name);
    m->crc = 0;
    m->size = m->packed = 0;
    mf_goflate_start(m->flate);
    if (mf_buf_check(&m->name, err) < 0)
        return -1;
    return mf_zipwrite_begin_file(&m->zip, mf_buf_view(&m->name), &m->out, err);
}

static int end_file(struct making *m, struct mf_err *err)
{
    const size_t before = m->out.n;
    mf_goflate_finish(m->flate, &m->out);
    m->packed += m->out.n - before;
    if (mf_buf_check(&m->out, err) < 0)
        return -1;
    return mf_zipwrite_end_file(&m->zip, m->crc, m->packed, m->size, &m->out, err);
}

static int write_files(struct making *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->dir.count; i++) {
        const struct mf_zipdir_entry *e = &m->dir.entries[i];
        struct mf_str name = module_name(m, e);
        int wanted = judge(m, e, name, err);
        if (wanted < 0)
            return -1;
        m->has_license = m->has_license || mf_str_eq(name, MF_LIT("LICENSE"));
        if (wanted && (begin_file(m, name, err) < 0 || mf_zipread_entry(m->reader, e, take_data, m, err) < 0 ||
                       end_file(m, err) < 0))
            return -1;
    }
    return 0;
}

static int write_license(struct making *m, struct mf_err *err)
{
    const struct mf_str name = MF_LIT("LICENSE");
    if (m->has_license || !m->what->has_license)
        return 0;
    if (mf_modnames_add(&m->names, name, false, m->what->license.n, err) < 0 || begin_file(m, name, err) < 0 ||
        take_data(m, m->what->license.p, m->what->license.n, err) < 0)
        return -1;
    return end_file(m, err);
}

/* --- all of it --- */

/* Whether the go line is 1.24 or newer; one that cannot be read is old. */
static int read_go_line(struct making *m, struct mf_err *err)
{
    struct mf_gomod gomod = {0};
    struct mf_err why = {0};
    if (mf_gomod_parse(&gomod, m->what->gomod, MF_GOMOD_DEP, "go.mod", &m->arena, &why) < 0) {
        if (why.code < MF_E_IO)
            return 0;
        *err = why;
        return -1;
    }
    m->new_vendor_rules = gomod.go.n && mf_gover_compare(mf_gover_lang(gomod.go), MF_LIT("1.24")) >= 0;
    return 0;
}

static int prepare(struct making *m, struct mf_err *err)
{
    struct stat st;
    if (fstat(m->what->archive, &st) < 0)
        return mf_err_errno(err, errno, "look at an archive");
    mf_buf_fmt(&m->name, "%.*s@%.*s/", MF_FMT(m->what->module.path), MF_FMT(m->what->module.version));
    m->prefix = m->name.n;
    if (mf_buf_check(&m->name, err) < 0 || read_go_line(m, err) < 0 ||
        mf_zipdir_read(&m->dir, m->what->archive, (uint64_t)st.st_size, err) < 0 ||
        mf_zipread_new(&m->reader, m->what->archive, (uint64_t)st.st_size, err) < 0)
        return -1;
    return mf_goflate_new(&m->flate, err);
}

int mf_zipmake_write(const struct mf_zipmake *make, struct mf_err *err)
{
    MF_CLEANUP(making_release)
    struct making m = {.what = make,
                       .dir = MF_ZIPDIR_INIT,
                       .arena = MF_ARENA_INIT(1024 * MF_MIB),
                       .zip = MF_ZIPWRITE_INIT,
                       .out = MF_BUF_INIT(OUT_MAX),
                       .name = MF_BUF_INIT(64 * MF_KIB)};
    mf_modnames_init(&m.names);
    if (prepare(&m, err) < 0 || note_modules(&m, err) < 0 || write_files(&m, err) < 0 || write_license(&m, err) < 0 ||
        mf_zipwrite_finish(&m.zip, &m.out, err) < 0)
        return -1;
    return flush(&m, 0, err);
}
