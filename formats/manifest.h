/* The manifest of a bundle, format 1 (docs/format-bundle.md).
 *
 * In memory it is one struct per object of the JSON. `modules` joins what the
 * JSON keeps in three parallel lists (content, provenance, payload), `roots`
 * what it keeps in two (content, statement): the same index is the same one. Slices and arrays live in the arena that
 * was passed in; a manifest itself needs no release.
 *
 * The bundle id is the SHA-256 of the canonical JSON of `content`.
 */
#ifndef MF_MANIFEST_H
#define MF_MANIFEST_H

#include "formats/base/arena.h"
#include "formats/base/hash.h"
#include "formats/modpath.h"

#define MF_MANIFEST_MAX (8 * MF_MIB) /* bytes of manifest.json */
#define MF_MANIFEST_FORMAT "modferry-bundle/1"
#define MF_FRAME_RAW_MAX (16 * MF_MIB)   /* bytes of payload in one frame */
#define MF_MEMBER_PATH_MAX 1024          /* bytes of a member's name */
#define MF_SUMDB_RANGE_MAX (64 * MF_MIB) /* bytes of members sumdb/...: held in memory until they are proved */
#define MF_SUMDB_OLDER_MAX 4096          /* older heads: each costs some hundred hashes */
#define MF_BASE_RANGE_MAX (32 * MF_MIB)  /* bytes of members base/...: held in memory while the payload is read */
#define MF_PREFIX_MAX (16 * MF_MIB)      /* bytes that a frame may be compressed after */

enum mf_level { MF_LEVEL_BUILD, MF_LEVEL_TEST, MF_LEVEL_TIDY, MF_LEVEL_ALL };

enum mf_form {
    MF_FORM_NONE,  /* only_mod: nothing but its .mod */
    MF_FORM_FILES, /* members src/...: its zip is rebuilt from them */
    MF_FORM_ZIP,   /* one member zip/...: the zip as served */
    MF_FORM_HELD,  /* no bytes: the far side has it (a difference) */
};

/* A range of the payload stream in bytes: whole tar members, from the first
 * header to the padding of the last. */
struct mf_span {
    uint64_t offset, length;
};

/* One command of a rehearsal. */
struct mf_manifest_run {
    struct mf_str command;  /* as promised */
    struct mf_str ran;      /* what was run in its place; empty: the command itself */
    struct mf_str platform; /* "os/arch" that it was run for; empty: that of the rehearsal */
    struct mf_str result;   /* "ok", "failed" or "skipped" */
    struct mf_str why;      /* it failed or was skipped; empty where ok */
};

/* What `modferry rehearse` found out about a root. */
struct mf_manifest_rehearsed {
    struct mf_str go;        /* version of the go command, "go1.26.0"; empty: no rehearsal is recorded */
    struct mf_str platform;  /* "os/arch" on which it ran */
    struct mf_str time;      /* RFC 3339 UTC */
    struct mf_str tool;      /* "modferry 0.1.0" */
    struct mf_str *settings; /* "NAME=value": what differed from the settings of `modferry env` */
    size_t setting_count;
    struct mf_manifest_run *runs;
    size_t run_count;
};

struct mf_manifest_root {
    struct mf_module module; /* version empty: a directory, path of its main module */
    /* For a directory: lower-case hex SHA-256 of the files, empty where absent. */
    struct mf_str go_mod, go_sum, go_work, go_work_sum;
    /* statement */
    struct mf_str *commands; /* go commands promised to work past the gap, in this root */
    size_t command_count;
    struct mf_str
        *missing_sums; /* go.sum lines that it lacks and go asks for: "PATH VERSION" or "PATH VERSION/go.mod" */
    size_t missing_sum_count;
    struct mf_manifest_rehearsed rehearsed;
};

struct mf_manifest_module {
    struct mf_module id;
    /* content */
    struct mf_str h1;     /* of the zip; empty where only_mod */
    struct mf_str mod_h1; /* of the .mod */
    bool only_mod;        /* carries its .mod and .info alone */
    uint64_t size;        /* sum of file sizes in bytes; 0 where only_mod */
    uint64_t files;       /* number of files; 0 where only_mod */
    /* provenance */
    struct mf_str time;        /* RFC 3339, of the .info; may be empty */
    struct mf_str source;      /* proxy URL without credentials; may be empty */
    struct mf_str zip_sha256;  /* lower-case hex; empty where only_mod */
    struct mf_str retracted;   /* the author's reason, where looked up and so; else empty */
    struct mf_str deprecated;  /* what the author says instead of it, likewise */
    uint64_t record;           /* 1 + the number of the checksum database's record that proves it; 0 where none does */
    struct mf_str not_covered; /* why none does; empty where one does, and where there is no tree_head */
    /* payload */
    enum mf_form form;
    enum mf_form full;      /* MF_FORM_HELD: the form in the full bundle; else MF_FORM_NONE */
    struct mf_span mod;     /* member meta/... */
    struct mf_span content; /* members src/... or zip/...; length 0 where none */
    /* derived, never written: how its content comes to who reads it, `form` or what the base has it in (MF_FORM_HELD
     * while there is no base) */
    enum mf_form comes;
};

