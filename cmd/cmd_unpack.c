#include <inttypes.h>
#include <stdlib.h>

#include "cmd/basearg.h"
#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/onlyarg.h"
#include "cmd/output.h"
#include "cmd/targetdir.h"
#include "cmd/walk.h"
#include "verify/sandbox.h"

static const char *const usage[] = {
    "unpack BUNDLE|- --proxy DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]",
    "unpack BUNDLE|- --modcache DIR (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]",
    NULL,
};
static const char *const examples[] = {
    "modferry unpack deps.tar.zst --proxy /srv/goproxy --pubkey team.pub",
    "modferry unpack deps.tar.zst --modcache \"$(go env GOMODCACHE)\" --pubkey team.pub",
    NULL,
};
static const char *const operands[] = {"BUNDLE", NULL};
static const struct mf_cli_option options[] = {
    {"proxy", 0, "DIR", "fill a static proxy tree, for GOPROXY=file://DIR", false},
    {"modcache", 0, "DIR", "fill a GOMODCACHE", false},
    {"no-zips", 0, NULL, "with --modcache: make no zips; `go mod download` will want them", false},
    MF_ONLYARG_OPTION,
    MF_BASEARG_OPTION,
    MF_TRUSTOPTS_OPTIONS,
    MF_CLIARGS_JSON,
    MF_CLIARGS_JOBS,
    MF_PROGRESS_OPTIONS,
    {0},
};

struct target {
    bool proxy, no_zips;
    const char *path;
};

static int choose_target(const struct mf_cli_args *args, struct target *out, struct mf_err *err)
{
    out->proxy = mf_cliargs_has(args, "proxy");
    if (out->proxy == mf_cliargs_has(args, "modcache"))
        return mf_err_set(err, MF_E_USAGE, "either --proxy DIR or --modcache DIR is needed");
    out->no_zips = mf_cliargs_has(args, "no-zips");
    if (out->proxy && out->no_zips)
        return mf_err_set(err, MF_E_USAGE, "--no-zips is for --modcache: a proxy tree serves zips");
    out->path = mf_cliargs_value(args, out->proxy ? "proxy" : "modcache");
    return 0;
}

static void print_text(const struct mf_bundlearg *bundle, const struct target *target, const char *base,
                       const struct mf_unpack_result *r)
{
    mf_bundlearg_warning_lines(bundle);
    mf_output_line("unpacked   %s", bundle->name);
    mf_output_line("into       %s (%s)", target->path, target->proxy ? "proxy tree" : "GOMODCACHE");
    mf_bundlearg_lines(bundle);
    if (r->united)
        mf_output_line("proved     %" PRIu64 " modules by %.*s", r->proved, MF_FMT(bundle->gate.manifest.sumdb_name));
    if (r->modules < bundle->gate.manifest.module_count)
        mf_output_line("only       %" PRIu64 " of %zu modules", r->modules, bundle->gate.manifest.module_count);
    if (mf_manifest_is_difference(&bundle->gate.manifest))
        mf_output_line("difference %zu modules are left out: taken from %s", mf_bundlearg_held(&bundle->gate.manifest),
                       base ? base : target->path);
    mf_output_line("modules    published %" PRIu64 ", present %" PRIu64 ", replaced %" PRIu64 "%s", r->published,
                   r->present, r->replaced, r->published || r->united ? "" : ": nothing changed");
    if (target->no_zips)
        mf_output_line("zips       none made: go builds and tests, but `go mod download` asks a proxy for them");
    if (r->rebuilt_differently > 0)
        mf_output_line("zips       %" PRIu64 " of other bytes than the proxy's, with the same h1",
                       r->rebuilt_differently);
}

static int print_json(const struct mf_bundlearg *bundle, const struct target *target, const struct mf_unpack_result *r,
                      struct mf_err *err)
{
    json_t *object = mf_bundlearg_json(bundle);
    mf_output_set(&object, "kind", json_string(target->proxy ? "proxy" : "modcache"));
    mf_output_set(&object, "target", mf_output_string(mf_str(target->path)));
    mf_output_set(&object, "modules", json_integer((json_int_t)r->modules));
    mf_output_set(&object, "published", json_integer((json_int_t)r->published));
    mf_output_set(&object, "present", json_integer((json_int_t)r->present));
    mf_output_set(&object, "replaced", json_integer((json_int_t)r->replaced));
    mf_output_set(&object, "proved", json_integer((json_int_t)(r->united ? r->proved : 0)));
    mf_output_set(&object, "rebuilt_differently", json_integer((json_int_t)r->rebuilt_differently));
    mf_output_set(&object, "zips", json_boolean(!target->no_zips));
    mf_output_set(&object, "changed", json_boolean(r->published > 0 || r->united));
    return mf_output_json(object, err);
}

