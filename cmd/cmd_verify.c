#include <inttypes.h>

#include "cmd/basearg.h"
#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/output.h"
#include "cmd/walk.h"
#include "verify/modstream.h"
#include "verify/sandbox.h"

static const char *const usage[] = {"verify BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]",
                                    NULL};
static const char *const examples[] = {
    "modferry verify deps.tar.zst --pubkey team.pub",
    "modferry verify - --pubkey team.pub --json < /dev/sr0",
    NULL,
};
static const char *const operands[] = {"BUNDLE", NULL};
static const struct mf_cli_option options[] = {
    MF_BASEARG_OPTION, MF_TRUSTOPTS_OPTIONS, MF_CLIARGS_JSON, MF_CLIARGS_JOBS, MF_PROGRESS_OPTIONS, {0},
};

static void print_text(const struct mf_bundlearg *bundle, const struct mf_unpack_result *result)
{
    char size[MF_OUTPUT_SIZE];
    mf_bundlearg_warning_lines(bundle);
    mf_output_line("%s   %s", bundle->gate.verified ? "verified" : "complete", bundle->name);
    mf_bundlearg_lines(bundle);
    mf_output_line("modules    %" PRIu64 " (%zu with a go.mod alone)", result->modules,
                   mf_bundlearg_only_mod(&bundle->gate.manifest));
    if (result->proved)
        mf_output_line("proved     %" PRIu64 " modules by %.*s", result->proved,
                       MF_FMT(bundle->gate.manifest.sumdb_name));
    mf_output_line("content    %s", mf_output_size(result->bytes, size));
}

static int print_json(const struct mf_bundlearg *bundle, const struct mf_unpack_result *result, struct mf_err *err)
{
    json_t *object = mf_bundlearg_json(bundle);
    mf_output_set(&object, "modules", json_integer((json_int_t)result->modules));
    mf_output_set(&object, "bytes", json_integer((json_int_t)result->bytes));
    mf_output_set(&object, "proved", json_integer((json_int_t)result->proved));
    return mf_output_json(object, err);
}

static int check(const struct mf_cli_args *args, struct mf_bundlearg *bundle, struct mf_unpack_result *result,
                 struct mf_err *err)
{
    MF_CLEANUP(mf_progress_release) struct mf_progress progress = MF_PROGRESS_INIT;
    MF_CLEANUP(mf_walk_release) struct mf_walk walk = MF_WALK_INIT;
    MF_CLEANUP(mf_zipspools_release) struct mf_zipspools spools = MF_ZIPSPOOLS_INIT;
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    MF_CLEANUP(mf_basearg_release) struct mf_basearg base = MF_BASEARG_INIT;
    if (mf_trustopts_read(args, MF_TRUSTOPTS_USE, &trust, err) < 0 ||
        mf_walk_options(args, "verify", &progress, &walk, err) < 0 ||
        mf_zipspools_make(&spools, MF_MODSTREAM_ALIVE(walk.options.threads), err) < 0 ||
        mf_bundlearg_open(args->operands[0], bundle, err) < 0 ||
        mf_basearg_open(args, walk.options.threads, &base, err) < 0)
        return -1;
    const struct mf_sandbox_place place = {base.dir.fd, MF_SANDBOX_READ};
    if (mf_sandbox_enter(&place, 1, err) < 0 || mf_bundlearg_pass(&trust, bundle, err) < 0 ||
        mf_basearg_pass(&trust.trust, &base, &walk.options, err) < 0)
        return -1;
    walk.options.spools = &spools;
    return mf_unpack_verify(bundle->fd, bundle->name, &bundle->gate, &walk.options, result, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_bundlearg_release) struct mf_bundlearg bundle = MF_BUNDLEARG_INIT;
    struct mf_unpack_result result;
    if (check(args, &bundle, &result, err) < 0)
        return mf_err_prefix(err, "verify");
    if (mf_cliargs_has(args, "json"))
        return print_json(&bundle, &result, err);
    print_text(&bundle, &result);
    return 0;
}

const struct mf_cli_command mf_cmd_verify = {
    .name = "verify",
    .summary = "Check a bundle's signature and every hash in it",
    .usage = usage,
    .description =
        "Checks that a trusted key signed the bundle, then reads all of it and compares every frame and every module "
        "with the signed hashes. Proofs of the checksum database that it carries are checked with the database's key "
        "(GOSUMDB "
        "as `go` takes it), whoever has signed the bundle. Nothing is written. `-` reads the bundle from standard "
        "input.\n"
        "Of a difference (`modferry pack --base`), what it leaves out is read from --base and hashed with the rest.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
