/* The lists base/<n> of a difference while it is packed: after which files each
 * frame is compressed. Frames are counted from 0, from the first one behind the
 * lists on.
 */
#ifndef MF_PACKLISTS_H
#define MF_PACKLISTS_H

#include "formats/baselist.h"
#include "formats/bundleout.h"
#include "formats/heldset.h"

struct mf_packlist {
    struct mf_buf text;
    uint64_t size; /* of the files, bytes */
    size_t lines;
    struct mf_module last; /* of the last line of a file */
};

struct mf_packlists {
    struct mf_packlist *lists; /* owned */
    size_t count, cap;
    uint64_t bytes;   /* of the lists' members, at most MF_BASE_RANGE_MAX */
    size_t named;     /* modules that frames name, counted once more where lines of another stand between */
    size_t first;     /* the frame in which the part that is laid out begins; spans count from there */
    size_t *last;     /* owned; of each old file: 1 + the last frame whose list it is in */
    size_t last_size; /* old files */
};

/* For old files that have numbers below `numbers`. `l` is all zero; release it
 * whatever the result is. */
int mf_packlists_init(struct mf_packlists *l, size_t numbers, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_packlists_release(struct mf_packlists *l) MF_NONNULL;

#define MF_PACKLISTS_ONCE ((size_t)-1) /* of a file that is asked for once */

/* Adds a file of `size` bytes to the list of each frame that holds a part of the
 * span, where it is not in it yet (`number`) and there is room: for the frame, and in what a reader holds in
 * memory of all lists and of the manifest. `line` points at text that outlives the lists. Spans rise. */
int mf_packlists_add(struct mf_packlists *l, struct mf_span span, const struct mf_baselist_line *line, uint64_t size,
                     size_t number, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Puts the lines of each list in order: files of one module together, as modules
 * are sorted, behind what is of no zip. After the last _add. */
int mf_packlists_sort(struct mf_packlists *l, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The list of frame n; empty where it has none. */
struct mf_str mf_packlists_text(const struct mf_packlists *l, size_t n) MF_NONNULL;

/* Writes the members, and a cut; *span_out is what they take, from offset 0 on. */
int mf_packlists_write(const struct mf_packlists *l, struct mf_bundleout *out, struct mf_span *span_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Names the modules of frames[].base, after mf_bundleout_finish. */
int mf_packlists_describe(const struct mf_packlists *l, const struct mf_heldset *held, struct mf_manifest *m,
                          struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
