/* netrc files, as go reads them (GOROOT/src/cmd/go/internal/auth/netrc.go): words
 * in pairs, a machine with login and password; macros are passed over, `default`
 * alone on a line ends the file, and else means as little as quotes do.
 */
#ifndef MF_NETRC_H
#define MF_NETRC_H

#include "bundle/net/credentials.h"

#define MF_NETRC_MAX MF_MIB /* bytes of the file */

/* Stores what the text of a file says where `out` has nothing for a machine yet,
 * so that the first of several lines counts. A machine may be host[:port][/path]. */
int mf_netrc_parse(struct mf_str text, struct mf_credentials *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Stores what $NETRC, else ~/.netrc says, also over what is there; a file that is not there says nothing. */
int mf_netrc_read(char *(*getenv_fn)(const char *), struct mf_credentials *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
