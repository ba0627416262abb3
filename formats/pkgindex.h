/* The index of a module's packages: what each of its .go files imports, so that
 * its zip need not be opened again.
 *
 * An index is made once from the files of a module, serialised, kept, and read
 * in place:
 *
 *     struct mf_pkgindex_maker *m;
 *     mf_pkgindex_maker_new(&m, err);
 *     for each file: mf_pkgindex_add(m, "sub/x.go", content, err);
 *     mf_pkgindex_finish(m, &bytes, err);
 *     mf_pkgindex_maker_free(&m);
 *     ...
 *     struct mf_pkgindex index;
 *     mf_pkgindex_open(&index, bytes, err);
 *     if (mf_pkgindex_find(&index, MF_LIT("sub"), &dir))
 *         for (i = dir.first; i < dir.end; i++)
 *             file = mf_pkgindex_file(&index, i);
 *
 * Every directory with a .go file of any kind is in it, wherever it is
 * (testdata, vendor, _x): which directories hold packages is the caller's rule.
 * Which directories make their module a candidate for an import path, go 1.26
 * decides by its own index, which passes over files whose names begin with '_'
 * or '.'; only where it has none (a local directory changed within the last two
 * seconds) does any regular *.go file count. `has_visible` tells the former,
 * that the directory is in this index at all the latter.
 *
 * Bytes (version 1; all numbers little-endian, 32 bits): magic "mfpkgix1",
 * counts D, F, R, S, N; table of strings: S + 1 offsets into the text; D + 1
 * directories (path, first file); F + 1 files (name, package, constraint, fault
 * text, flags, first import, first embed); R strings that files refer to, their
 * imports first, then their embeds; N bytes of text. Directories are in bytewise
 * order of paths, the files of each in bytewise order of names; strings are
 * numbered as they are first used, so equal modules give equal bytes.
 */
#ifndef MF_PKGINDEX_H
#define MF_PKGINDEX_H

#include "formats/base/buf.h"

#define MF_PKGINDEX_MAX (256 * MF_MIB) /* bytes of a serialised index */

/* Flags of a file. */
enum {
    MF_PKGINDEX_TEST = 1,    /* its name ends in _test.go */
    MF_PKGINDEX_XTEST = 2,   /* and its package in _test: it is outside the package it tests */
    MF_PKGINDEX_CGO = 4,     /* it imports "C" */
    MF_PKGINDEX_EMBED = 8,   /* it has //go:embed patterns */
    MF_PKGINDEX_HIDDEN = 16, /* its name begins with '_' or '.': go never reads it, nor do we */
    /* Faults, see formats/goimports.h; with any of them go's index has no imports
     * for the file. */
    MF_PKGINDEX_SYNTAX = 32,
    MF_PKGINDEX_NUL = 64,
    MF_PKGINDEX_CONSTRAINTS = 128,
};

#define MF_PKGINDEX_FAULTS (MF_PKGINDEX_SYNTAX | MF_PKGINDEX_NUL | MF_PKGINDEX_CONSTRAINTS)

struct mf_pkgindex_maker;

int mf_pkgindex_maker_new(struct mf_pkgindex_maker **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* *m may be NULL. */
void mf_pkgindex_maker_free(struct mf_pkgindex_maker **m) MF_NONNULL;

/* True where the content of the file matters; of others the name is enough. */
bool mf_pkgindex_wants(struct mf_str name);

/* Adds a file of the module: `name` relative to its root, with slashes; the
 * whole content where mf_pkgindex_wants(name). Names that do not end in .go are
 * passed over. For directories on disk the caller leaves out what is below a
 * nested go.mod, and what is no regular file. Nothing of the arguments is kept.
 * A broken file is no failure. MF_E_LIMIT, MF_E_NOMEM. */
int mf_pkgindex_add(struct mf_pkgindex_maker *m, struct mf_str name, struct mf_str content,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the serialised index to `out`. The order in which files were added
 * does not matter. MF_E_DAMAGED where a name was added twice, MF_E_LIMIT,
 * MF_E_NOMEM. The maker is spent. */
int mf_pkgindex_finish(struct mf_pkgindex_maker *m, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* An index in its serialised form, which stays the caller's and unchanged. */
struct mf_pkgindex {
    struct mf_str bytes;
    uint32_t dirs, files, refs, strings; /* counts */
    const unsigned char *string_table, *dir_table, *file_table, *ref_table;
    struct mf_str text;
};

struct mf_pkgindex_dir {
    struct mf_str path;  /* relative to the module's root, which is the empty path */
    uint32_t first, end; /* its files: numbers from first to below end */
    bool has_visible;    /* one of them is not hidden */
};

struct mf_pkgindex_file {
    struct mf_str name; /* base name */
    struct mf_str package;
    struct mf_str constraint; /* for mf_buildtags_match_text; empty: none */
    /* The constraint's number: equal in one index where the texts are equal, and
     * below index->strings; for remembering which of them match. */
    uint32_t constraint_id;
    struct mf_str fault_text; /* "LINE:COLUMN: message" */
    unsigned flags;
    uint32_t imports, imports_end; /* mf_pkgindex_ref numbers; in bytewise order, no repetitions, without "C" */
    uint32_t embeds, embeds_end;   /* the same for embed patterns */
};

/* Opens a serialised index: checks every number in it, in one pass and without
 * allocation, after which the functions below cannot fail. MF_E_UNSUPPORTED
 * where it is of another version, MF_E_DAMAGED where it contradicts itself. (A
 * changed string is not noticed: whoever keeps indexes keeps their hashes.) */
int mf_pkgindex_open(struct mf_pkgindex *out, struct mf_str bytes, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Finds a directory by its path, in O(log n); false where it has no .go file. */
bool mf_pkgindex_find(const struct mf_pkgindex *index, struct mf_str path,
                      struct mf_pkgindex_dir *out) MF_NONNULL MF_NODISCARD;

/* Directory number i < index->dirs, and file number i < index->files. */
struct mf_pkgindex_dir mf_pkgindex_dir(const struct mf_pkgindex *index, uint32_t i) MF_NONNULL;
struct mf_pkgindex_file mf_pkgindex_file(const struct mf_pkgindex *index, uint32_t i) MF_NONNULL;

/* An import path or embed pattern. *id_out (may be NULL) becomes a number below
 * index->strings that stands for the text in this index. */
struct mf_str mf_pkgindex_ref(const struct mf_pkgindex *index, uint32_t i, uint32_t *id_out) MF_NONNULL_ARGS(1);

#endif
