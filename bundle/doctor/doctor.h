/* `modferry doctor`: why modules do not arrive, step by step.
 *
 * Looked at are the entries of GOPROXY, the checksum database and the hosts that
 * private modules come from; or one URL in their place. For each: the name, each of
 * its addresses, the forward proxy, TLS, the first answer, and with a module its
 * list, .info, .mod and .zip, which are hashed and compared with go.sum and the
 * checksum database. A subject ends at its first failure. Nothing is taken from the
 * store and nothing is kept.
 *
 * Each step has a limit: `seconds` for a name, for connections, for a handshake,
 * for the first byte of an answer and between two of them; a body may take
 * MF_DOCTOR_BODY_FACTOR times as long.
 */
#ifndef MF_DOCTOR_H
#define MF_DOCTOR_H

#include "bundle/doctor/diagnosis.h"

#define MF_DOCTOR_SECONDS 10
#define MF_DOCTOR_SECONDS_MAX 300
#define MF_DOCTOR_BODY_FACTOR 6
#define MF_DOCTOR_SAMPLES 3      /* of each mirror */
#define MF_DOCTOR_MIRRORS_MAX 16 /* that are compared at once */

struct mf_doctor_options {
    const char *url;     /* in the place of GOPROXY; or NULL */
    const char *module;  /* path or path@version; or NULL */
    const char *mirrors; /* URLs, joined by commas: these are compared, and nothing else is looked at; or NULL */
    const char *ca_file, *client_cert, *client_key; /* as in transport.h */
    unsigned seconds;                               /* >= 1 */
    const volatile int *stop;                       /* as in transport.h */
    /* called when what was found so far is complete, so that it can be shown; may be NULL */
    void (*show)(void *ctx, const struct mf_diagnosis *found);
    void *show_ctx;
};

/* Fills in `out`, which was initialised. Whatever is wrong with the network, a
 * server or Go's settings is a finding. Failures are MF_E_USAGE (an operand, or an option
 * that names no certificate), those of memory and of the local file system, and
 * interruptions. */
int mf_doctor_run(const struct mf_doctor_options *options, struct mf_diagnosis *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
