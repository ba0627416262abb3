/* A base that is a tree: modules come as the zips that it has. */
#include <errno.h>
#include <stdlib.h>

#include "formats/zipfiles.h"
#include "verify/basekind.h"
#include "verify/modstream.h"

#define PIECE (256 * MF_KIB)

struct tree_base {
    struct mf_base base;
    struct mf_heldtree *tree;
    struct mf_zipfiles zip; /* the last one that a file was asked of */
    struct mf_module id;    /* of it; empty: none */
    struct mf_arena names;  /* of id */
};

static void tree_free(struct mf_base *b)
{
    struct tree_base *t = (struct tree_base *)b;
    mf_heldtree_free(&t->tree);
    mf_zipfiles_release(&t->zip);
    mf_arena_release(&t->names);
    free(t);
}

static enum mf_form tree_form(const struct mf_base *b, struct mf_module id)
{
    (void)b;
    (void)id;
    return MF_FORM_ZIP;
}

static int tree_h1(const struct mf_base *b, struct mf_module id, char h1[MF_H1_SIZE], struct mf_err *err)
{
    return mf_heldtree_h1(((const struct tree_base *)b)->tree, id, h1, err);
}

static struct mf_str tree_zip_sha256(const struct mf_base *b, struct mf_module id)
{
    (void)b;
    (void)id;
    return (struct mf_str){0};
}

/* Opens the zip of another module. */
static int turn_to(struct tree_base *t, struct mf_module id, bool *missing, struct mf_err *err)
{
    mf_zipfiles_release(&t->zip);
    mf_arena_release(&t->names);
    t->id = (struct mf_module){0};
    int fd = mf_heldtree_open_zip(t->tree, id, missing, err);
    if (fd < 0 || mf_zipfiles_open(&t->zip, fd, id, err) < 0 ||
        mf_arena_dup(&t->names, id.path, &t->id.path, err) < 0 ||
        mf_arena_dup(&t->names, id.version, &t->id.version, err) < 0)
        return -1;
    return 0;
}

static int module_file(struct tree_base *t, const struct mf_baselist_line *line, struct mf_buf *out, bool *missing,
                       struct mf_err *err)
{
    if (!mf_module_eq(t->id, line->id) && turn_to(t, line->id, missing, err) < 0) {
        t->id = (struct mf_module){0};
        return -1;
    }
    const struct mf_zipdir_entry *e = mf_zipfiles_find(&t->zip, line->file);
    *missing = !e;
    if (!e)
        return mf_err_set(err, MF_E_BASE, "no such file");
    return mf_zipfiles_read(&t->zip, e, out, err);
}

static int tree_file(struct mf_base *b, const struct mf_baselist_line *line, struct mf_buf *out, bool *missing,
                     struct mf_err *err)
{
    struct tree_base *t = (struct tree_base *)b;
    if (line->kind == MF_BASELIST_TILE)
        return mf_heldtree_read_tile(t->tree, line->db, line->tile, out, missing, err);
    if (line->kind == MF_BASELIST_MOD)
        return mf_heldtree_read_mod(t->tree, line->id, out, missing, err);
    return module_file(t, line, out, missing, err);
}

/* One zip, as if it had been a member of a bundle. */
static int feed_zip(struct mf_modstream *s, int fd, char *piece, const volatile int *stop, struct mf_err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "read zip");
    if (mf_modstream_file(s, MF_LIT(""), (uint64_t)st.st_size, err) < 0)
        return -1;
    for (uint64_t at = 0, size = (uint64_t)st.st_size; at < size;) {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        if (mf_err_stopped(stop, err) < 0 || mf_pread_full(fd, piece, n, at, "zip", err) < 0 ||
            mf_modstream_data(s, piece, n, err) < 0)
            return -1;
        at += n;
    }
    return mf_modstream_file_end(s, err) < 0 ? -1 : mf_modstream_end(s, err);
}

static int feed(const struct tree_base *t, const struct mf_manifest *m, const bool *wanted, struct mf_modstream *s,
                struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf piece = MF_BUF_INIT(PIECE);
    char *room = mf_buf_room(&piece, PIECE);
    if (!room)
        return mf_buf_check(&piece, err);
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_module id = m->modules[i].id;
        bool missing;
        if ((wanted && !wanted[i]) || m->modules[i].form != MF_FORM_HELD)
            continue;
        MF_CLEANUP(mf_fd_release) int fd = mf_heldtree_open_zip(t->tree, id, &missing, err);
        if (fd < 0 && missing)
            err->code = MF_E_BASE; /* it was there when mf_base_fit looked */
        if (fd < 0 || mf_modstream_begin(s, i, err) < 0 || feed_zip(s, fd, room, t->base.stop, err) < 0)
            return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(id.path), MF_FMT(id.version));
    }
    return 0;
}

static int tree_content(struct mf_base *b, const struct mf_gate *gate, const bool *wanted, const struct mf_sink *sink,
                        const struct mf_unpack_options *options, struct mf_unpack_result *result, struct mf_err *err)
{
    struct mf_modstream *s = NULL;
    uint64_t complete = 0;
    struct mf_err late = {0};
    if (mf_modstream_new(&s, &gate->manifest, sink, options->threads, result, &complete, err) < 0)
        return -1;
    int rc = feed((struct tree_base *)b, &gate->manifest, wanted, s, err);
    if (mf_modstream_drain(s, &late) < 0) {
        *err = late;
        rc = -1;
    }
    mf_modstream_free(&s);
    return rc;
}

int mf_base_of_tree(struct mf_base **out, struct mf_dir dir, const char *name, unsigned threads,
                    const volatile int *stop, struct mf_err *err)
{
    struct tree_base *t = calloc(1, sizeof(*t));
    if (!t)
        return mf_err_nomem(err);
    *t = (struct tree_base){.base = {.name = name,
                                     .threads = threads,
                                     .stop = stop,
                                     .free = tree_free,
                                     .form = tree_form,
                                     .h1 = tree_h1,
                                     .zip_sha256 = tree_zip_sha256,
                                     .file = tree_file,
                                     .content = tree_content},
                            .zip = MF_ZIPFILES_INIT,
                            .names = MF_ARENA_INIT(8 * MF_KIB)};
    if (mf_heldtree_new(&t->tree, dir, threads, stop, err) < 0) {
        tree_free(&t->base);
        return -1;
    }
    *out = &t->base;
    return 0;
}
