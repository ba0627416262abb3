/* The files of `go env -w` and GOROOT/go.env: a setting a line, KEY=value; and the
 * words of one of the settings.
 *
 * Rules: GOROOT/src/cmd/go/internal/cfg/cfg.go (readEnvFile). A line without '='
 * says nothing; the value is what stands behind the first one, as it is. Of
 * several lines for one key the last counts.
 */
#ifndef MF_GOENV_H
#define MF_GOENV_H

#include "formats/base/str.h"

/* True where the text has a value for `key`, which may be empty: *out becomes a
 * slice of the text. Otherwise *out stays as it is. */
bool mf_goenv_find(struct mf_str text, const char *key, struct mf_str *out) MF_NONNULL;

/* The value of -mod in GOFLAGS, of several the last one: "vendor". Empty where there
 * is none. */
struct mf_str mf_goenv_mod(struct mf_str goflags);

#endif
