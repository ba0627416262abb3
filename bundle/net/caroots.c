#include "bundle/net/caroots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/base/dir.h"

static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";

static size_t find(struct mf_str text, const char *what)
{
    const char *hit = text.n ? memmem(text.p, text.n, what, strlen(what)) : NULL;
    return hit ? (size_t)(hit - text.p) : text.n;
}

/* Appends the certificates in a text. Returns how many there are. */
static size_t add_certificates(struct mf_str text, struct mf_buf *out)
{
    size_t count = 0, at;
    while ((at = find(text, begin)) < text.n) {
        text = mf_str_from(text, at);
        size_t stop = find(text, end);
        if (stop == text.n)
            break;
        mf_buf_str(out, mf_str_head(text, stop + strlen(end)));
        mf_buf_byte(out, '\n');
        text = mf_str_from(text, stop + strlen(end));
        count++;
    }
    return count;
}

/* Links are followed: Debian's directory of roots consists of them. Returns the
 * number of certificates, or -1. */
static int add_file(int dir, const char *name, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_CAROOTS_MAX);
    MF_CLEANUP(mf_fd_release) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t got = 0;
    if (fd < 0)
        return mf_err_errno(err, errno, "open %s", name);
    do {
        char *to = mf_buf_room(&text, 16 * MF_KIB);
        if (!to)
            return mf_buf_check(&text, err) < 0 ? mf_err_prefix(err, "read %s", name) : 0;
        if (mf_read_full(fd, to, 16 * MF_KIB, &got, name, err) < 0)
            return -1;
        mf_buf_grew(&text, got);
    } while (got == 16 * MF_KIB);
    return (int)add_certificates(mf_buf_view(&text), out);
}

static void add_directory(const char *path, struct mf_buf *out)
{
    struct mf_err ignored;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            (void)add_file(dirfd(dir), entry->d_name, out, &ignored);
    if (dir)
        closedir(dir);
}

static void add_directories(struct mf_str list, struct mf_buf *out)
{
    while (list.p) {
        MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
        mf_buf_str(&path, mf_str_cut(list, ':', &list));
        const char *name = mf_buf_cstr(&path);
        if (name && name[0])
            add_directory(name, out);
    }
}

static int refuse(const char *file, struct mf_err *err)
{
    mf_err_set(err, MF_E_USAGE, "--ca %s: there is no certificate in it", file);
    return mf_err_next(err, "pass a file with certificates in PEM form");
}

static int check_readable(const char *option, const char *file, struct mf_err *err)
{
    if (!file || access(file, R_OK) == 0)
        return 0;
    return mf_err_errno(err, errno, "%s: open %s", option, file);
}

/* curl copies what it is given in memory for every request, 220 KB of a system's roots
 * twice; of a file it takes the name. Where there can be none it is given the bytes. */
static void make_file(struct mf_caroots *r)
{
    struct mf_err ignored;
    r->fd = r->bytes.n ? memfd_create("certificates", MFD_CLOEXEC) : -1;
    if (r->fd < 0 || mf_write_full(r->fd, r->bytes.p, r->bytes.n, "certificates", &ignored) < 0)
        return;
    snprintf(r->name, sizeof(r->name), "/proc/self/fd/%d", r->fd);
    if (access(r->name, R_OK) < 0)
        r->name[0] = '\0';
}

int mf_caroots_read(struct mf_caroots *r, const struct mf_transport_options *options, char *(*getenv_fn)(const char *),
                    struct mf_err *err)
{
    const char *file = getenv_fn("SSL_CERT_FILE"), *dir = getenv_fn("SSL_CERT_DIR");
    struct mf_err ignored;
    const bool has_file = file && file[0], has_dir = dir && dir[0];
    if (check_readable("--client-cert", options->client_cert, err) < 0 ||
        check_readable("--client-key", options->client_key, err) < 0)
        return -1;
    r->file = has_file ? file : NULL;
    if (!options->ca_file && !has_dir)
        return 0;
    if (options->ca_file) {
        int count = add_file(AT_FDCWD, options->ca_file, &r->bytes, err);
        if (count <= 0)
            return count < 0 ? mf_err_prefix(err, "--ca") : refuse(options->ca_file, err);
    }
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    /* curl's own directory of roots goes on counting, unless SSL_CERT_DIR says otherwise */
    r->no_directory = has_dir;
    const char *system = has_dir || !curl->capath ? curl->cainfo : NULL;
    if (has_file || system)
        (void)add_file(AT_FDCWD, has_file ? file : system, &r->bytes, &ignored);
    if (has_dir)
        add_directories(mf_str(dir), &r->bytes);
    if (mf_buf_check(&r->bytes, err) < 0)
        return -1;
    make_file(r);
    return 0;
}

CURLcode mf_caroots_set(const struct mf_caroots *r, CURL *easy)
{
    struct curl_blob blob = {r->bytes.p, r->bytes.n, CURL_BLOB_NOCOPY};
    const char *file = r->name[0] ? r->name : r->file;
    CURLcode rc = CURLE_OK;
    if (r->no_directory && (curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK ||
                            curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL) != CURLE_OK))
        return CURLE_OUT_OF_MEMORY;
    if (r->bytes.n && !r->name[0]) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
        return rc == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob) : rc;
    }
    if (file)
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    return rc == CURLE_OK && file ? curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, file) : rc;
}

void mf_caroots_release(struct mf_caroots *r)
{
    mf_fd_release(&r->fd);
    mf_buf_release(&r->bytes);
}