struct mf_manifest_attachment {
    struct mf_str name; /* member attachments/<name> */
    struct mf_str media_type;
    uint64_t size;
    struct mf_str sha256;
};

/* A tree head that clients past the gap may hold. */
struct mf_manifest_older {
    uint64_t size;
    struct mf_str root; /* base64 */
};

/* A module of which the base must have files. */
struct mf_base_module {
    struct mf_module id;
    struct mf_str h1; /* of its zip */
};

/* What a frame is compressed after (a zstd prefix): the files that its list names (baselist.h), joined. */
struct mf_frame_base {
    uint64_t prefix_size; /* bytes, at most MF_PREFIX_MAX; 0: the frame stands alone, and nothing else is set */
    struct mf_digest prefix_sha256;
    struct mf_base_module *modules; /* whose files they are, sorted by mf_module_order */
    size_t module_count;
};

struct mf_frame {
    uint64_t offset;   /* in the payload stream */
    uint64_t raw_size; /* bytes of payload, 1 to MF_FRAME_RAW_MAX */
    uint64_t size;     /* bytes compressed */
    struct mf_digest raw_sha256, sha256;
    struct mf_frame_base base;
};

struct mf_manifest {
    /* content */
    struct mf_manifest_root *roots;
    size_t root_count;
    enum mf_level level;
    struct mf_str go; /* Go release that std packages and build tags were taken from */
    struct mf_str *platforms, *tags, *toolchains;
    size_t platform_count, tag_count, toolchain_count;
    struct mf_manifest_module *modules; /* sorted by mf_module_order */
    size_t module_count;
    /* statement */
    struct mf_str channel;
    uint64_t counter;
    struct mf_str created, expires; /* RFC 3339 UTC; expires may be empty */
    struct mf_str *queries;         /* roots as typed */
    size_t query_count;
    struct mf_str tool, zstd; /* versions, "modferry 0.1.0", "1.5.4" */
    /* provenance */
    struct mf_str tree_head; /* signed note of the checksum database; empty where it proved nothing */
    /* payload */
    struct mf_span base;      /* members base/..., at offset 0, in frames of their own; length 0: none */
    struct mf_str sumdb_name; /* of the checksum database whose proofs are carried; empty: none */
    struct mf_span sumdb;     /* members sumdb/...; behind those */
    struct mf_manifest_older *older;
    size_t older_count;
    uint64_t payload_size; /* bytes of the payload stream */
    struct mf_manifest_attachment *attachments;
    size_t attachment_count;
    struct mf_frame *frames;
    size_t frame_count;
    /* derived, never written */
    struct mf_digest id;
};

/* Parses and checks manifest.json. MF_E_UNSUPPORTED for an unknown format,
 * `requires` entry or field in content, payload or frames; MF_E_LIMIT for a
 * number over its limit; MF_E_DAMAGED for everything else, contradictions
 * included: modules out of order or double, spans that leave the payload or
 * overlap, frames that do not join, forms that need a feature not in `requires`,
 * paths and versions that Go would not accept. */
int mf_manifest_parse(struct mf_str text, struct mf_manifest *out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the canonical JSON and stores the id in m. `requires` follows from
 * the forms in use. The result parses back to an equal manifest. */
int mf_manifest_write(struct mf_manifest *m, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where modules are left out that the far side holds, or frames are compressed after files of it. */
bool mf_manifest_is_difference(const struct mf_manifest *m) MF_NONNULL;

/* True where frame f holds a byte of the span. */
static inline bool mf_frame_meets(const struct mf_frame *f, const struct mf_span *s)
{
    return s->length && s->offset < f->offset + f->raw_size && f->offset < s->offset + s->length;
}

/* True where the packer's settings say that nobody is to be asked about the
 * module (`not_covered` ends in "matches it"). */
bool mf_manifest_is_exempt(const struct mf_manifest_module *m) MF_NONNULL;

/* "build", "test", "tidy", "all"; false where the name is none of them. */
const char *mf_level_name(enum mf_level level);
bool mf_level_parse(struct mf_str name, enum mf_level *out) MF_NONNULL MF_NODISCARD;

/* Order of roots: bytewise by path, version, then the digests; total, so the order of any set of roots is given. */
int mf_manifest_root_order(const struct mf_manifest_root *a, const struct mf_manifest_root *b) MF_NONNULL;

/* Index of a module by path and version, or -1. Binary search. */
long mf_manifest_find(const struct mf_manifest *m, struct mf_module id) MF_NONNULL;

#endif