static void release_marks(bool **marks)
{
    free(*marks);
}

/* Without --base, the rest of a difference is what the target has. */
static int take_target(const struct target *target, const struct mf_targetdir *dir, const struct mf_bundlearg *bundle,
                       struct mf_basearg *base, struct mf_unpack_options *walk, struct mf_err *err)
{
    if (base->name || !mf_manifest_is_difference(&bundle->gate.manifest))
        return 0;
    if (mf_base_of_tree(&base->base, dir->dir, target->path, walk->threads, walk->stop, err) < 0)
        return -1;
    walk->base = base->base;
    return 0;
}

static int unpack(const struct mf_cli_args *args, const struct target *target, struct mf_bundlearg *bundle,
                  struct mf_unpack_result *result, struct mf_err *err)
{
    MF_CLEANUP(mf_progress_release) struct mf_progress progress = MF_PROGRESS_INIT;
    MF_CLEANUP(mf_targetdir_release) struct mf_targetdir dir = MF_TARGETDIR_INIT;
    MF_CLEANUP(mf_walk_release) struct mf_walk walk = MF_WALK_INIT;
    MF_CLEANUP(release_marks) bool *only = NULL;
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    MF_CLEANUP(mf_basearg_release) struct mf_basearg base = MF_BASEARG_INIT;
    if (mf_trustopts_read(args, MF_TRUSTOPTS_ACCEPT, &trust, err) < 0 ||
        mf_walk_options(args, "unpack", &progress, &walk, err) < 0 ||
        mf_bundlearg_open(args->operands[0], bundle, err) < 0 ||
        mf_basearg_open(args, walk.options.threads, &base, err) < 0 || mf_targetdir_open(&dir, target->path, err) < 0)
        return -1;
    const struct mf_sandbox_place places[] = {{dir.dir.fd, MF_SANDBOX_FILL},
                                              {dir.above.fd, MF_SANDBOX_UNDO},
                                              {trust.state.dir.fd, MF_SANDBOX_FILL},
                                              {base.dir.fd, MF_SANDBOX_READ}};
    if (mf_sandbox_enter(places, MF_COUNT(places), err) < 0 || mf_bundlearg_pass(&trust, bundle, err) < 0 ||
        mf_basearg_pass(&trust.trust, &base, &walk.options, err) < 0 ||
        take_target(target, &dir, bundle, &base, &walk.options, err) < 0 ||
        mf_onlyarg_read(args, bundle, &only, err) < 0)
        return -1;
    walk.options.only = only;
    walk.options.no_zips = target->no_zips;
    mf_targetdir_keep(&dir);
    if ((target->proxy ? mf_unpack_proxy : mf_unpack_modcache)(bundle->fd, bundle->name, &bundle->gate, dir.dir,
                                                               &walk.options, result, err) < 0)
        return -1;
    return mf_trustopts_accept(&trust, &bundle->gate.manifest, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_bundlearg_release) struct mf_bundlearg bundle = MF_BUNDLEARG_INIT;
    struct mf_unpack_result result;
    struct target target = {0};
    if (choose_target(args, &target, err) < 0)
        return mf_err_prefix(err, "unpack");
    if (unpack(args, &target, &bundle, &result, err) < 0)
        return mf_err_prefix(err, "unpack into %s", target.path);
    if (mf_cliargs_has(args, "json"))
        return print_json(&bundle, &target, &result, err);
    print_text(&bundle, &target, mf_cliargs_value(args, "base"), &result);
    return 0;
}

const struct mf_cli_command mf_cmd_unpack = {
    .name = "unpack",
    .summary = "Check a bundle and publish its modules into a tree",
    .usage = usage,
    .description =
        "Checks the bundle as `verify` does and publishes each module once its hash is right: into a static proxy "
        "tree, "
        "which is the safer choice because `go` checks again what it takes from there, or straight into a GOMODCACHE. "
        "What is there already and right is left alone; a run that was cut short is continued by the next one.\n"
        "With --only, modules that match are published with their go.mod, zip and proofs, and of a bundle that is a "
        "file "
        "only the frames that hold them are read.\n"
        "With --no-zips a GOMODCACHE gets the extracted modules alone, which is quicker and smaller. `go` builds, "
        "tests, "
        "vendors and tidies from them; `go mod download` would ask a proxy for the zips.\n"
        "A difference (`modferry pack --base`) leaves out what the far side holds. That is read from --base, or from "
        "the target where nothing is named; where some of it is missing or has another hash, nothing is written. A "
        "bundle as "
        "base has to be signed as the difference is.\n"
        "`modferry env DIR` prints the settings with which `go` uses the tree.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
