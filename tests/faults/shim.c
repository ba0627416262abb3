/* Faults on order, for LD_PRELOAD: an allocation or a system call that fails, or
 * kills the process, at a number that the test names.
 *
 *     FAULT_STATE=FILE       struct state, in a file that exists and is as long; what
 *                            was counted, also of a process that was killed
 *     FAULT_AT=CLASS:N:WHAT  the N-th call (from 1) of a class, or of "any" but alloc;
 *                            WHAT is a number of errno, or "kill" for SIGKILL before
 *                            the call (status 137 in a sandbox); "N+" means that one and all that follow
 *     FAULT_SHORT=SEED       reads and writes are shorter than asked for, at random, and
 *                            now and then fail with EINTR
 *
 * What the program and its libraries call through the dynamic linker is seen. What
 * the C library calls inside, as stdio its write, is not; its allocations are.
 * Nothing is counted before the constructors of libraries have run. Allocations of
 * libseccomp (2.5.4) are left alone: where one fails, seccomp_load crashes, frees
 * twice or never ends. It is called once, before anything is read.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum class {
    ALLOC,
    READ,
    WRITE,
    OPEN,
    CLOSE,
    SYNC,
    RENAME,
    TRUNCATE,
    COPY,
    MKDIR,
    UNLINK,
    CHMOD,
    STAT,
    LOCK,
    LIST,
    NET,
    THREAD,
    NAMELESS, /* to open a file without a name, O_TMPFILE */
    CLASSES
};
#define ANY CLASSES
#define KILLED 137
static const char *const names[CLASSES + 1] = {"alloc",    "read", "write",  "open",     "close", "sync", "rename",
                                               "truncate", "copy", "mkdir",  "unlink",   "chmod", "stat", "lock",
                                               "list",     "net",  "thread", "nameless", "any"};

/* tests/faults/faultkit.py reads it. */
struct state {
    _Atomic uint64_t counts[CLASSES + 1]; /* the last one: all but allocations */
    _Atomic uint64_t fired;
    _Atomic uint64_t shortened;
};

static struct state own, *state = &own;
static bool active;
static enum class target = CLASSES + 1;
static uint64_t at, seed;
static bool on, kills;
static int number;
static _Atomic uint64_t turns;

static uintptr_t spared_begin, spared_end;

static int find_spared(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (!strstr(info->dlpi_name, "libseccomp"))
        return 0;
    spared_begin = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > spared_end)
            spared_end = end;
    }
    return 1;
}

static bool spared(const void *caller)
{
    return (uintptr_t)caller >= spared_begin && (uintptr_t)caller < spared_end;
}

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("FAULT_STATE"), *fault = getenv("FAULT_AT"), *random = getenv("FAULT_SHORT");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *p = mmap(NULL, sizeof(own), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p != MAP_FAILED)
            state = p;
        close(fd);
    }
    for (target = 0; fault && target <= ANY; target++) {
        size_t n = strlen(names[target]);
        if (strncmp(fault, names[target], n) != 0 || fault[n] != ':')
            continue;
        char *end;
        at = strtoull(fault + n + 1, &end, 10);
        on = *end == '+';
        end += on;
        kills = strcmp(end, ":kill") == 0;
        number = kills || !*end ? EIO : (int)strtol(end + 1, NULL, 10);
        break;
    }
    seed = random ? strtoull(random, NULL, 10) * 2 + 1 : 0;
    dl_iterate_phdr(find_spared, NULL);
    active = true;
}

static bool hit(enum class class, uint64_t n)
{
    if (target != class || n < at || (n > at && !on))
        return false;
    state->fired++;
    if (kills) {
        kill(getpid(), SIGKILL);
        _exit(KILLED); /* as good, where a filter of system calls is in the way */
    }
    return true;
}

/* Counts a call; true where it is to fail, with errno set. */
static bool fails(enum class class)
{
    if (!active)
        return false;
    uint64_t n = ++state->counts[class];
    uint64_t all = class == ALLOC ? 0 : ++state->counts[ANY];
    if (!hit(class, n) && (class == ALLOC || !hit(ANY, all)))
        return false;
    errno = number;
    return true;
}

