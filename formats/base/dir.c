#include "formats/base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "formats/base/encode.h"

#define TEMP_PREFIX ".modferry-"
#define TEMP_SUFFIX ".tmp"

void mf_fd_release(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int dup_cloexec(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void close_keeping_errno(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

/* True for components separated by single slashes, none of them "." or "..";
 * "." alone is the directory itself. Else errno is EINVAL. */
static bool name_ok(const char *name)
{
    struct mf_str rest = mf_str(name);
    if (strcmp(name, ".") == 0)
        return true;
    do {
        struct mf_str part = mf_str_cut(rest, '/', &rest);
        if (part.n == 0 || mf_str_eq(part, MF_LIT(".")) || mf_str_eq(part, MF_LIT(".."))) {
            errno = EINVAL;
            return false;
        }
    } while (rest.p);
    return true;
}

/* Opens one directory on the way. O_DIRECTORY | O_NOFOLLOW says ENOTDIR of a
 * link, which would pass for a missing file: it becomes ELOOP, as openat2
 * says. */
static int step_into(int at, const char *step)
{
    struct stat st;
    int fd = openat(at, step, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != ENOTDIR)
        return fd;
    bool link = fstatat(at, step, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
    errno = link ? ELOOP : ENOTDIR;
    return -1;
}

/* One step at a time, for kernels without openat2: every directory on the way
 * is opened with O_NOFOLLOW, then the last component. */
static int open_stepwise(int dirfd, const char *name, int flags, mode_t mode)
{
    int at = dup_cloexec(dirfd);
    for (const char *slash; at >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
        char step[NAME_MAX + 1];
        int next = -1;
        if ((size_t)(slash - name) >= sizeof(step)) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(step, name, (size_t)(slash - name));
            step[slash - name] = '\0';
            next = step_into(at, step);
        }
        close_keeping_errno(at);
        at = next;
    }
    if (at < 0)
        return -1;
    int fd = flags & O_DIRECTORY ? step_into(at, name) : openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    close_keeping_errno(at);
    if (fd < 0 || !(flags & O_DIRECTORY) || flags & O_PATH)
        return fd;
    int readable = openat(fd, ".", flags | O_CLOEXEC);
    close_keeping_errno(fd);
    return readable;
}

static int open_beneath(int dirfd, const char *name, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)flags | O_CLOEXEC | O_NOFOLLOW,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    if (!name_ok(name))
        return -1;
    long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return open_stepwise(dirfd, name, flags, mode);
    return (int)fd;
}

/* Makes every directory on the way of `name`, a path of the user. Fails with
 * errno set. */
static int make_path(const char *name)
{
    char path[PATH_MAX];
    size_t n = strlen(name);
    if (n >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, name, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char keep = path[i];
        path[i] = '\0';
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            return -1;
        path[i] = keep;
    }
    return 0;
}

int mf_dir_open(struct mf_dir *out, const char *path, bool create, struct mf_err *err)
{
    if (create && make_path(path) < 0)
        return mf_err_errno(err, errno, "create directory %s", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return mf_err_errno(err, errno, "open directory %s", path);
    out->fd = fd;
    return 0;
}

int mf_dir_sub(struct mf_dir *out, struct mf_dir d, const char *name, bool create, struct mf_err *err)
{
    if (create && mf_dir_make(d, name, err) < 0)
        return -1;
    int fd = open_beneath(d.fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return mf_err_errno(err, errno, "open directory %s", name);
    out->fd = fd;
    return 0;
}

void mf_dir_release(struct mf_dir *d)
{
    mf_fd_release(&d->fd);
}

int mf_dir_make(struct mf_dir d, const char *name, struct mf_err *err)
{
    char path[PATH_MAX];
    int at = open_beneath(d.fd, name, O_PATH | O_DIRECTORY, 0);
    if (at >= 0) {
        close(at);
        return 0;
    }
    size_t n = strlen(name);
    if (errno != ENOENT || n >= sizeof(path))
        return mf_err_errno(err, n >= sizeof(path) ? ENAMETOOLONG : errno, "create directory %s", name);
    memcpy(path, name, n + 1);
    at = dup_cloexec(d.fd);
    for (char *step = path; at >= 0 && step;) {
        char *slash = strchr(step, '/');
        if (slash)
            *slash = '\0';
        int next = mkdirat(at, step, 0777) == 0 || errno == EEXIST ? step_into(at, step) : -1;
        close_keeping_errno(at);
        at = next;
        step = slash ? slash + 1 : NULL;
    }
    if (at < 0)
        return mf_err_errno(err, errno, "create directory %s", name);
    close(at);
    return 0;
}

int mf_dir_open_file(struct mf_dir d, const char *name, bool *missing, struct mf_err *err)
{
    struct stat st = {0};
    int fd = open_beneath(d.fd, name, O_RDONLY | O_NONBLOCK, 0);
    if (missing)
        *missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return mf_err_errno(err, errno, "open %s", name);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        int number = errno;
        close(fd);
        return st.st_mode ? mf_err_set(err, MF_E_IO, "open %s: not a regular file", name)
                          : mf_err_errno(err, number, "open %s", name);
    }
    return fd;
}

const char *mf_dir_tmp(void)
{
    const char *tmp = getenv("TMPDIR");
    return tmp && *tmp ? tmp : "/tmp";
}

int mf_dir_read(struct mf_dir d, const char *name, struct mf_buf *out, bool *missing, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = mf_dir_open_file(d, name, missing, err);
    if (fd < 0)
        return -1;
    struct stat st;
    size_t chunk = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
    for (;;) {
        size_t left = out->max - out->n;
        size_t want = chunk < left ? chunk : left;
        size_t got;
        if (left == 0) {
            char extra;
            if (mf_read_full(fd, &extra, 1, &got, name, err) < 0)
                return -1;
            if (got)
                return mf_err_set(err, MF_E_LIMIT, "read %s: larger than the limit of %zu bytes", name, out->max);
            return 0;
        }
        char *to = mf_buf_room(out, want);
        if (!to)
            return mf_buf_check(out, err);
        if (mf_read_full(fd, to, want, &got, name, err) < 0)
            return -1;
        mf_buf_grew(out, got);
        if (got < want)
            return 0;
    }
}

int mf_dir_write(struct mf_dir d, const char *name, struct mf_str content, mode_t mode, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
    if (mf_temp_open(&t, d, name, mode, err) < 0 || mf_write_full(t.fd, content.p, content.n, name, err) < 0)
        return -1;
    return mf_temp_publish(&t, err);
}

int mf_dir_stat(struct mf_dir d, const char *name, struct stat *out, struct mf_err *err)
{
    int fd = open_beneath(d.fd, name, O_PATH, 0);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0;
        return mf_err_errno(err, errno, "look up %s", name);
    }
    int rc = fstat(fd, out);
    int saved = errno;
    close(fd);
    return rc < 0 ? mf_err_errno(err, saved, "look up %s", name) : 1;
}

static int remove_below(int parent, const char *entry)
{
    if (unlinkat(parent, entry, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int fd = openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fchmod(fd, 0700) < 0) {
        close(fd);
        return -1;
    }
    DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return -1;
    }
    int rc = 0;
    for (struct dirent *e; rc == 0 && (e = readdir(list));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = remove_below(dirfd(list), e->d_name);
    int saved = errno;
    closedir(list);
    errno = saved;
    if (rc < 0)
        return -1;
    return unlinkat(parent, entry, AT_REMOVEDIR);
}

/* Opens the directory that holds `name` below d; *last is its last component. */
static int open_parent(struct mf_dir d, const char *name, const char **last, bool create, struct mf_err *err)
{
    const char *slash = strrchr(name, '/');
    char path[PATH_MAX];
    if (!name_ok(name) || strcmp(name, ".") == 0)
        return mf_err_errno(err, EINVAL, "open %s", name);
    if (!slash) {
        *last = name;
        int fd = dup_cloexec(d.fd);
        return fd < 0 ? mf_err_errno(err, errno, "open %s", name) : fd;
    }
    *last = slash + 1;
    if ((size_t)(slash - name) >= sizeof(path))
        return mf_err_errno(err, ENAMETOOLONG, "open %s", name);
    memcpy(path, name, (size_t)(slash - name));
    path[slash - name] = '\0';
    struct mf_dir parent;
    if (mf_dir_sub(&parent, d, path, create, err) < 0)
        return -1;
    return parent.fd;
}

int mf_dir_remove(struct mf_dir d, const char *name, struct mf_err *err)
{
    struct stat st;
    int there = mf_dir_stat(d, name, &st, err);
    if (there <= 0)
        return there;
    const char *last;
    MF_CLEANUP(mf_fd_release) int parent = open_parent(d, name, &last, false, err);
    if (parent < 0)
        return -1;
    if (remove_below(parent, last) < 0)
        return mf_err_errno(err, errno, "remove %s", name);
    return 0;
}

static int entry_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* Not every file system tells types in its listings. */
static unsigned char entry_type(int parent, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN || fstatat(parent, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return e->d_type;
    return (unsigned char)IFTODT(st.st_mode);
}

int mf_dir_each(struct mf_dir d, const char *name, mf_dir_visit *fn, void *ctx, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = open_beneath(d.fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return errno == ENOENT ? 0 : mf_err_errno(err, errno, "list %s", name);
    struct dirent **entries;
    int n = scandirat(fd, ".", &entries, not_dots, entry_order);
    if (n < 0)
        return mf_err_errno(err, errno, "list %s", name);
    int rc = 0;
    for (int i = 0; i < n; i++) {
        if (rc == 0 && fn(ctx, (struct mf_dir){fd}, entries[i]->d_name, entry_type(fd, entries[i]), err) != 0)
            rc = -1;
        free(entries[i]);
    }
    free(entries);
    return rc;
}

bool mf_temp_is(const char *entry)
{
    struct mf_str s = mf_str(entry);
    return mf_str_starts(s, MF_LIT(TEMP_PREFIX)) && mf_str_ends(s, MF_LIT(TEMP_SUFFIX));
}

static int sweep_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)ctx;
    (void)type;
    if (!mf_temp_is(entry))
        return 0;
    return mf_dir_remove(parent, entry, err);
}

int mf_dir_sweep(struct mf_dir d, const char *name, struct mf_err *err)
{
    return mf_dir_each(d, name, sweep_entry, NULL, err);
}

/* Removes a temporary file whose writer has ended: nobody holds its lock. *found
 * becomes true where there was one. */
static int sweep_dead(int parent, const char *entry, bool remove, bool *found)
{
    struct stat st;
    if (!mf_temp_is(entry))
        return 0;
    MF_CLEANUP(mf_fd_release) int fd = openat(parent, entry, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return 0;
    *found = true;
    return remove ? unlinkat(parent, entry, 0) : 0;
}

static int sweep_dead_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    bool found;
    (void)ctx;
    if (type == DT_REG && sweep_dead(parent.fd, entry, true, &found) < 0 && errno != ENOENT)
        return mf_err_errno(err, errno, "remove %s", entry);
    return 0;
}

int mf_dir_sweep_dead(struct mf_dir d, const char *name, struct mf_err *err)
{
    return mf_dir_each(d, name, sweep_dead_entry, NULL, err);
}

static int find_dead_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)err;
    return type == DT_REG ? sweep_dead(parent.fd, entry, false, ctx) : 0;
}

int mf_dir_has_dead(struct mf_dir d, const char *name, bool *out, struct mf_err *err)
{
    *out = false;
    return mf_dir_each(d, name, find_dead_entry, out, err);
}

static const volatile int *waiting_stop;

void mf_fd_stop(const volatile int *stop)
{
    waiting_stop = stop;
}

int mf_dir_lock(struct mf_dir d, const char *name, bool wait, struct mf_err *err)
{
    const char *last;
    MF_CLEANUP(mf_fd_release) int parent = open_parent(d, name, &last, true, err);
    if (parent < 0)
        return -1;
    MF_CLEANUP(mf_fd_release) int fd = openat(parent, last, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return mf_err_errno(err, errno, "open lock %s", name);
    while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            return mf_err_set(err, MF_E_BUSY, "%s is locked by another process", name);
        if (errno != EINTR)
            return mf_err_errno(err, errno, "lock %s", name);
        if (mf_err_stopped(waiting_stop, err) < 0)
            return mf_err_prefix(err, "wait for %s", name);
    }
    int held = fd;
    fd = -1;
    return held;
}

static int temp_start(struct mf_temp *t, struct mf_dir d, const char *name, struct mf_err *err)
{
    const char *last;
    uint8_t random[12];
    char hex[MF_HEX_SIZE(sizeof(random))];
    int parent = open_parent(d, name, &last, true, err);
    if (parent < 0)
        return -1;
    if (strlen(last) >= sizeof(t->final)) {
        close(parent);
        return mf_err_errno(err, ENAMETOOLONG, "create %s", name);
    }
    *t = MF_TEMP_INIT;
    t->parent.fd = parent;
    memcpy(t->final, last, strlen(last) + 1);
    randombytes_buf(random, sizeof(random));
    mf_hex(random, sizeof(random), hex);
    snprintf(t->name, sizeof(t->name), "%s%s%s", TEMP_PREFIX, hex, TEMP_SUFFIX);
    return 0;
}

/* Takes the lock that says that this file has a living writer. False where
 * another process found it without the lock and removed it. Where locks do not
 * work, nobody removes anything. */
static bool claim(int fd)
{
    struct stat st;
    while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
        continue;
    return fstat(fd, &st) < 0 || st.st_nlink > 0;
}

int mf_temp_open(struct mf_temp *t, struct mf_dir d, const char *name, mode_t mode, struct mf_err *err)
{
    for (;;) {
        if (temp_start(t, d, name, err) < 0)
            return -1;
        t->fd = openat(t->parent.fd, t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        int saved = errno;
        if (t->fd >= 0 && claim(t->fd))
            return 0;
        bool swept = t->fd >= 0;
        t->name[0] = '\0';
        mf_temp_release(t);
        if (!swept)
            return mf_err_errno(err, saved, "create %s", name);
    }
}

int mf_temp_spool(struct mf_dir d, const char *where, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    int fd = openat(d.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
        return mf_err_errno(err, errno, "make a temporary file in %s", where);
    if (mf_temp_open(&temp, d, "spool", 0600, err) < 0)
        return mf_err_prefix(err, "make a temporary file in %s", where);
    fd = temp.fd;
    temp.fd = -1;
    return fd;
}

int mf_temp_spool_tmp(struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir tmp = MF_DIR_NONE;
    return mf_dir_open(&tmp, mf_dir_tmp(), false, err) < 0 ? -1 : mf_temp_spool(tmp, mf_dir_tmp(), err);
}

int mf_temp_open_dir(struct mf_temp *t, struct mf_dir d, const char *name, struct mf_err *err)
{
    if (temp_start(t, d, name, err) < 0)
        return -1;
    if (mkdirat(t->parent.fd, t->name, 0777) == 0)
        return 0;
    int saved = errno;
    t->name[0] = '\0';
    mf_temp_release(t);
    return mf_err_errno(err, saved, "create %s", name);
}

/* Network file systems do not know RENAME_NOREPLACE; there, rename itself
 * refuses all but an empty directory that appears in between. */
static int rename_new(int parent, const char *from, const char *to)
{
    struct stat st;
    if (renameat2(parent, from, parent, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (fstatat(parent, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(parent, from, parent, to);
}

int mf_temp_publish(struct mf_temp *t, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int lock = -1;
    int rc;
    if (t->fd >= 0) {
        lock = dup_cloexec(t->fd); /* held until the file has its name */
        /* close can be the first to tell of a full disc */
        if (close(t->fd) < 0) {
            t->fd = -1;
            return mf_err_errno(err, errno, "write %s", t->final);
        }
        t->fd = -1;
        rc = renameat(t->parent.fd, t->name, t->parent.fd, t->final);
    } else {
        rc = rename_new(t->parent.fd, t->name, t->final);
    }
    if (rc < 0)
        return mf_err_errno(err, errno, "publish %s", t->final);
    t->name[0] = '\0';
    mf_temp_release(t);
    return 0;
}

void mf_temp_release(struct mf_temp *t)
{
    mf_fd_release(&t->fd);
    if (t->parent.fd >= 0 && t->name[0])
        (void)remove_below(t->parent.fd, t->name);
    mf_dir_release(&t->parent);
    t->name[0] = '\0';
}

int mf_write_full(int fd, const void *p, size_t n, const char *name, struct mf_err *err)
{
    const char *from = p;
    while (n) {
        ssize_t got = write(fd, from, n);
        if (got < 0 && errno != EINTR)
            return mf_err_errno(err, errno, "write %s", name);
        size_t done = got < 0 ? 0 : (size_t)got;
        /* a signal ends a write that has begun with a short count */
        if (done < n && mf_err_stopped(waiting_stop, err) < 0)
            return -1;
        from += done;
        n -= done;
    }
    return 0;
}

int mf_read_full(int fd, void *p, size_t n, size_t *got_out, const char *name, struct mf_err *err)
{
    char *to = p;
    size_t total = 0;
    while (total < n) {
        ssize_t got = read(fd, to + total, n - total);
        if (got < 0 && errno != EINTR)
            return mf_err_errno(err, errno, "read %s", name);
        if (got < 0 && mf_err_stopped(waiting_stop, err) < 0)
            return -1;
        if (got < 0)
            continue;
        if (got == 0)
            break;
        total += (size_t)got;
    }
    *got_out = total;
    return 0;
}

int mf_pread_full(int fd, void *p, size_t n, uint64_t offset, const char *name, struct mf_err *err)
{
    char *to = p;
    while (n) {
        ssize_t got = pread(fd, to, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mf_err_errno(err, errno, "read %s", name);
        if (got == 0)
            return mf_err_set(err, MF_E_TRUNCATED, "read %s: it ends at byte %llu", name, (unsigned long long)offset);
        to += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}
