/* What .info files say: {"Version": ..., "Time": ...}.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/proxy.go (Stat). Keys match in any
 * case, as encoding/json has it; unknown ones are passed over.
 */
#ifndef MF_MODULEINFO_H
#define MF_MODULEINFO_H

#include "formats/base/buf.h"

#define MF_MODULEINFO_MAX MF_MIB /* bytes of text */

/* Checks that `text` is a JSON object whose Version is `version`: MF_E_UPSTREAM
 * otherwise, naming both versions or what is wrong with the text. MF_E_NOMEM. */
int mf_moduleinfo_check(struct mf_str text, struct mf_str version, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