static uint64_t random_number(void)
{
    uint64_t x = seed + ++turns * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The length that a transfer gets: 0 stands for EINTR. */
static size_t shorter(size_t n)
{
    if (!active || !seed || n == 0)
        return n ? n : 1;
    uint64_t r = random_number();
    size_t m = r % 8 == 0 ? 0 : r % 8 == 1 ? 1 : r % 8 < 5 ? (n + 1) / 2 : n;
    if (m != n)
        state->shortened++;
    return m;
}

static void *next(const char *name)
{
    void *p = dlsym(RTLD_NEXT, name);
    if (!p)
        abort();
    return p;
}

#define NEXT(result, name, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (!real)                                                                                                         \
    real = (result(*)(__VA_ARGS__))next(name)

/* --- memory --- */

#define ALLOCATION_FAILS() (!spared(__builtin_return_address(0)) && fails(ALLOC))

void *malloc(size_t n)
{
    NEXT(void *, "malloc", size_t);
    return ALLOCATION_FAILS() ? NULL : real(n);
}

void *calloc(size_t count, size_t n)
{
    NEXT(void *, "calloc", size_t, size_t);
    return ALLOCATION_FAILS() ? NULL : real(count, n);
}

void *realloc(void *p, size_t n)
{
    NEXT(void *, "realloc", void *, size_t);
    return ALLOCATION_FAILS() ? NULL : real(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    NEXT(void *, "aligned_alloc", size_t, size_t);
    return ALLOCATION_FAILS() ? NULL : real(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    NEXT(int, "posix_memalign", void **, size_t, size_t);
    return ALLOCATION_FAILS() ? ENOMEM : real(out, alignment, n);
}

/* --- transfers --- */

#define TRANSFER(class, call)                                                                                          \
    if (fails(class))                                                                                                  \
        return -1;                                                                                                     \
    size_t given = shorter(n);                                                                                         \
    if (given == 0) {                                                                                                  \
        errno = EINTR;                                                                                                 \
        return -1;                                                                                                     \
    }                                                                                                                  \
    if (given < n)                                                                                                     \
        n = given;                                                                                                     \
    return call

ssize_t read(int fd, void *p, size_t n)
{
    NEXT(ssize_t, "read", int, void *, size_t);
    TRANSFER(READ, real(fd, p, n));
}

ssize_t pread64(int fd, void *p, size_t n, off_t offset)
{
    NEXT(ssize_t, "pread64", int, void *, size_t, off_t);
    TRANSFER(READ, real(fd, p, n, offset));
}

ssize_t write(int fd, const void *p, size_t n)
{
    NEXT(ssize_t, "write", int, const void *, size_t);
    TRANSFER(WRITE, real(fd, p, n));
}

ssize_t copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t n, unsigned flags)
{
    NEXT(ssize_t, "copy_file_range", int, off_t *, int, off_t *, size_t, unsigned);
    TRANSFER(COPY, real(from, from_at, to, to_at, n, flags));
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    NEXT(ssize_t, "recv", int, void *, size_t, int);
    TRANSFER(NET, real(fd, p, n, flags));
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    NEXT(ssize_t, "send", int, const void *, size_t, int);
    TRANSFER(NET, real(fd, p, n, flags));
}

/* --- files --- */

#define OPEN_MODE(flags)                                                                                               \
    mode_t mode = 0;                                                                                                   \
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {                                                         \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }

/* A file without a name counts for NAMELESS in the place of OPEN. */
static bool fails_to_open(int flags)
{
    return fails((flags & O_TMPFILE) == O_TMPFILE ? NAMELESS : OPEN);
}

int open64(const char *name, int flags, ...)
{
    NEXT(int, "open64", const char *, int, mode_t);
    OPEN_MODE(flags)
    return fails_to_open(flags) ? -1 : real(name, flags, mode);
}

int __open64_2(const char *name, int flags)
{
    return open64(name, flags);
}

int openat64(int fd, const char *name, int flags, ...)
{
    NEXT(int, "openat64", int, const char *, int, mode_t);
    OPEN_MODE(flags)
    return fails_to_open(flags) ? -1 : real(fd, name, flags, mode);
}

int __openat64_2(int fd, const char *name, int flags)
{
    return openat64(fd, name, flags);
}

/* For openat2, which has no function. */
long syscall(long which, ...)
{
    NEXT(long, "syscall", long, long, long, long, long, long, long);
    long a[6];
    va_list more;
    va_start(more, which);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(more, long);
    va_end(more);
    return which == SYS_openat2 && fails(OPEN) ? -1 : real(which, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Linux closes the descriptor whatever it says. */
int close(int fd)
{
    NEXT(int, "close", int);
    bool failed = fails(CLOSE);
    int rc = real(fd);
    if (failed)
        errno = number;
    return failed ? -1 : rc;
}

int fsync(int fd)
{
    NEXT(int, "fsync", int);
    return fails(SYNC) ? -1 : real(fd);
}

int syncfs(int fd)
{
    NEXT(int, "syncfs", int);
    return fails(SYNC) ? -1 : real(fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
    NEXT(int, "renameat", int, const char *, int, const char *);
    return fails(RENAME) ? -1 : real(from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    NEXT(int, "renameat2", int, const char *, int, const char *, unsigned);
    return fails(RENAME) ? -1 : real(from, old, to, new, flags);
}

int ftruncate64(int fd, off_t n)
{
    NEXT(int, "ftruncate64", int, off_t);
    return fails(TRUNCATE) ? -1 : real(fd, n);
}

int mkdir(const char *name, mode_t mode)
{
    NEXT(int, "mkdir", const char *, mode_t);
    return fails(MKDIR) ? -1 : real(name, mode);
}

int mkdirat(int fd, const char *name, mode_t mode)
{
    NEXT(int, "mkdirat", int, const char *, mode_t);
    return fails(MKDIR) ? -1 : real(fd, name, mode);
}

int unlinkat(int fd, const char *name, int flags)
{
    NEXT(int, "unlinkat", int, const char *, int);
    return fails(UNLINK) ? -1 : real(fd, name, flags);
}

int fchmod(int fd, mode_t mode)
{
    NEXT(int, "fchmod", int, mode_t);
    return fails(CHMOD) ? -1 : real(fd, mode);
}

int fchmodat(int fd, const char *name, mode_t mode, int flags)
{
    NEXT(int, "fchmodat", int, const char *, mode_t, int);
    return fails(CHMOD) ? -1 : real(fd, name, mode, flags);
}

int stat64(const char *name, struct stat64 *out)
{
    NEXT(int, "stat64", const char *, struct stat64 *);
    return fails(STAT) ? -1 : real(name, out);
}

int fstat64(int fd, struct stat64 *out)
{
    NEXT(int, "fstat64", int, struct stat64 *);
    return fails(STAT) ? -1 : real(fd, out);
}

int fstatat64(int fd, const char *name, struct stat64 *out, int flags)
{
    NEXT(int, "fstatat64", int, const char *, struct stat64 *, int);
    return fails(STAT) ? -1 : real(fd, name, out, flags);
}

typedef void *routine(void *);

int pthread_create(pthread_t *out, const pthread_attr_t *attributes, routine *run, void *argument)
{
    NEXT(int, "pthread_create", pthread_t *, const pthread_attr_t *, routine *, void *);
    return fails(THREAD) ? EAGAIN : real(out, attributes, run, argument);
}

int flock(int fd, int operation)
{
    NEXT(int, "flock", int, int);
    if (active && seed && random_number() % 4 == 0) {
        errno = EINTR;
        return -1;
    }
    return fails(LOCK) ? -1 : real(fd, operation);
}

typedef int compare(const struct dirent64 **, const struct dirent64 **);
typedef int filter(const struct dirent64 *);

int scandirat64(int fd, const char *name, struct dirent64 ***out, filter *wanted, compare *order)
{
    NEXT(int, "scandirat64", int, const char *, struct dirent64 ***, filter *, compare *);
    return fails(LIST) ? -1 : real(fd, name, out, wanted, order);
}

struct dirent64 *readdir64(DIR *list)
{
    NEXT(struct dirent64 *, "readdir64", DIR *);
    return fails(LIST) ? NULL : real(list);
}
