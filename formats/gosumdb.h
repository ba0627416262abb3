/* GOSUMDB: which checksum database, under which key, and where.
 *
 *     NAME            a database that go knows: its key is built in
 *     NAME+HASH+KEY   a verifier key (note.h)
 *     ... URL         either, and where to ask, without proxies
 *     off             none
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/sumdb.go (dbDial). The name is
 * host[/path] and a part of file names and URLs; stricter than go, its elements
 * may hold letters, digits and "-._~:" only, and are not "." or "..".
 */
#ifndef MF_GOSUMDB_H
#define MF_GOSUMDB_H

#include "formats/base/arena.h"
#include "formats/note.h"

#define MF_GOSUMDB_NAME_MAX 255 /* bytes of a name */

struct mf_gosumdb {
    bool off;
    struct mf_notekey key;  /* key.name is the name of the database */
    struct mf_str key_text; /* the verifier key in full */
    bool known;             /* go knows the key by the name */
    struct mf_str url;      /* as given; empty: to be asked through proxies, or at https://NAME */
};

/* Parses a value of GOSUMDB; the result lives in the arena. MF_E_USAGE:
 * "missing GOSUMDB", "invalid GOSUMDB: ...". The URL is not looked at. */
int mf_gosumdb_parse(struct mf_str value, struct mf_gosumdb *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for a name that a database may have. */
bool mf_gosumdb_name_valid(struct mf_str name);

#endif
