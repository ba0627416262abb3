/* modferry expand: a full bundle from a difference and its base. */
#include <inttypes.h>

#include "cmd/basearg.h"
#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/walk.h"
#include "formats/base/durable.h"
#include "formats/base/encode.h"
#include "formats/bundleout.h"
#include "formats/zframe.h"
#include "verify/expand.h"
#include "verify/sandbox.h"

static const char *const usage[] = {
    "expand DIFFERENCE --base PLACE -o FILE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]", NULL};
static const char *const examples[] = {
    "modferry expand update.tar.zst --base /srv/goproxy -o full.tar.zst --pubkey team.pub",
    NULL,
};
static const char *const operands[] = {"DIFFERENCE", NULL};
static const struct mf_cli_option option_table[] = {
    MF_BASEARG_OPTION,
    {"output", 'o', "FILE", "the full bundle to write", false},
    {"compress", 0, "N", "level of zstd, 1 to 22, with which the full bundle would be packed (default: 9)", false},
    MF_TRUSTOPTS_OPTIONS,
    MF_CLIARGS_JSON,
    MF_CLIARGS_JOBS,
    MF_PROGRESS_OPTIONS,
    {0},
};

struct made {
    struct mf_digest id;
    uint64_t size;
};

static int check_options(const struct mf_cli_args *args, unsigned long *level, struct mf_err *err)
{
    if (!mf_cliargs_has(args, "base"))
        return mf_err_set(err, MF_E_USAGE, "--base PLACE is needed: the tree or bundle that holds the rest");
    if (!mf_cliargs_has(args, "output"))
        return mf_err_set(err, MF_E_USAGE, "-o FILE is needed: where the full bundle goes");
    return mf_cliargs_number(args, "compress", 1, MF_ZFRAME_LEVEL_MAX, MF_ZFRAME_LEVEL_DEFAULT, level, err);
}

/* The new bundle appears when all of it is right. */
static int write_bundle(const char *path, const struct mf_bundlearg *bundle, const struct mf_expand_options *options,
                        struct mf_temp *temp, struct made *made, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(256 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    MF_CLEANUP(mf_fd_release) int spool = mf_temp_spool(temp->parent, path, err);
    struct mf_manifest full;
    struct mf_unpack_result result;
    struct mf_head head = {0};
    if (spool < 0 ||
        mf_expand(bundle->fd, bundle->name, &bundle->gate, spool, options, &full, &result, &arena, err) < 0 ||
        mf_manifest_write(&full, &text, err) < 0)
        return -1;
    if (!mf_digest_eq(&full.id, &bundle->gate.manifest.id))
        return mf_err_set(err, MF_E_DAMAGED, "the full bundle would have another id");
    head.manifest = mf_buf_view(&text);
    if (mf_bundleout_assemble(temp->fd, path, &head, spool, 0, &full, err) < 0 || mf_interrupt_check(err) < 0)
        return -1;
    *made = (struct made){full.id, head.frame_size};
    for (size_t i = 0; i < full.frame_count; i++)
        made->size += full.frames[i].size;
    return mf_durable_publish(temp, path, err);
}

static void print_text(const struct mf_bundlearg *bundle, const char *path, const struct made *made)
{
    char id[MF_HEX_SIZE(32)], size[MF_OUTPUT_SIZE];
    mf_hex(made->id.b, sizeof(made->id.b), id);
    mf_bundlearg_warning_lines(bundle);
    mf_output_line("expanded   %s", bundle->name);
    mf_output_line("into       %s", path);
    mf_output_line("bundle id  %s", id);
    mf_output_line("size       %s", mf_output_size(made->size, size));
    mf_output_line("unsigned: add a signature with `modferry sign %s --key FILE`", path);
}

static int print_json(const struct mf_bundlearg *bundle, const char *path, const struct made *made, struct mf_err *err)
{
    json_t *object = mf_bundlearg_json(bundle);
    mf_output_set(&object, "output", mf_output_string(mf_str(path)));
    mf_output_set(&object, "bundle_size", json_integer((json_int_t)made->size));
    return mf_output_json(object, err);
}

static int expand(const struct mf_cli_args *args, struct mf_bundlearg *bundle, struct made *made, struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "output");
    MF_CLEANUP(mf_progress_release) struct mf_progress progress = MF_PROGRESS_INIT;
    MF_CLEANUP(mf_walk_release) struct mf_walk walk = MF_WALK_INIT;
    MF_CLEANUP(mf_zipspools_release) struct mf_zipspools spools = MF_ZIPSPOOLS_INIT;
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    MF_CLEANUP(mf_basearg_release) struct mf_basearg base = MF_BASEARG_INIT;
    MF_CLEANUP(mf_dir_release) struct mf_dir parent = MF_DIR_NONE;
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    unsigned long level;
    if (check_options(args, &level, err) < 0 || mf_trustopts_read(args, MF_TRUSTOPTS_USE, &trust, err) < 0 ||
        mf_walk_options(args, "expand", &progress, &walk, err) < 0 ||
        mf_zipspools_make(&spools, MF_EXPAND_SPOOLS, err) < 0 ||
        mf_bundlearg_open(args->operands[0], bundle, err) < 0 ||
        mf_basearg_open(args, walk.options.threads, &base, err) < 0 || mf_files_parent(path, &parent, err) < 0 ||
        mf_files_temp(path, 0666, &temp, err) < 0)
        return -1;
    const struct mf_sandbox_place places[] = {{parent.fd, MF_SANDBOX_FILL}, {base.dir.fd, MF_SANDBOX_READ}};
    if (mf_sandbox_enter(places, MF_COUNT(places), err) < 0 || mf_bundlearg_pass(&trust, bundle, err) < 0 ||
        mf_basearg_pass(&trust.trust, &base, &walk.options, err) < 0)
        return -1;
    walk.options.spools = &spools;
    const struct mf_expand_options options = {&walk.options, (int)level, MF_LIT("modferry " MODFERRY_VERSION)};
    return write_bundle(path, bundle, &options, &temp, made, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_bundlearg_release) struct mf_bundlearg bundle = MF_BUNDLEARG_INIT;
    const char *path = mf_cliargs_value(args, "output");
    struct made made;
    if (expand(args, &bundle, &made, err) < 0)
        return mf_err_prefix(err, "expand");
    if (mf_cliargs_has(args, "json"))
        return print_json(&bundle, path, &made, err);
    print_text(&bundle, path, &made);
    return 0;
}

const struct mf_cli_command mf_cmd_expand = {
    .name = "expand",
    .summary = "Make a full bundle from a difference and its base",
    .usage = usage,
    .description =
        "Checks a difference (`modferry pack --base`) as `verify` does and writes the full bundle that it stands for: "
        "same content, same bundle id, and with the same --compress and version of zstd the very payload that `pack` "
        "would have written. Its manifest is new and has no signature: look at it with `modferry list`, then sign it. "
        "A base that holds the right modules in other zips than those that were packed is refused.\n",
    .examples = examples,
    .options = option_table,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
