/* The certificates of the authorities that are trusted, and what is shown to
 * servers that ask for one.
 *
 * As Go has it (crypto/x509, root_unix.go): SSL_CERT_FILE takes the place of the
 * system's file, SSL_CERT_DIR (directories joined by colons, all files in them)
 * that of its directory. `ca_file` adds to what these say.
 */
#ifndef MF_CAROOTS_H
#define MF_CAROOTS_H

#include <curl/curl.h>

#include "bundle/net/transport.h"
#include "formats/base/buf.h"

#define MF_CAROOTS_MAX (16 * MF_MIB) /* bytes of certificates */

struct mf_caroots {
    const char *file;    /* in place of curl's own; NULL: that one */
    struct mf_buf bytes; /* in place of the file, where not empty */
    int fd;              /* owned: a file in memory with the bytes, or -1 */
    char name[32];       /* of that file, or empty */
    bool no_directory;   /* curl's own directory of roots does not count */
};

#define MF_CAROOTS_INIT ((struct mf_caroots){.bytes = MF_BUF_INIT(MF_CAROOTS_MAX), .fd = -1})

/* Reads what has to be read, and makes sure that the files of the options are
 * there. `getenv_fn` is getenv but for tests. MF_E_USAGE where ca_file holds no
 * certificate; what the environment names and cannot be read is passed over. */
int mf_caroots_read(struct mf_caroots *r, const struct mf_transport_options *options, char *(*getenv_fn)(const char *),
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Both for a server and for a proxy with TLS. */
CURLcode mf_caroots_set(const struct mf_caroots *r, CURL *easy) MF_NONNULL MF_NODISCARD;

void mf_caroots_release(struct mf_caroots *r) MF_NONNULL;

#endif
