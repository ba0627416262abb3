/* What unpack knows about the tree that it fills, shared by the sinks for a
 * proxy tree and a GOMODCACHE. Internal to verify/.
 */
#ifndef MF_TREE_H
#define MF_TREE_H

#include "verify/installed.h"
#include "verify/sink.h"
#include "verify/treefiles.h"
#include "verify/unpack.h"

/* What was in the tree for one module of the bundle before. */
enum mf_there { MF_THERE_NOT, MF_THERE_RIGHT, MF_THERE_WRONG };

struct mf_tree {
    enum mf_tree_kind kind;
    struct mf_dir dir;
    const struct mf_manifest *m;
    enum mf_there *there;           /* per module */
    bool *skip;                     /* per module: right already, or not asked for */
    bool *touched;                  /* per module: its @v/list has to be made again */
    struct mf_installed_hash *zips; /* per module: the zip that this run has found right, or publishes */
    bool no_zips;                   /* a GOMODCACHE without a module's zip is right too */
    bool writing;                   /* MF_TREE_UNFINISHED is there */
    bool unrecorded;                /* there was no record that could be read */
    bool refused;                   /* the bundle, before anything of it was published: it has no say */
    bool unsupported;               /* this run took the mark away with which the tree serves its database */
    struct mf_installed record;
    struct mf_unpack_result *result;
    const struct mf_gosumdb *gosumdb; /* of this machine; may be NULL */
};

/* There while a run changes the tree. Where it was left behind, a run was killed
 * and the next one looks for its temporaries. */
#define MF_TREE_UNFINISHED ".modferry/unfinished"

/* To be called before the tree is changed; the first call makes the mark. */
int mf_tree_begin_writing(struct mf_tree *t, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fills in there, skip and touched: by the record where stat agrees, else by
 * hashing on several threads. An .info that is missing or says something else
 * is written on the way. Counts what is right as present. */
int mf_tree_survey(struct mf_tree *t, const struct mf_unpack_options *options,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Hashes what the tree holds of one module, whatever the record says, and
 * remembers its zip. Safe for several threads at once, for different modules. */
int mf_tree_look(struct mf_tree *t, size_t module, enum mf_there *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the module's .info with the tree's file mode. */
int mf_tree_write_info(const struct mf_tree *t, size_t module, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Puts a module whose files are all in place into the record. */
int mf_tree_record(struct mf_tree *t, size_t module, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_tree_record for one that this run wrote: counts it, and remembers that
 * its list has to be made again. */
int mf_tree_published(struct mf_tree *t, size_t module, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* 0644 in a proxy tree, 0666 as go in a GOMODCACHE; both less the umask. */
mode_t mf_tree_mode(const struct mf_tree *t) MF_NONNULL;

/* Remembers the zip that is about to be published, and counts one that is
 * not the one that the online half saw: made from its files, or that of a base. */
void mf_tree_note_zip(struct mf_tree *t, size_t module, const struct mf_digest *sha256) MF_NONNULL;

/* The sinks, with a tree as ctx. */
struct mf_sink mf_proxytree_sink(struct mf_tree *t) MF_NONNULL;
struct mf_sink mf_modcache_sink(struct mf_tree *t) MF_NONNULL;

/* Makes @v/list (and @latest) of one module path again. */
int mf_proxytree_list(struct mf_dir dir, struct mf_str path, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_modcache_list(struct mf_dir dir, struct mf_str path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* For sinks: publishes the .mod of a module, and its .info where it carries
 * nothing else. `ctx` is the struct mf_tree. */
int mf_tree_write_mod(void *ctx, size_t module, struct mf_str text, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
