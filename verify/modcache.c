/* The sink for a GOMODCACHE, safe while `go` uses it.
 *
 * go takes an extracted directory for good when it exists, has no .partial
 * beside its .zip and has a .ziphash there; otherwise it takes <version>.lock,
 * looks again, and extracts the zip itself. It extracts in place behind a
 * .partial, for the sake of systems where a directory with open files cannot be
 * renamed. Here the files are written into a temporary directory beside the
 * final one and renamed, because they arrive before their h1 is known, and so
 * that <version>.lock is held only for the few calls of publishing: a running
 * go never waits for the stream, and nothing unchecked is ever under a name
 * that go looks at. Under the lock:
 *
 *   1. whoever held it before may have published the module: kept where right;
 *   2. .partial, where an old directory has to go, and .ziphash removed: from
 *      here on go believes nothing of the old module, whenever we are killed;
 *   3. .zip and .info by rename (.mod is there already); without zips, a .zip
 *      that was wrong is removed;
 *   4. the old directory removed, the new one renamed into place: it is whole
 *      and read-only from its first instant;
 *   5. .partial removed, .ziphash written by rename, last. A kill before leaves
 *      a right .zip without .ziphash, from which go repairs itself.
 *
 * A toolchain gets what go gives it on first use, which go cannot do in a cache
 * that is read-only: programs are executable, and beside each _go.mod stands a
 * copy named go.mod.
 *
 * A build that is reading a wrong directory while it is replaced fails; it was
 * compiling content that nobody signed.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/copyfd.h"
#include "formats/toolchain.h"
#include "verify/rezip.h"
#include "verify/tree.h"

enum { PATHS_MAX = 1 << 20 };

struct paths {
    char **list; /* NUL-terminated */
    size_t count, cap;
};

struct module {
    size_t index;
    struct mf_rezip zip;
    struct mf_temp temp; /* the directory that will be path@version */
    struct mf_dir dir;   /* the same, open */
    pthread_mutex_t lock;
    struct paths dirs;   /* directories made below it; under lock */
    struct paths gomods; /* its files _go.mod, where it is a toolchain; under lock */
    bool is_toolchain;
    bool makes_zip; /* from its files */
    int fd;         /* the file being streamed, or -1 */
};

static int on_begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct mf_tree *t = ctx;
    struct mf_module id = t->m->modules[module].id;
    struct module *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    *state_out = s;
    s->index = module;
    s->is_toolchain = mf_toolchain_is(id);
    bool comes_as_files = t->m->modules[module].comes == MF_FORM_FILES;
    s->makes_zip = comes_as_files && !t->no_zips;
    s->zip.temp = s->temp = MF_TEMP_INIT;
    s->dir = MF_DIR_NONE;
    s->fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    const char *file = mf_treefiles_name(&name, t->kind, id, ".zip", err);
    if (!file)
        return -1;
    if ((s->makes_zip || !comes_as_files) && mf_rezip_init(&s->zip, t->dir, file, id, mf_tree_mode(t), err) < 0)
        return -1;
    file = mf_treefiles_dir(&name, id, err);
    if (!file || mf_temp_open_dir(&s->temp, t->dir, file, err) < 0)
        return -1;
    return mf_dir_sub(&s->dir, s->temp.parent, s->temp.name, false, err);
}

static int remember(struct module *s, struct paths *paths, const char *path, struct mf_err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return mf_err_nomem(err);
    pthread_mutex_lock(&s->lock);
    int rc = mf_grow(&paths->list, &paths->cap, paths->count + 1, sizeof(*paths->list), PATHS_MAX, err);
    if (rc == 0)
        paths->list[paths->count++] = copy;
    pthread_mutex_unlock(&s->lock);
    if (rc < 0)
        free(copy);
    return rc;
}

static int make_parents(struct module *s, char *path, struct mf_err *err);

