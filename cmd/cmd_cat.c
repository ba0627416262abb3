#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/basearg.h"
#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "verify/modstream.h"
#include "verify/modulefiles.h"
#include "verify/sandbox.h"

static const char *const usage[] = {
    "cat BUNDLE MODULE@VERSION[/FILE] (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]", NULL};
static const char *const examples[] = {
    "modferry cat deps.tar.zst github.com/gin-gonic/gin@v1.10.0 --pubkey team.pub",
    "modferry cat deps.tar.zst github.com/gin-gonic/gin@v1.10.0/LICENSE --pubkey team.pub",
    NULL,
};
static const char *const operands[] = {"BUNDLE", "MODULE@VERSION[/FILE]", NULL};
static const struct mf_cli_option option_table[] = {
    MF_BASEARG_OPTION, MF_TRUSTOPTS_OPTIONS, MF_CLIARGS_JSON, MF_CLIARGS_JOBS, {0},
};

#define BLOCK (64 * MF_KIB) /* of a file, read and written at once */

struct wanted {
    struct mf_module id;
    struct mf_str file; /* empty: the list of all */
};

/* Paths have no '@' and versions no '/'. */
static int parse_wanted(const char *operand, struct wanted *out, struct mf_err *err)
{
    const char *at = strchr(operand, '@'), *slash = at ? strchr(at, '/') : NULL;
    size_t version = at ? (slash ? (size_t)(slash - at) : strlen(at)) - 1 : 0;
    if (version == 0)
        return mf_err_set(err, MF_E_USAGE, "\"%s\" does not name a module as PATH@VERSION", operand);
    *out = (struct wanted){.id = {{operand, (size_t)(at - operand)}, {at + 1, version}},
                           .file = mf_str(slash ? slash + 1 : "")};
    return 0;
}

static int find_module(const struct mf_bundlearg *bundle, struct mf_module id, size_t *out, struct mf_err *err)
{
    long module = mf_manifest_find(&bundle->gate.manifest, id);
    if (module < 0) {
        mf_err_set(err, MF_E_USAGE, "%.*s@%.*s is not in %s", MF_FMT(id.path), MF_FMT(id.version), bundle->name);
        return mf_err_next(err, "`modferry list` shows what is in it");
    }
    *out = (size_t)module;
    return 0;
}

static int print_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    char text[MF_OUTPUT_SIZE];
    (void)ctx;
    (void)err;
    mf_output_line("%.*s  %s", MF_FMT(name), mf_output_size(size, text));
    return 0;
}

static int add_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    json_t **files = ctx, *file = json_object();
    (void)err;
    mf_output_set(&file, "name", mf_output_string(name));
    mf_output_set(&file, "size", json_integer((json_int_t)size));
    mf_output_append(files, file);
    return 0;
}

static int list_files(const struct mf_bundlearg *bundle, size_t module, const struct mf_unpack_options *options,
                      bool json, struct mf_err *err)
{
    const struct mf_manifest_module *m = &bundle->gate.manifest.modules[module];
    if (!json) {
        mf_bundlearg_warning_lines(bundle);
        return mf_modulefiles_list(bundle->fd, bundle->name, &bundle->gate, module, options, print_file, NULL, err);
    }
    json_t *object = mf_bundlearg_json(bundle), *files = json_array();
    int rc = mf_modulefiles_list(bundle->fd, bundle->name, &bundle->gate, module, options, add_file, &files, err);
    mf_output_set(&object, "path", mf_output_string(m->id.path));
    mf_output_set(&object, "version", mf_output_string(m->id.version));
    mf_output_set(&object, "files", files);
    if (rc == 0)
        return mf_output_json(object, err);
    json_decref(object);
    return -1;
}

/* A line for a terminal: tabs stay, nothing else that would steer it. */
static void print_masked(struct mf_str line)
{
    while (line.n > 0) {
        const char *tab = memchr(line.p, '\t', line.n);
        size_t n = tab ? (size_t)(tab - line.p) : line.n;
        char masked[4 * 256 + 1];
        for (size_t at = 0; at < n; at += 256)
            fwrite(masked, 1, mf_mask(line.p + at, n - at < 256 ? n - at : 256, masked, sizeof(masked)), stdout);
        if (tab)
            putchar('\t');
        line = mf_str_from(line, tab ? n + 1 : n);
    }
}

