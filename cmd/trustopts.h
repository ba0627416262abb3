/* --pubkey and --allow-unsigned: whom a command trusts.
 *
 * Every command that reads a bundle needs one of them; they exclude one
 * another.
 */
#ifndef MF_TRUSTOPTS_H
#define MF_TRUSTOPTS_H

#include "cmd/cli.h"
#include "verify/gate.h"

#define MF_TRUSTOPTS_KEYS_MAX 64

/* The options, for a command's table. */
#define MF_TRUSTOPTS_OPTIONS                                                                                           \
    {"pubkey", 'p', "FILE", "trust what the owner of this minisign public key signed; may be repeated", true},         \
    {                                                                                                                  \
        "allow-unsigned", 0, NULL, "accept a bundle without checking who made it; the output says UNVERIFIED", false   \
    }

struct mf_trustopts {
    struct mf_pubkey keys[MF_TRUSTOPTS_KEYS_MAX];
    struct mf_trust trust; /* points to keys: the struct must stay where it is */
};

/* Reads the keys that the options name. MF_E_USAGE where there is neither
 * option, or both; MF_E_KEY_FILE with the file's name. */
int mf_trustopts_read(const struct mf_cli_args *args, struct mf_trustopts *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads one public key file. */
int mf_trustopts_key(const char *path, struct mf_pubkey *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