static int make_directory(struct module *s, char *path, struct mf_err *err)
{
    int rc = mkdirat(s->dir.fd, path, 0777);
    if (rc < 0 && errno == ENOENT) { /* seldom: most lack nothing but themselves */
        if (make_parents(s, path, err) < 0)
            return -1;
        rc = mkdirat(s->dir.fd, path, 0777);
    }
    if (rc < 0)
        return errno == EEXIST ? 0 : mf_err_errno(err, errno, "create directory %s", path);
    return remember(s, &s->dirs, path, err);
}

static int make_parents(struct module *s, char *path, struct mf_err *err)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        return 0;
    *slash = '\0';
    int rc = make_directory(s, path, err);
    *slash = '/';
    return rc;
}

/* Creates one extracted file. The names were checked, the directory is ours
 * alone and holds no links, so a plain openat is safe. */
static int create_file(struct module *s, struct mf_str name, struct mf_err *err)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    char path[MF_MEMBER_PATH_MAX + 1];
    if (name.n >= sizeof(path))
        return mf_err_errno(err, ENAMETOOLONG, "create %.*s", MF_FMT(name));
    memcpy(path, name.p, name.n);
    path[name.n] = '\0';
    mode_t mode = s->is_toolchain && mf_toolchain_is_program(name) ? 0555 : 0444;
    if (s->is_toolchain && mf_toolchain_is_gomod(name) && remember(s, &s->gomods, path, err) < 0)
        return -1;
    int fd = openat(s->dir.fd, path, flags, mode);
    if (fd < 0 && errno == ENOENT) {
        if (make_parents(s, path, err) < 0)
            return -1;
        fd = openat(s->dir.fd, path, flags, mode);
    }
    if (fd < 0 && (errno == EEXIST || errno == ENOTDIR || errno == EISDIR))
        return mf_err_set(err, MF_E_DAMAGED, "file %s is in the module twice", path);
    return fd < 0 ? mf_err_errno(err, errno, "create %s", path) : fd;
}

static int close_file(int *fd, struct mf_str name, struct mf_err *err)
{
    int rc = close(*fd);
    *fd = -1;
    return rc < 0 ? mf_err_errno(err, errno, "write %.*s", MF_FMT(name)) : 0;
}

static int on_work(void *ctx, void *state, struct mf_sink_file *file, struct mf_sink_scratch *scratch,
                   struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    if (s->makes_zip && mf_rezip_pack(file, scratch, err) < 0)
        return -1;
    MF_CLEANUP(mf_fd_release) int fd = create_file(s, file->name, err);
    if (fd < 0)
        return -1;
    if (mf_write_full(fd, file->content.p, file->content.n, "an extracted file", err) < 0)
        return mf_err_prefix(err, "extract %.*s", MF_FMT(file->name));
    return close_file(&fd, file->name, err);
}

static int on_file(void *ctx, void *state, const struct mf_sink_file *file, const struct mf_sink_scratch *scratch,
                   struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return s->makes_zip ? mf_rezip_file(&s->zip, file, scratch, err) : 0;
}

static int on_large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    s->fd = create_file(s, name, err);
    if (s->fd < 0)
        return -1;
    return s->makes_zip ? mf_rezip_large_begin(&s->zip, name, err) : 0;
}

static int on_large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    if (mf_write_full(s->fd, p, n, "an extracted file", err) < 0)
        return -1;
    return s->makes_zip ? mf_rezip_large_data(&s->zip, p, n, err) : 0;
}

static int on_large_end(void *ctx, void *state, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    if (close_file(&s->fd, MF_LIT("an extracted file"), err) < 0)
        return -1;
    return s->makes_zip ? mf_rezip_large_end(&s->zip, err) : 0;
}

static int on_zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_raw(&s->zip, p, n, err);
}

static int zip_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct module *s = ctx;
    (void)size;
    s->fd = create_file(s, name, err);
    return s->fd < 0 ? -1 : 0;
}

static int zip_file_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    const struct module *s = ctx;
    return mf_write_full(s->fd, p, n, "an extracted file", err);
}