/* The bytes as they are, but for a terminal. */
static int copy_out(int fd, const volatile int *stop, struct mf_err *err)
{
    const bool terminal = isatty(STDOUT_FILENO);
    MF_CLEANUP(mf_buf_release) struct mf_buf room = MF_BUF_INIT(BLOCK);
    char *block = mf_buf_room(&room, BLOCK);
    size_t got = BLOCK;
    if (!block)
        return mf_buf_check(&room, err);
    while (got == BLOCK) {
        if (mf_err_stopped(stop, err) < 0 || mf_read_full(fd, block, BLOCK, &got, "a temporary file", err) < 0)
            return -1;
        struct mf_str text = {block, got};
        if (!terminal)
            mf_output_bytes(text);
        while (terminal && text.n) {
            const char *end = memchr(text.p, '\n', text.n);
            size_t n = end ? (size_t)(end - text.p) : text.n;
            print_masked(mf_str_head(text, n));
            if (end)
                putchar('\n');
            text = mf_str_from(text, end ? n + 1 : n);
        }
    }
    return 0;
}

static int write_file(const struct mf_bundlearg *bundle, size_t module, struct mf_str file,
                      const struct mf_unpack_options *options, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = -1;
    if (mf_modulefiles_open(bundle->fd, bundle->name, &bundle->gate, module, file, options, &fd, err) < 0)
        return -1;
    mf_bundlearg_unverified_beside(bundle);
    return copy_out(fd, options->stop, err);
}

static int show(const struct mf_cli_args *args, struct mf_bundlearg *bundle, struct mf_err *err)
{
    MF_CLEANUP(mf_zipspools_release) struct mf_zipspools spools = MF_ZIPSPOOLS_INIT;
    struct mf_unpack_options options = {.stop = mf_interrupt_watch(), .spools = &spools};
    bool json = mf_cliargs_has(args, "json");
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    struct wanted wanted = {0};
    size_t module = 0;
    MF_CLEANUP(mf_basearg_release) struct mf_basearg base = MF_BASEARG_INIT;
    if (parse_wanted(args->operands[1], &wanted, err) < 0)
        return -1;
    if (wanted.file.n && json)
        return mf_err_set(err, MF_E_USAGE, "--json goes with a list of files, not with one file");
    if (mf_trustopts_read(args, MF_TRUSTOPTS_LOOK, &trust, err) < 0 ||
        mf_cliargs_jobs(args, &options.threads, err) < 0 ||
        mf_zipspools_make(&spools, MF_MODSTREAM_ALIVE(1), err) < 0 ||
        mf_bundlearg_open(args->operands[0], bundle, err) < 0 || mf_basearg_open(args, options.threads, &base, err) < 0)
        return -1;
    const struct mf_sandbox_place place = {base.dir.fd, MF_SANDBOX_READ};
    if (mf_sandbox_enter(&place, 1, err) < 0 || mf_bundlearg_pass(&trust, bundle, err) < 0 ||
        mf_basearg_pass(&trust.trust, &base, &options, err) < 0 || find_module(bundle, wanted.id, &module, err) < 0)
        return -1;
    if (wanted.file.n)
        return write_file(bundle, module, wanted.file, &options, err);
    return list_files(bundle, module, &options, json, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_bundlearg_release) struct mf_bundlearg bundle = MF_BUNDLEARG_INIT;
    return show(args, &bundle, err) < 0 ? mf_err_prefix(err, "cat") : 0;
}

const struct mf_cli_command mf_cmd_cat = {
    .name = "cat",
    .summary = "Show one file of a module in a bundle, or the names of all",
    .usage = usage,
    .description =
        "Writes a file of a module to standard output as it is (on a terminal with control characters shown as "
        "\\xNN); without FILE the names and sizes of the module's files. Of the bundle, a file and not a pipe, only "
        "the "
        "frames that hold the module are read. Nothing is shown before the hash of the module is right.\n",
    .examples = examples,
    .options = option_table,
    .operands = operands,
    .operands_max = 2,
    .run = run,
};
