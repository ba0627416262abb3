#include "verify/installed.h"

#include <stdlib.h>

#include "formats/base/durable.h"
#include "formats/base/encode.h"
#include "formats/dirhash.h"

#define FORMAT "modferry-installed/1 "
enum { MODULES_MAX = 1 << 20 };

static const char *const kinds[] = {[MF_TREE_PROXY] = "proxy", [MF_TREE_MODCACHE] = "modcache"};

int mf_installed_facts(struct mf_dir dir, const char *name, struct mf_installed_facts *out, struct mf_err *err)
{
    struct stat st;
    int there = mf_dir_stat(dir, name, &st, err);
    *out = (struct mf_installed_facts){0};
    if (there > 0)
        *out = (struct mf_installed_facts){(uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
                                           (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec};
    return there < 0 ? -1 : 0;
}

void mf_installed_release(struct mf_installed *r)
{
    free(r->modules);
    mf_arena_release(&r->arena);
    *r = MF_INSTALLED_INIT;
}

static bool parse_number(struct mf_str s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.n == 0 || s.n > 20 || (s.n > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}

/* *rest_out: what follows behind a colon; p is NULL where nothing does. */
static bool parse_facts(struct mf_str s, struct mf_installed_facts *out, struct mf_str *rest_out)
{
    uint64_t *const fields[] = {&out->device, &out->inode, &out->size, &out->mtime};
    *rest_out = (struct mf_str){0};
    if (mf_str_eq(s, MF_LIT("-")))
        return true;
    for (size_t i = 0; i < MF_COUNT(fields); i++)
        if (!s.p || !parse_number(mf_str_cut(s, ':', &s), fields[i]))
            return false;
    *rest_out = s;
    return out->inode != 0; /* without an inode it would be "-" */
}

static bool parse_plain(struct mf_str s, struct mf_installed_facts *out)
{
    struct mf_str rest;
    return parse_facts(s, out, &rest) && !rest.p;
}

static bool parse_zip(struct mf_str s, struct mf_installed_module *m)
{
    struct mf_str hex;
    if (!parse_facts(s, &m->zip, &hex))
        return false;
    m->zip_hash.known = hex.p;
    return !hex.p || mf_hex_parse(hex, m->zip_hash.sha256.b, sizeof(m->zip_hash.sha256.b));
}

static bool parse_line(struct mf_str line, struct mf_installed_module *m)
{
    struct mf_str rest = line;
    struct mf_err bad = {0};
    m->id.path = mf_str_cut(rest, ' ', &rest);
    m->id.version = mf_str_cut(rest, ' ', &rest);
    m->h1 = mf_str_cut(rest, ' ', &rest);
    m->mod_h1 = mf_str_cut(rest, ' ', &rest);
    if (mf_str_eq(m->h1, MF_LIT("-")))
        m->h1 = (struct mf_str){0};
    else if (!mf_h1_valid(m->h1))
        return false;
    if (!mf_h1_valid(m->mod_h1) || mf_module_check(m->id, &bad) < 0)
        return false;
    return parse_plain(mf_str_cut(rest, ' ', &rest), &m->mod) && parse_zip(mf_str_cut(rest, ' ', &rest), m) &&
           parse_plain(mf_str_cut(rest, ' ', &rest), &m->dir) && !rest.p;
}

static int damaged(size_t line, struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "%s: line %zu is not as modferry wrote it", MF_INSTALLED_NAME, line);
}

static int parse(struct mf_str text, struct mf_installed *out, struct mf_err *err)
{
    struct mf_str rest, line = mf_str_cut(text, '\n', &rest);
    size_t number = 1;
    if (mf_str_eq(line, MF_LIT(FORMAT "proxy")))
        out->kind = MF_TREE_PROXY;
    else if (mf_str_eq(line, MF_LIT(FORMAT "modcache")))
        out->kind = MF_TREE_MODCACHE;
    else
        return damaged(number, err);
    if (!rest.p)
        return damaged(number, err);
    while (rest.n) {
        struct mf_installed_module m = {0};
        line = mf_str_cut(rest, '\n', &rest);
        number++;
        /* A last line without its end may have lost digits. */
        if (!rest.p || !parse_line(line, &m) ||
            (out->count && mf_module_order(out->modules[out->count - 1].id, m.id) >= 0))
            return damaged(number, err);
        if (mf_grow(&out->modules, &out->cap, out->count + 1, sizeof(m), MODULES_MAX, err) < 0)
            return -1;
        out->modules[out->count++] = m;
    }
    out->sorted = out->count;
    return 0;
}

int mf_installed_parse(struct mf_str text, struct mf_installed *out, struct mf_err *err)
{
    struct mf_str copy;
    *out = MF_INSTALLED_INIT;
    return mf_arena_dup(&out->arena, text, &copy, err) < 0 ? -1 : parse(copy, out, err);
}

int mf_installed_read(struct mf_dir dir, struct mf_installed *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf raw = MF_BUF_INIT(MF_INSTALLED_MAX);
    struct mf_err first = {0};
    bool missing = false;
    *out = MF_INSTALLED_INIT;
    if (mf_dir_read(dir, MF_INSTALLED_NAME, &raw, &missing, &first) < 0) {
        if (missing)
            return 0;
        *err = first;
        return -1;
    }
    return mf_installed_parse(mf_buf_view(&raw), out, err) < 0 ? -1 : 1;
}

static int by_id(const void *a, const void *b)
{
    const struct mf_installed_module *x = a, *y = b;
    return mf_module_order(x->id, y->id);
}

const struct mf_installed_module *mf_installed_find(const struct mf_installed *r, struct mf_module id)
{
    return mf_module_find(r->modules, r->sorted, sizeof(*r->modules), id);
}

int mf_installed_put(struct mf_installed *r, const struct mf_installed_module *m, struct mf_err *err)
{
    const struct mf_installed_module *old = mf_installed_find(r, m->id);
    r->changed = true;
    if (old) {
        r->modules[old - r->modules] = *m;
        return 0;
    }
    if (mf_grow(&r->modules, &r->cap, r->count + 1, sizeof(*m), MODULES_MAX, err) < 0)
        return -1;
    r->modules[r->count++] = *m;
    return 0;
}

static void write_facts(const struct mf_installed_facts *f, struct mf_buf *out)
{
    if (f->inode == 0)
        mf_buf_str(out, MF_LIT(" -"));
    else
        mf_buf_fmt(out, " %llu:%llu:%llu:%llu", (unsigned long long)f->device, (unsigned long long)f->inode,
                   (unsigned long long)f->size, (unsigned long long)f->mtime);
}

int mf_installed_text(struct mf_installed *r, struct mf_buf *out, struct mf_err *err)
{
    if (r->count)
        qsort(r->modules, r->count, sizeof(*r->modules), by_id);
    r->sorted = r->count;
    mf_buf_fmt(out, FORMAT "%s\n", kinds[r->kind]);
    for (size_t i = 0; i < r->count; i++) {
        const struct mf_installed_module *m = &r->modules[i];
        mf_buf_fmt(out, "%.*s %.*s %.*s %.*s", MF_FMT(m->id.path), MF_FMT(m->id.version),
                   MF_FMT(m->h1.n ? m->h1 : MF_LIT("-")), MF_FMT(m->mod_h1));
        write_facts(&m->mod, out);
        write_facts(&m->zip, out);
        if (m->zip_hash.known) {
            char hex[MF_HEX_SIZE(sizeof(m->zip_hash.sha256.b))];
            mf_hex(m->zip_hash.sha256.b, sizeof(m->zip_hash.sha256.b), hex);
            mf_buf_fmt(out, ":%s", hex);
        }
        write_facts(&m->dir, out);
        mf_buf_byte(out, '\n');
    }
    return mf_buf_check(out, err);
}

int mf_installed_write(struct mf_dir dir, struct mf_installed *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_INSTALLED_MAX);
    if (mf_installed_text(r, &text, err) < 0 ||
        mf_durable_write(dir, MF_INSTALLED_NAME, mf_buf_view(&text), 0644, err) < 0)
        return -1;
    r->changed = false;
    return 0;
}
