/* The client of the checksum database: records of modules, proved.
 *
 * As go's client (GOROOT/src/cmd/vendor/golang.org/x/mod/sumdb/client.go), but
 * for all modules at once: the answers are fetched, every tree head in them and
 * the newest one seen before must be signed and lie on one line, the newest of
 * all is the head that every record is proved under, by tiles. What was proved is
 * kept (sumdbcache.h), so that a second run asks for nothing, and works without a
 * network. What was kept is proved again, and where it does not hold it is
 * fetched anew once.
 *
 * A head, record or tile that does not hold is MF_E_SUMDB; two heads that
 * contradict each other are both shown, and kept on disk as evidence.
 */
#ifndef MF_SUMDB_H
#define MF_SUMDB_H

#include "bundle/sumdbcache.h"
#include "bundle/sumdbget.h"
#include "bundle/watch.h"
#include "formats/tileproof.h"

/* A signed tree head. */
struct mf_sumdb_head {
    struct mf_treehead tree;
    struct mf_str note;
};

/* One module version, and what the database says of it. */
struct mf_sumdb_record {
    struct mf_module id;     /* set by the caller; different ones */
    struct mf_lookup lookup; /* proved under the head; slices of the arena. `note` is not that head */
    struct mf_err *missing;  /* where the database does not know it (404, 410): its words; else NULL */
    bool kept;               /* came from the store */
};

struct mf_sumdb_options {
    const struct mf_gosumdb *db; /* not off */
    const struct mf_proxies *proxies;
    const struct mf_store *store;
    const char *heads_path; /* sumdbcache.h */
    struct mf_transport *transport;
    const struct mf_watch *watch; /* may be NULL */
    bool offline;                 /* what is kept answers alone */
    const struct mf_str *older; /* more signed heads to prove: those that clients may hold; borrowed, their text too */
    size_t older_count;
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* records; may be NULL */
    void *progress_ctx;
};

struct mf_sumdb {
    struct mf_sumdb_options options;
    struct mf_sumdbcache cache;
    struct mf_sumdbget get;
    struct mf_sumdb_head *heads; /* different ones that were met in this run */
    size_t head_count, head_cap;
    struct mf_sumdb_head head; /* after mf_sumdb_prove: the newest */
    struct mf_tileproof proof; /* under it: tiles of every record, checked */
    struct mf_arena arena;
};

#define MF_SUMDB_INIT ((struct mf_sumdb){.cache = MF_SUMDBCACHE_NONE, .arena = MF_ARENA_INIT(1024 * MF_MIB)})

/* Opens what is kept. What the options point to must outlive *s, which must not
 * move. Release it whatever the result is. */
int mf_sumdb_open(struct mf_sumdb *s, const struct mf_sumdb_options *options,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_sumdb_release(struct mf_sumdb *s) MF_NONNULL;

/* Checks a signed head, whose text must live in the arena, and adds it to those
 * of this run. MF_E_SUMDB where it does not hold, or contradicts one of the same
 * size. */
int mf_sumdb_add_head(struct mf_sumdb *s, struct mf_str note, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Looks up and proves n > 0 records; once per client. MF_E_SUMDB as above;
 * MF_E_OFFLINE; MF_E_UPSTREAM, MF_E_NETWORK; MF_E_NOT_FOUND where tiles are missing. */
int mf_sumdb_prove(struct mf_sumdb *s, struct mf_sumdb_record *records, size_t n,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
