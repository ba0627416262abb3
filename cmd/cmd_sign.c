#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/headswap.h"
#include "cmd/output.h"
#include "cmd/signarg.h"
#include "formats/base/encode.h"
#include "formats/headsign.h"
#include "verify/sandbox.h"

#define ARENA_MAX (256 * MF_MIB)
#define COMMENT_MAX 1024

static const char *const usage[] = {
    "sign BUNDLE --key FILE [--trusted-comment TEXT] [-o FILE] [--json]",
    "sign BUNDLE --attach FILE.minisig --pubkey FILE [-o FILE] [--json]",
    NULL,
};
static const char *const examples[] = {
    "modferry sign deps.tar.zst --key team.key",
    "modferry list deps.tar.zst --allow-unsigned --manifest manifest.json",
    "minisign -S -s team.key -m manifest.json",
    "modferry sign deps.tar.zst --attach manifest.json.minisig --pubkey team.pub",
    NULL,
};
static const char *const operands[] = {"BUNDLE", NULL};
static const struct mf_cli_option options[] = {
    {"key", 'k', "FILE", "sign with this secret key", false},
    {"attach", 0, "FILE", "add this signature, which minisign made over manifest.json", false},
    {"pubkey", 'p', "FILE", "the public key that the attached signature must verify under", false},
    {"trusted-comment", 't', "TEXT", "signed along with it (default: time and start of the bundle id)", false},
    {"output", 'o', "FILE", "write the signed bundle there (default: replace BUNDLE)", false},
    MF_CLIARGS_JSON,
    {0},
};

/* A bundle that is about to be signed. Nobody has vouched for it yet. */
struct job {
    const char *path;
    int fd;
    struct mf_arena arena;
    struct mf_head head;
    struct mf_manifest manifest;
    char *output;          /* owned: where the signed bundle goes */
    struct mf_buf key;     /* file of the secret key; empty with --attach */
    struct mf_buf minisig; /* the signature to add */
    struct mf_pubkey signer;
    char trusted_comment[COMMENT_MAX + 1];
    bool replaced; /* there was one by the same key */
};

static void release_job(struct job *job)
{
    mf_fd_release(&job->fd);
    mf_buf_wipe(&job->key);
    mf_buf_release(&job->minisig);
    free(job->output);
    mf_arena_release(&job->arena);
}

/* The one place that parses a manifest without a signature: whoever signs has
 * to see what it says, and the frames have to be found for the copy. */
static int read_unverified(struct job *job, struct mf_err *err)
{
    if (mf_head_read(job->fd, job->path, &job->head, &job->arena, err) < 0 ||
        mf_manifest_parse(job->head.manifest, &job->manifest, &job->arena, err) < 0)
        return -1;
    return 0;
}

static int open_bundle(struct job *job, struct mf_err *err)
{
    job->fd = mf_files_open(job->path, err);
    if (job->fd < 0)
        return -1;
    if (lseek(job->fd, 0, SEEK_CUR) < 0)
        return mf_err_set(err, MF_E_USAGE, "%s is not a file: a bundle to sign is read twice", job->path);
    return 0;
}

/* Reads the files that the options name. */
static int read_files(const struct mf_cli_args *args, struct job *job, struct mf_err *err)
{
    const char *key = mf_cliargs_value(args, "key");
    if (key)
        return mf_signarg_read(key, &job->key, err);
    if (mf_trustopts_key(mf_cliargs_value(args, "pubkey"), &job->signer, err) < 0)
        return -1;
    if (mf_files_read(mf_cliargs_value(args, "attach"), &job->minisig, err) < 0)
        return mf_err_prefix(err, "read the signature");
    return 0;
}

/* Without --output the bundle itself; where it is a link, so that the link stays one. */
static int choose_output(const struct mf_cli_args *args, struct job *job, struct mf_err *err)
{
    const char *given = mf_cliargs_value(args, "output");
    job->output = given ? strdup(given) : realpath(job->path, NULL);
    if (!job->output)
        return given ? mf_err_nomem(err) : mf_err_errno(err, errno, "find %s", job->path);
    return 0;
}