static int zip_file_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct module *s = ctx;
    (void)sha256;
    return close_file(&s->fd, MF_LIT("an extracted file"), err);
}

static int on_zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    const struct mf_tree *t = ctx;
    struct module *s = state;
    const struct mf_modzip_visitor visitor = {s, zip_file, zip_file_data, zip_file_end};
    return mf_rezip_walk(&s->zip, t->m->modules[s->index].id, &visitor, facts_out, err);
}

/* Copies src/_go.mod to src/go.mod; one that the module has itself stays. */
static int copy_gomod(const struct module *s, const char *from, struct mf_err *err)
{
    char to[MF_MEMBER_PATH_MAX + 1];
    size_t parent = strlen(from) - strlen("_go.mod");
    uint64_t copied;
    snprintf(to, sizeof(to), "%.*sgo.mod", (int)parent, from);
    MF_CLEANUP(mf_fd_release) int in = openat(s->dir.fd, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return mf_err_errno(err, errno, "open %s", from);
    MF_CLEANUP(mf_fd_release)
    int out = openat(s->dir.fd, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
    if (out < 0)
        return errno == EEXIST ? 0 : mf_err_errno(err, errno, "create %s", to);
    if (mf_copyfd_rest(in, out, MF_MODZIP_MAX, &copied, to, err) < 0)
        return -1;
    return close_file(&out, mf_str(to), err);
}

static int prepare_toolchain(const struct module *s, struct mf_err *err)
{
    for (size_t i = 0; i < s->gomods.count; i++)
        if (copy_gomod(s, s->gomods.list[i], err) < 0)
            return -1;
    return 0;
}

/* Directories lose their write permission, as go takes it from them. */
static int freeze(struct module *s, struct mf_err *err)
{
    struct stat st;
    if (fstat(s->dir.fd, &st) < 0)
        return mf_err_errno(err, errno, "look up an extracted directory");
    mode_t mode = st.st_mode & 0555;
    for (size_t i = s->dirs.count; i-- > 0;) {
        /* opened, because the sandbox has no call that changes the mode of a name */
        MF_CLEANUP(mf_fd_release)
        int fd = openat(s->dir.fd, s->dirs.list[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fchmod(fd, mode) < 0)
            return mf_err_errno(err, errno, "make %s read-only", s->dirs.list[i]);
    }
    if (fchmod(s->dir.fd, mode) < 0)
        return mf_err_errno(err, errno, "make an extracted directory read-only");
    mf_dir_release(&s->dir);
    return 0;
}

/* The new zip takes its place; or a wrong one goes. */
static int replace_zip(struct mf_tree *t, struct module *s, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    if (!t->no_zips)
        return mf_temp_publish(&s->zip.temp, err);
    if (t->there[s->index] != MF_THERE_WRONG || t->zips[s->index].known)
        return 0; /* none, or it is right and something else of the module is not */
    const char *file = mf_treefiles_name(&name, t->kind, t->m->modules[s->index].id, ".zip", err);
    return file ? mf_dir_remove(t->dir, file, err) : -1;
}

/* Steps 2 to 5 of the top of this file. */
static int replace(struct mf_tree *t, struct module *s, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release)
    struct mf_buf dir_name = MF_TREE_NAME_INIT, partial_name = MF_TREE_NAME_INIT, hash_name = MF_TREE_NAME_INIT;
    const struct mf_manifest_module *m = &t->m->modules[s->index];
    const char *dir = mf_treefiles_dir(&dir_name, m->id, err);
    const char *partial = dir ? mf_treefiles_name(&partial_name, t->kind, m->id, ".partial", err) : NULL;
    const char *hash = partial ? mf_treefiles_name(&hash_name, t->kind, m->id, ".ziphash", err) : NULL;
    struct stat st;
    int old = hash ? mf_dir_stat(t->dir, dir, &st, err) : -1;
    if (old < 0)
        return -1;
    if (old && mf_dir_write(t->dir, partial, MF_LIT(""), mf_tree_mode(t), err) < 0)
        return -1;
    if (mf_dir_remove(t->dir, hash, err) < 0 || replace_zip(t, s, err) < 0 || mf_tree_write_info(t, s->index, err) < 0)
        return -1;
    if (old && mf_dir_remove(t->dir, dir, err) < 0)
        return -1;
    if (mf_temp_publish(&s->temp, err) < 0 || mf_dir_remove(t->dir, partial, err) < 0)
        return -1;
    return mf_dir_write(t->dir, hash, m->h1, mf_tree_mode(t), err);
}

static int on_publish(void *ctx, void *state, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct mf_tree *t = ctx;
    struct module *s = state;
    const struct mf_manifest_module *m = &t->m->modules[s->index];
    if (s->makes_zip && mf_rezip_finish(&s->zip, err) < 0)
        return -1;
    if (prepare_toolchain(s, err) < 0 || freeze(s, err) < 0)
        return -1;
    const char *lock_name = mf_treefiles_name(&name, t->kind, m->id, ".lock", err);
    MF_CLEANUP(mf_fd_release) int lock = lock_name ? mf_dir_lock(t->dir, lock_name, true, err) : -1;
    if (lock < 0)
        return -1;
    enum mf_there *there = &t->there[s->index]; /* what came there since the survey counts, too */
    if (*there != MF_THERE_WRONG && mf_tree_look(t, s->index, there, err) < 0)
        return -1;
    if (*there != MF_THERE_RIGHT) {
        if (!t->no_zips)
            mf_tree_note_zip(t, s->index, &s->zip.sha256);
        return replace(t, s, err) < 0 ? -1 : mf_tree_published(t, s->index, err);
    }
    t->result->present++;
    t->touched[s->index] = true;
    if (mf_tree_write_info(t, s->index, err) < 0)
        return -1;
    return mf_tree_record(t, s->index, err);
}

static void release_paths(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->list[i]);
    free(paths->list);
}

static void on_drop(void *ctx, void *state)
{
    struct module *s = state;
    (void)ctx;
    mf_fd_release(&s->fd);
    mf_dir_release(&s->dir);
    mf_temp_release(&s->temp);
    mf_rezip_release(&s->zip);
    release_paths(&s->dirs);
    release_paths(&s->gomods);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct mf_sink mf_modcache_sink(struct mf_tree *t)
{
    return (struct mf_sink){.ctx = t,
                            .mod = mf_tree_write_mod,
                            .begin = on_begin,
                            .work = on_work,
                            .file = on_file,
                            .large_begin = on_large_begin,
                            .large_data = on_large_data,
                            .large_end = on_large_end,
                            .zip_data = on_zip_data,
                            .zip_walk = on_zip_walk,
                            .publish = on_publish,
                            .drop = on_drop};
}

/* go edits the list in place with the file itself locked, so a rename would
 * lose what a waiting go is about to write. */
int mf_modcache_list(struct mf_dir dir, struct mf_str path, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release)
    struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(16 * MF_MIB), old = MF_BUF_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_str newest;
    struct mf_err ignored = {0};
    const char *file = mf_treefiles_path(&name, MF_TREE_MODCACHE, path, "@v/list", err);
    MF_CLEANUP(mf_fd_release) int fd = file ? mf_dir_lock(dir, file, true, err) : -1;
    if (fd < 0 || mf_treefiles_list(dir, MF_TREE_MODCACHE, path, false, &text, &arena, &newest, err) < 0)
        return -1;
    if (mf_dir_read(dir, file, &old, NULL, &ignored) == 0 && mf_str_eq(mf_buf_view(&old), mf_buf_view(&text)))
        return 0;
    if (ftruncate(fd, 0) < 0)
        return mf_err_errno(err, errno, "write %s", file);
    return mf_write_full(fd, text.p, text.n, file, err);
}
