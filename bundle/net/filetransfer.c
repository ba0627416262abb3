#include "bundle/net/filetransfer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "formats/base/copyfd.h"
#include "formats/base/dir.h"

static const char scheme[] = "file://";

bool mf_filetransfer_handles(const char *url)
{
    return strncmp(url, scheme, strlen(scheme)) == 0;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The path of the URL in `out`; false where it is none. */
static bool decode_path(const char *url, char out[PATH_MAX])
{
    size_t n = 0;
    const char *p = url + strlen(scheme);
    if (*p != '/')
        return false;
    for (; *p && n < PATH_MAX - 1; p++) {
        char c = *p;
        if (c == '%') {
            int high = hex_value(p[1]);
            int low = high < 0 ? -1 : hex_value(p[2]);
            if (low < 0 || high * 16 + low == 0)
                return false;
            c = (char)(high * 16 + low);
            p += 2;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return *p == '\0';
}

static void fail(struct mf_transfer *t)
{
    t->outcome = t->error.code == MF_E_LIMIT ? MF_TRANSFER_TOO_BIG : MF_TRANSFER_FAILED;
    t->status = 0;
}

static int read_body(int fd, const char *path, struct mf_transfer *t)
{
    size_t got = 0;
    t->body = MF_BUF_INIT((size_t)t->limit);
    for (;;) {
        char piece[16 * 1024];
        if (mf_read_full(fd, piece, sizeof(piece), &got, path, &t->error) < 0) {
            t->error.code = MF_E_UPSTREAM;
            return -1;
        }
        mf_buf_add(&t->body, piece, got);
        t->received += got;
        if (mf_buf_check(&t->body, &t->error) < 0)
            return -1;
        if (got < sizeof(piece))
            return 0;
    }
}

void mf_filetransfer_run(struct mf_transfer *t)
{
    char path[PATH_MAX];
    struct stat st;
    if (!decode_path(t->url, path)) {
        mf_err_set(&t->error, MF_E_UPSTREAM, "%s: not a path", t->url);
        fail(t);
        return;
    }
    MF_CLEANUP(mf_fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == EACCES || errno == EPERM)) {
        t->outcome = MF_TRANSFER_STATUS;
        t->status = errno == ENOENT ? 404 : 403;
        return;
    }
    if (fd < 0 || fstat(fd, &st) < 0) {
        mf_err_errno(&t->error, errno, "open %s", path);
        t->error.code = MF_E_UPSTREAM;
        fail(t);
        return;
    }
    if (!S_ISREG(st.st_mode)) {
        mf_err_set(&t->error, MF_E_UPSTREAM, "open %s: not a regular file", path);
        fail(t);
        return;
    }
    t->outcome = MF_TRANSFER_OK;
    t->status = 200;
    t->length = (uint64_t)st.st_size;
    if (t->head_only)
        return;
    if ((t->fd >= 0 ? mf_copyfd_rest(fd, t->fd, t->limit, &t->received, path, &t->error) : read_body(fd, path, t)) < 0)
        fail(t);
}