/* What is left: the folder of the output, and the terminal for the password. */
static int enter_sandbox(const struct job *job, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir parent = MF_DIR_NONE;
    MF_CLEANUP(mf_fd_release)
    int terminal = job->key.n && isatty(STDIN_FILENO) ? open("/dev/tty", O_PATH | O_CLOEXEC) : -1;
    if (mf_files_parent(job->output, &parent, err) < 0)
        return -1;
    const struct mf_sandbox_place places[] = {{parent.fd, MF_SANDBOX_FILL}, {terminal, MF_SANDBOX_TERMINAL}};
    return mf_sandbox_enter(places, MF_COUNT(places), err);
}

static int choose_comment(const struct mf_cli_args *args, struct job *job, struct mf_err *err)
{
    const char *given = mf_cliargs_value(args, "trusted-comment");
    uint64_t seconds;
    if (!given) {
        if (mf_signarg_time(&seconds, err) < 0)
            return -1;
        mf_headsign_comment(seconds, &job->manifest.id, job->trusted_comment);
        return 0;
    }
    if (strlen(given) > COMMENT_MAX)
        return mf_err_set(err, MF_E_USAGE, "the trusted comment is longer than %d bytes", COMMENT_MAX);
    snprintf(job->trusted_comment, sizeof(job->trusted_comment), "%s", given);
    return 0;
}

static int make_signature(const struct mf_cli_args *args, struct job *job, struct mf_err *err)
{
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL;
    if (choose_comment(args, job, err) < 0 ||
        mf_signarg_open(mf_cliargs_value(args, "key"), mf_buf_view(&job->key), &key, err) < 0)
        return -1;
    mf_seckey_public(key, &job->signer);
    return mf_minisign_sign(key, job->head.manifest, mf_str(job->trusted_comment), &job->minisig, err);
}

static int take_signature(const struct mf_cli_args *args, struct job *job, struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "attach");
    const char *key_path = mf_cliargs_value(args, "pubkey");
    struct mf_minisig sig;
    if (mf_minisig_parse(mf_buf_view(&job->minisig), &sig, err) < 0)
        return mf_err_prefix(err, "read the signature %s", path);
    if (!mf_minisig_verify(&sig, &job->signer, job->head.manifest)) {
        mf_err_set(err, MF_E_SIGNATURE, "%s is not a signature by %s over the manifest of this bundle", path, key_path);
        return mf_err_next(err, "sign the file that `modferry list BUNDLE --manifest FILE` writes");
    }
    snprintf(job->trusted_comment, sizeof(job->trusted_comment), "%s", sig.trusted_comment);
    return 0;
}

static void print_root(const struct mf_manifest_root *root)
{
    mf_output_line("root       %.*s%s%.*s", MF_FMT(root->module.path), root->module.version.n ? "@" : "",
                   MF_FMT(root->module.version));
}

/* What is about to be signed; before the password is asked for. */
static void show_bundle(const struct job *job)
{
    const struct mf_manifest *m = &job->manifest;
    char id[MF_HEX_SIZE(32)], key[17];
    size_t uncovered = 0;
    mf_hex(m->id.b, sizeof(m->id.b), id);
    mf_output_line("bundle     %s", job->path);
    mf_output_line("bundle id  %s", id);
    for (size_t i = 0; i < m->root_count; i++)
        print_root(&m->roots[i]);
    mf_output_line("level      %s", mf_level_name(m->level));
    mf_bundlearg_statement_lines(m, true);
    mf_output_line("modules    %zu", m->module_count);
    for (size_t i = 0; i < m->module_count; i++)
        uncovered += !m->tree_head.n || m->modules[i].not_covered.n;
    if (uncovered)
        mf_output_line("unproved   %zu of them: no checksum database vouches for them", uncovered);
    mf_bundlearg_difference_line(m);
    for (size_t i = 0; i < job->head.signature_count; i++) {
        struct mf_minisig sig;
        struct mf_err ignored;
        if (mf_minisig_parse(job->head.signatures[i].text, &sig, &ignored) < 0)
            continue;
        mf_keyid_text(sig.id, key);
        mf_output_line("signature  by %s (not checked)", key);
    }
    fflush(stdout);
}

