/* What .info files say: {"Version": ..., "Time": ...}.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/proxy.go (Stat). Keys match in any
 * case, as encoding/json has it; unknown ones are passed over.
 */
#ifndef MF_MODULEINFO_H
#define MF_MODULEINFO_H

#include "formats/base/arena.h"
#include "formats/timetext.h"

#define MF_MODULEINFO_MAX MF_MIB /* bytes of text */

struct mf_moduleinfo {
    struct mf_str version; /* never empty */
    struct mf_str time;    /* as written; empty where there is none */
    int64_t seconds;       /* of time; MF_TIMETEXT_ZERO where there is none */
};

/* Reads an .info or an answer of @latest; slices live in the arena. MF_E_UPSTREAM
 * where it is no JSON object, has no Version or a Time that is not one. */
int mf_moduleinfo_parse(struct mf_str text, struct mf_moduleinfo *out, struct mf_arena *arena,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks that `text` is a JSON object whose Version is `version` and whose Time,
 * where there is one, is a time: MF_E_UPSTREAM otherwise, naming both versions or
 * what is wrong with the text. MF_E_NOMEM. */
int mf_moduleinfo_check(struct mf_str text, struct mf_str version, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The Time of a text that has passed that check, as written; empty where there
 * is none. */
int mf_moduleinfo_time(struct mf_str text, struct mf_arena *arena, struct mf_str *time_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
