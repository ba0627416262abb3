#include <errno.h>
#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/password.h"
#include "formats/base/durable.h"
#include "formats/minisign.h"

static const char *const usage[] = {"keygen --secret FILE --public FILE [--no-password] [--json]", NULL};
static const char *const examples[] = {"modferry keygen --secret team.key --public team.pub", NULL};
static const char *const operands[] = {NULL};
static const struct mf_cli_option options[] = {
    {"secret", 's', "FILE", "where the secret key goes (mode 0600)", false},
    {"public", 'p', "FILE", "where the public key goes", false},
    {"no-password", 0, NULL, "do not encrypt the secret key", false},
    MF_CLIARGS_JSON,
    {0},
};

/* A file that is removed again unless it was finished. */
struct new_file {
    const char *path; /* NULL: nothing to remove */
    int fd;
};

static void release_file(struct new_file *file)
{
    mf_fd_release(&file->fd);
    if (file->path)
        unlink(file->path);
}

static int create(const char *path, mode_t mode, struct new_file *out, struct mf_err *err)
{
    out->fd = mf_files_create(path, mode, err);
    if (out->fd < 0)
        return -1;
    out->path = path;
    return 0;
}

/* Writes, syncs and closes; the path stays for removal until `keep`. */
static int finish(struct new_file *file, struct mf_str text, struct mf_err *err)
{
    if (mf_write_full(file->fd, text.p, text.n, file->path, err) < 0 || mf_durable_file(file->fd, file->path, err) < 0)
        return -1;
    int fd = file->fd;
    file->fd = -1;
    return close(fd) < 0 ? mf_err_errno(err, errno, "write %s", file->path) : 0;
}

static int ask_password(const struct mf_cli_args *args, struct mf_password *out, struct mf_err *err)
{
    if (mf_cliargs_has(args, "no-password"))
        return 0;
    if (mf_password_read("Password for the new key: ", true, out, err) < 0)
        return -1;
    if (out->n > 0)
        return 0;
    mf_err_set(err, MF_E_USAGE, "the password is empty");
    return mf_err_next(err, "choose a password, or pass --no-password for a key without one");
}

/* The second line of a public key file, without its newline. */
static struct mf_str key_line(struct mf_str file)
{
    struct mf_str rest;
    (void)mf_str_cut(file, '\n', &rest);
    return mf_str_trim(rest);
}

static int print(const struct mf_cli_args *args, const struct mf_pubkey *key, struct mf_str file, struct mf_err *err)
{
    char id[17];
    mf_keyid_text(key->id, id);
    struct mf_str line = key_line(file);
    if (!mf_cliargs_has(args, "json")) {
        mf_output_line("key id      %s", id);
        mf_output_line("public key  %.*s", MF_FMT(line));
        return 0;
    }
    json_t *result = json_object();
    mf_output_set(&result, "key_id", json_string(id));
    mf_output_set(&result, "public_key", mf_output_string(line));
    mf_output_set(&result, "encrypted", json_boolean(!mf_cliargs_has(args, "no-password")));
    return mf_output_json(result, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_password_release) struct mf_password password = MF_PASSWORD_INIT;
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *secret = NULL;
    MF_CLEANUP(mf_buf_wipe) struct mf_buf secret_text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf public_text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    MF_CLEANUP(release_file) struct new_file secret_file = {.fd = -1};
    MF_CLEANUP(release_file) struct new_file public_file = {.fd = -1};
    struct mf_pubkey public_key;
    const char *secret_path = mf_cliargs_value(args, "secret");
    const char *public_path = mf_cliargs_value(args, "public");
    if (!secret_path || !public_path)
        return mf_err_set(err, MF_E_USAGE, "keygen: --secret FILE and --public FILE are both needed");
    (void)mf_interrupt_watch(); /* the files are removed again after a signal, too */
    if (create(secret_path, 0600, &secret_file, err) < 0 || create(public_path, 0666, &public_file, err) < 0)
        return mf_err_prefix(err, "keygen");
    if (!mf_buf_room(&secret_text, MF_MINISIGN_FILE_MAX))
        return mf_err_nomem(err);
    if (ask_password(args, &password, err) < 0 || mf_seckey_generate(&secret, &public_key, err) < 0 ||
        mf_seckey_write(secret, mf_password_view(&password), &secret_text, err) < 0 ||
        mf_pubkey_write(&public_key, &public_text, err) < 0 ||
        finish(&secret_file, mf_buf_view(&secret_text), err) < 0 ||
        finish(&public_file, mf_buf_view(&public_text), err) < 0 || mf_interrupt_check(err) < 0)
        return mf_err_prefix(err, "keygen");
    secret_file.path = public_file.path = NULL;
    return print(args, &public_key, mf_buf_view(&public_text), err);
}

const struct mf_cli_command mf_cmd_keygen = {
    .name = "keygen",
    .summary = "Make a key pair for signing bundles",
    .usage = usage,
    .description =
        "Makes an Ed25519 key pair in minisign's file formats. The secret key is encrypted with a password, which is "
        "asked for twice on the terminal, or read as one line of standard input where that is no terminal. Keep the "
        "secret key off the machine that faces the network; carry the public key across once, by a way you trust. "
        "Existing files are never overwritten.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 0,
    .run = run,
};
