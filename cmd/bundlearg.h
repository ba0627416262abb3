/* A bundle named on the command line, behind the trust gate. */
#ifndef MF_BUNDLEARG_H
#define MF_BUNDLEARG_H

#include <jansson.h>

#include "cmd/trustopts.h"

struct mf_bundlearg {
    const char *name; /* for messages: the path, or "standard input" */
    int fd;           /* behind the head */
    struct mf_gate gate;
    uint64_t trust_version;          /* of the trust document that vouches for it; 0: none */
    struct mf_overridden overridden; /* what --override-trust went past */
};

#define MF_BUNDLEARG_INIT ((struct mf_bundlearg){.fd = -1})

/* Opens `path` ("-": standard input). Nothing of it is read. */
int mf_bundlearg_open(const char *path, struct mf_bundlearg *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads the head and passes it through the gate; unless the bundle is only to be
 * looked at, checks its age and the state. */
int mf_bundlearg_pass(struct mf_trustopts *trust, struct mf_bundlearg *bundle,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_bundlearg_release(struct mf_bundlearg *bundle) MF_NONNULL;

/* Prints what goes before everything else: the line UNVERIFIED unless a trusted
 * signature holds, and a line OVERRIDDEN for each refusal that was overridden. */
void mf_bundlearg_warning_lines(const struct mf_bundlearg *bundle) MF_NONNULL;

/* Where the result is bytes alone: UNVERIFIED goes to standard error. */
void mf_bundlearg_unverified_beside(const struct mf_bundlearg *bundle) MF_NONNULL;

/* Prints who signed, bundle id and level, a line each, names padded alike. */
void mf_bundlearg_lines(const struct mf_bundlearg *bundle) MF_NONNULL;

/* Prints words below one another, the label before the first. */
void mf_bundlearg_words(const char *label, const struct mf_str *words, size_t count) MF_NONNULL_ARGS(1);

/* Prints what a bundle was made for and when: platforms, tags, toolchains, with `channel` that and the counter, times,
 * attachments; lines as above, where there is something to say. */
void mf_bundlearg_statement_lines(const struct mf_manifest *m, bool channel) MF_NONNULL_ARGS(1);

/* Prints how many modules a difference leaves out; nothing of a full bundle. */
void mf_bundlearg_difference_line(const struct mf_manifest *m) MF_NONNULL;

/* A new object with "verified", "bundle", "id", "manifest_sha256", "signer",
 * "level" and, of a trust document, "trust" and, where something was overridden,
 * "overridden"; NULL where memory is short. */
json_t *mf_bundlearg_json(const struct mf_bundlearg *bundle) MF_NONNULL;

/* Number of modules that carry nothing but their .mod; that are left out, because
 * the far side holds them. */
size_t mf_bundlearg_only_mod(const struct mf_manifest *m) MF_NONNULL;
size_t mf_bundlearg_held(const struct mf_manifest *m) MF_NONNULL;

#endif