static void show_signature(const struct job *job, const char *output)
{
    char key[17];
    mf_keyid_text(job->signer.id, key);
    mf_output_line("signed by  %s%s", key, job->replaced ? ", in place of its earlier signature" : "");
    mf_output_line("comment    %s", job->trusted_comment);
    mf_output_line("written    %s", output);
}

static int print_json(const struct job *job, const char *output, struct mf_err *err)
{
    const struct mf_manifest *m = &job->manifest;
    char id[MF_HEX_SIZE(32)], key[17];
    mf_hex(m->id.b, sizeof(m->id.b), id);
    mf_keyid_text(job->signer.id, key);
    json_t *result = json_object();
    mf_output_set(&result, "bundle", mf_output_string(mf_str(output)));
    mf_output_set(&result, "id", json_string(id));
    mf_output_set(&result, "key_id", json_string(key));
    mf_output_set(&result, "trusted_comment", mf_output_string(mf_str(job->trusted_comment)));
    mf_output_set(&result, "replaced", json_boolean(job->replaced));
    mf_output_set(&result, "level", json_string(mf_level_name(m->level)));
    mf_output_set(&result, "modules", json_integer((json_int_t)m->module_count));
    mf_output_set(&result, "signatures", json_integer((json_int_t)job->head.signature_count));
    return mf_output_json(result, err);
}

static int check_options(const struct mf_cli_args *args, struct mf_err *err)
{
    bool attach = mf_cliargs_has(args, "attach");
    if (attach == mf_cliargs_has(args, "key"))
        return mf_err_set(err, MF_E_USAGE, "sign: either --key FILE or --attach FILE is needed");
    if (attach && !mf_cliargs_has(args, "pubkey"))
        return mf_err_set(err, MF_E_USAGE, "sign: --attach needs --pubkey FILE, the key of whoever signed");
    if (!attach && mf_cliargs_has(args, "pubkey"))
        return mf_err_set(err, MF_E_USAGE, "sign: --pubkey goes with --attach only");
    if (attach && mf_cliargs_has(args, "trusted-comment"))
        return mf_err_set(err, MF_E_USAGE, "sign: an attached signature has its comment already");
    return 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(release_job)
    struct job job = {.path = args->operands[0],
                      .fd = -1,
                      .arena = MF_ARENA_INIT(ARENA_MAX),
                      .key = MF_BUF_INIT(MF_MINISIGN_FILE_MAX),
                      .minisig = MF_BUF_INIT(MF_MINISIGN_FILE_MAX)};
    const char *output = mf_cliargs_value(args, "output");
    if (check_options(args, err) < 0)
        return -1;
    int (*sign)(const struct mf_cli_args *, struct job *, struct mf_err *) =
        mf_cliargs_has(args, "key") ? make_signature : take_signature;
    if (open_bundle(&job, err) < 0 || read_files(args, &job, err) < 0 || choose_output(args, &job, err) < 0 ||
        enter_sandbox(&job, err) < 0 || read_unverified(&job, err) < 0)
        return mf_err_prefix(err, "sign %s", job.path);
    if (!mf_cliargs_has(args, "json"))
        show_bundle(&job);
    if (sign(args, &job, err) < 0 ||
        mf_headsign_put(&job.head, &job.signer, mf_buf_view(&job.minisig), &job.arena, &job.replaced, err) < 0 ||
        mf_headswap_write(job.output, &job.head, job.fd, job.head.frame_size, &job.manifest, err) < 0)
        return mf_err_prefix(err, "sign %s", job.path);
    if (mf_cliargs_has(args, "json"))
        return print_json(&job, output ? output : job.path, err);
    show_signature(&job, output ? output : job.path);
    return 0;
}

const struct mf_cli_command mf_cmd_sign = {
    .name = "sign",
    .summary = "Add a signature to a bundle",
    .usage = usage,
    .description =
        "Signs the manifest of a bundle, which names the hash of everything in it, and shows what it says: look at it. "
        "The content is not read and not changed; a signature by the same key is replaced. The new file takes its "
        "name by rename, when it is complete.\n"
        "With --attach the signature was made elsewhere, with minisign over the file that `modferry list "
        "--manifest` writes; it is checked under --pubkey before it is added.\n"
        "An encrypted key asks for its password on the terminal; where standard input is no terminal, its first line "
        "is the password.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
