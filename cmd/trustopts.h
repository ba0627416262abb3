/* --pubkey, --trust and --allow-unsigned: whom a command trusts.
 *
 * Every command that reads a bundle needs one of them; they exclude one
 * another. Beside them go --state, what this machine has accepted so far, and
 * --override-trust, which goes past what follows from it.
 */
#ifndef MF_TRUSTOPTS_H
#define MF_TRUSTOPTS_H

#include "cmd/cli.h"
#include "cmd/statearg.h"
#include "verify/gate.h"

#define MF_TRUSTOPTS_KEYS_MAX 64

/* The options, for a command's table. */
#define MF_TRUSTOPTS_OPTIONS                                                                                           \
    {"pubkey", 'p', "FILE", "trust what the owner of this minisign public key signed; may be repeated", true},         \
        {"trust", 0, "FILE", "trust what was signed as the trust document in this file asks for", false},              \
        {"allow-unsigned", 0, NULL, "accept a bundle without checking who made it; the output says UNVERIFIED",        \
         false},                                                                                                       \
        MF_STATEARG_OPTION,                                                                                            \
    {                                                                                                                  \
        "override-trust", 0, NULL,                                                                                     \
            "accept an older or stale bundle, or another kind of trust, this once; unpack records it", false           \
    }

/* What a command does with a bundle. */
enum mf_trustopts_use {
    MF_TRUSTOPTS_LOOK,   /* show it: neither its age nor the state matters */
    MF_TRUSTOPTS_USE,    /* answer whether it can be used: both are checked */
    MF_TRUSTOPTS_ACCEPT, /* use it: both are checked, and the state is written at the end */
};

struct mf_trustopts {
    struct mf_trust trust;    /* points into the struct, which must stay where it is */
    struct mf_trustseen seen; /* the document; version 0: none */
    enum mf_trustopts_use use;
    bool override;
    struct mf_overridden overridden;
    struct mf_truststate state;
    struct mf_pubkey keys[MF_TRUSTOPTS_KEYS_MAX];
    struct mf_trustdoc document;
    struct mf_buf text; /* the trust file */
    struct mf_arena arena;
};

#define MF_TRUSTOPTS_INIT                                                                                              \
    ((struct mf_trustopts){                                                                                            \
        .state = MF_TRUSTSTATE_INIT, .text = MF_BUF_INIT(MF_TRUSTFILE_MAX), .arena = MF_ARENA_INIT(64 * MF_MIB)})

/* True where the user says whom to trust: one of the three options is there. */
bool mf_trustopts_said(const struct mf_cli_args *args) MF_NONNULL;

/* Opens the state, which is locked where it will be written, and reads the keys
 * or the document that the options name; before a bundle is opened. MF_E_USAGE
 * where there is none of the options, or several; MF_E_KEY_FILE with the file's
 * name; of a document the errors of mf_trustcheck_walk. */
int mf_trustopts_read(const struct mf_cli_args *args, enum mf_trustopts_use use, struct mf_trustopts *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_trustopts_release(struct mf_trustopts *trust) MF_NONNULL;

/* Writes down that the bundle was accepted; for MF_TRUSTOPTS_ACCEPT, once what
 * it holds is in its place. */
int mf_trustopts_accept(struct mf_trustopts *trust, const struct mf_manifest *bundle,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads one public key file. */
int mf_trustopts_key(const char *path, struct mf_pubkey *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
