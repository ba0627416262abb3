/* modferry pack: resolve, fetch, check, and write one signed bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle/pack.h"
#include "cmd/cliargs.h"
#include "cmd/closurearg.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/packbase.h"
#include "cmd/placearg.h"
#include "cmd/report.h"
#include "cmd/signarg.h"
#include "formats/base/durable.h"
#include "formats/base/encode.h"
#include "formats/head.h"
#include "formats/trustfile.h"
#include "formats/zframe.h"

static const char *const usage[] = {
    "pack [ROOT...] -o FILE|- [--roots FILE] [--level L] [--platform LIST] [--tags LIST] "
    "[--go 1.N] [--toolchain LIST] [--allow-missing-sum] [--key FILE]... [--payload FORM] [--compress N] [--jobs N] "
    "[--since-head FILE] [--no-sumdb] [--channel NAME] [--counter N] [--expires WHEN] [--attach-trust FILE] "
    "[--base FILE] [--offline] [--dry-run]",
    NULL};

static const char *const examples[] = {
    "modferry pack -o deps.tar.zst --key release.key",
    "modferry pack ./service ./tool github.com/gin-gonic/gin@v1.9.1 -o deps.tar.zst",
    "modferry pack --roots approved.txt -o deps.tar.zst",
    "modferry pack -o - | split -b 4G - deps.tar.zst.",
    NULL,
};

static const char *const operands[] = {NULL};

static const struct mf_cli_option options[] = {
    {"output", 'o', "FILE", "the bundle to write; - is standard output", false},
    MF_CLOSUREARG_OPTIONS,
    {"allow-missing-sum", 0, NULL, "pack even where go.sum lacks lines that go asks for; recorded in the bundle",
     false},
    {"key", 'k', "FILE", "sign with this minisign secret key; may be repeated", true},
    {"payload", 0, "files|zips", "how modules travel: small (the default), or as served, quick to restore", false},
    {"compress", 0, "N", "level of zstd, 1 to 22 (default: 9; 1 for zips)", false},
    {"since-head", 0, "FILE", "prove for clients that hold these tree heads: DIR/.modferry/heads of a tree", false},
    {"no-sumdb", 0, NULL, "carry no proofs of the checksum database", false},
    {"base", 0, "FILE", "pack a difference to this: a bundle, a manifest.json, or DIR/.modferry/installed of a tree",
     false},
    MF_TRUSTOPTS_OPTIONS,
    MF_PLACEARG_OPTIONS,
    {"dry-run", 'n', NULL, "fetch and check everything, but write no bundle", false},
    MF_CLIARGS_JSON,
    {0},
};

enum { KEYS_MAX = MF_HEAD_SIGNATURES_MAX };
#define SINCE_MAX (4 * MF_MIB) /* bytes of --since-head: of .modferry/heads of a tree */

struct keys {
    struct mf_seckey *list[KEYS_MAX];
    size_t count;
};

static void release_keys(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        mf_seckey_free(&keys->list[i]);
}

static int read_keys(const struct mf_cli_args *args, struct keys *keys, struct mf_err *err)
{
    for (const char *path; (path = mf_cliargs_nth(args, "key", keys->count)); keys->count++) {
        if (keys->count == KEYS_MAX)
            return mf_err_set(err, MF_E_USAGE, "more than %d keys", KEYS_MAX);
        if (mf_signarg_key(path, &keys->list[keys->count], err) < 0)
            return -1;
    }
    return 0;
}

/* Where the bundle goes: a temporary beside its final name, or stdout. */
struct destination {
    const char *name; /* for messages */
    struct mf_temp temp;
    int spool; /* unlinked file */
};

#define DESTINATION_INIT ((struct destination){.temp = MF_TEMP_INIT, .spool = -1})

static void release_destination(struct destination *d)
{
    mf_temp_release(&d->temp);
    mf_fd_release(&d->spool);
}

/* The bundle and its spool need about seven tenths of the zips each, or all. */
static int check_space(int fd, const char *where, uint64_t zip_bytes, bool as_zip, bool both, struct mf_err *err)
{
    char have[MF_OUTPUT_SIZE], want[MF_OUTPUT_SIZE];
    uint64_t free_bytes, need = zip_bytes / 10 * (as_zip ? 10 : 7) * (both ? 2 : 1);
    if (mf_files_free(fd, where, &free_bytes, err) < 0)
        return -1;
    if (free_bytes >= need)
        return 0;
    return mf_err_set(err, MF_E_SPACE, "%s has %s free, and packing %s of zips needs about %s", where,
                      mf_output_size(free_bytes, have), mf_output_size(zip_bytes, want),
                      mf_output_size(need, (char[MF_OUTPUT_SIZE]){0}));
}

/* Of what travels; `base` may be NULL. */
static uint64_t zip_bytes(const struct mf_plan *plan, const struct mf_heldset *base)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        if (m->zip && !(base && mf_heldset_holds(base, m->id, mf_str(m->zip->facts.h1))))
            sum += m->zip->facts.zip_size;
    }
    return sum;
}

static int open_destination(const char *path, uint64_t bytes, bool as_zip, struct destination *out, struct mf_err *err)
{
    bool to_stdout = strcmp(path, "-") == 0;
    out->name = to_stdout ? "standard output" : path;
    if (to_stdout) {
        const char *tmp = mf_dir_tmp();
        MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
        if (mf_dir_open(&dir, tmp, false, err) < 0 || check_space(dir.fd, tmp, bytes, as_zip, false, err) < 0)
            return -1;
        out->spool = mf_temp_spool(dir, tmp, err);
    } else {
        if (mf_files_temp(path, 0666, &out->temp, err) < 0 ||
            check_space(out->temp.fd, path, bytes, as_zip, true, err) < 0)
            return -1;
        out->spool = mf_temp_spool(out->temp.parent, path, err);
    }
    return out->spool < 0 ? -1 : 0;
}

static void show(void *ctx, uint64_t bytes, uint64_t total)
{
    struct mf_progress_counts counts = {.bytes = bytes, .bytes_total = total};
    mf_progress_update(ctx, &counts);
}

/* What the checksum database vouches for; null where it was not asked. */
static json_t *sumdb_json(const struct mf_closurearg *c)
{
    const struct mf_planproof *proof = &c->proof;
    char root[MF_BASE64_SIZE(32)];
    size_t not_covered = 0;
    if (!proof->asked)
        return json_null();
    for (size_t i = 0; i < c->plan.count; i++)
        not_covered += c->plan.modules[i].not_covered.n > 0;
    mf_base64(proof->sumdb.head.tree.root.b, 32, root);
    json_t *o = json_object();
    mf_output_set(&o, "name", mf_output_string(proof->db.key.name));
    mf_output_set(&o, "size", json_integer((json_int_t)proof->sumdb.head.tree.size));
    mf_output_set(&o, "root", json_string(root));
    mf_output_set(&o, "covered", json_integer((json_int_t)(c->plan.count - not_covered)));
    mf_output_set(&o, "not_covered", json_integer((json_int_t)not_covered));
    return o;
}

static int print_json(const char *path, const struct mf_closurearg *c, const struct mf_pack_result *r,
                      const struct mf_pack_options *pack, struct mf_err *err)
{
    char id[65], manifest[65];
    json_t *document = json_object();
    mf_hex(r->id.b, sizeof(r->id.b), id);
    mf_hex(r->manifest_sha256.b, sizeof(r->manifest_sha256.b), manifest);
    mf_output_set(&document, "bundle", mf_output_string(mf_str(path)));
    mf_output_set(&document, "id", json_string(id));
    mf_output_set(&document, "manifest_sha256", json_string(manifest));
    mf_output_set(&document, "signatures", json_integer((json_int_t)pack->key_count));
    mf_output_set(&document, "modules", json_integer((json_int_t)r->modules));
    mf_output_set(&document, "zips", json_integer((json_int_t)r->zips));
    mf_output_set(&document, "as_zip", json_integer((json_int_t)r->as_zip));
    mf_output_set(&document, "zip_size", json_integer((json_int_t)r->zip_size));
    mf_output_set(&document, "content_size", json_integer((json_int_t)r->content_size));
    mf_output_set(&document, "bundle_size", json_integer((json_int_t)r->bundle_size));
    if (pack->base) {
        mf_output_set(&document, "held", json_integer((json_int_t)r->held));
        mf_output_set(&document, "carried_zip_size", json_integer((json_int_t)r->carried_zip_size));
        mf_output_set(&document, "without_older", json_integer((json_int_t)r->alone));
        mf_output_set(&document, "older_lacking", json_integer((json_int_t)r->lacking));
    }
    mf_closurearg_set_needs_go(c, &document);
    mf_output_set(&document, "sumdb", sumdb_json(c));
    if (pack->channel.n) {
        mf_output_set(&document, "channel", mf_output_string(pack->channel));
        mf_output_set(&document, "counter", json_integer((json_int_t)pack->counter));
    }
    return mf_output_json(document, err);
}

static void print_proof(const struct mf_closurearg *c)
{
    size_t covered = 0;
    for (size_t i = 0; i < c->plan.count; i++)
        covered += c->plan.modules[i].not_covered.n == 0;
    if (c->proof.asked)
        mf_output_line("proved  %zu modules by %.*s, tree of %llu records", covered, MF_FMT(c->proof.db.key.name),
                       (unsigned long long)c->proof.sumdb.head.tree.size);
}

static void print_difference(const struct mf_pack_result *r)
{
    mf_output_line("base    %zu modules are left out, because they are held", r->held);
    if (r->alone)
        mf_output_line("alone   %zu modules, of which nothing older is held", r->alone);
    if (r->as_zip)
        mf_output_line("zips    %zu modules travel as zips, which are not compressed after anything", r->as_zip);
    if (r->lacking)
        mf_output_line("alone   %zu older versions are held, but neither the store nor a proxy has them", r->lacking);
}

static void print_text(const char *path, const struct mf_closurearg *c, const struct mf_pack_result *r,
                       const struct mf_pack_options *pack)
{
    char id[65], bundle[MF_OUTPUT_SIZE], zips[MF_OUTPUT_SIZE];
    mf_hex(r->id.b, sizeof(r->id.b), id);
    mf_output_line("packed  %s", path);
    mf_closurearg_print_roots(c);
    mf_output_line("id      %s", id);
    if (pack->channel.n)
        mf_output_line("channel %.*s, counter %llu", MF_FMT(pack->channel), (unsigned long long)pack->counter);
    mf_output_line("modules %zu with their zip, %zu with their go.mod alone", r->zips, r->modules - r->zips);
    print_proof(c);
    mf_output_line("size    %s for %s of zips", mf_output_size(r->bundle_size, bundle),
                   mf_output_size(pack->base ? r->carried_zip_size : r->zip_size, zips));
    if (pack->base)
        print_difference(r);
    if (pack->key_count == 0)
        mf_output_line("unsigned: add a signature with `modferry sign %s --key FILE`", path);
}

static int read_payload(const struct mf_cli_args *args, bool *zips_out, struct mf_err *err)
{
    const char *form = mf_cliargs_value(args, "payload");
    *zips_out = form && strcmp(form, "zips") == 0;
    if (form && !*zips_out && strcmp(form, "files") != 0)
        return mf_err_set(err, MF_E_USAGE, "--payload %s is neither files nor zips", form);
    return 0;
}

/* What can be wrong about the options is told before anything is fetched. */
static int read_options(const struct mf_cli_args *args, struct mf_pack_options *out, struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "output");
    unsigned long level;
    if (!path && !mf_cliargs_has(args, "dry-run")) {
        mf_err_set(err, MF_E_USAGE, "pack needs a place for the bundle");
        return mf_err_next(err, "add -o FILE, or -o - for standard output");
    }
    if (path && strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
        return mf_err_set(err, MF_E_USAGE, "standard output is a terminal: a bundle is not for reading");
    if (read_payload(args, &out->all_as_zip, err) < 0 ||
        mf_cliargs_number(args, "compress", 1, MF_ZFRAME_LEVEL_MAX, out->all_as_zip ? 1 : MF_ZFRAME_LEVEL_DEFAULT,
                          &level, err) < 0)
        return -1;
    out->compress = (int)level;
    return mf_signarg_time(&out->created, err) < 0 ? -1 : mf_placearg_read(args, out, err);
}

static int write_bundle(const struct mf_cli_args *args, struct mf_closurearg *c, struct mf_pack_options *pack,
                        struct mf_err *err)
{
    MF_CLEANUP(release_destination) struct destination d = DESTINATION_INIT;
    const char *path = mf_cliargs_value(args, "output");
    bool to_stdout = strcmp(path, "-") == 0;
    struct mf_pack_result result;
    pack->threads = c->options.threads;
    pack->progress = show;
    pack->progress_ctx = &c->progress;
    pack->stop = mf_interrupt_watch();
    if (open_destination(path, zip_bytes(&c->plan, pack->base), pack->all_as_zip, &d, err) < 0)
        return mf_err_prefix(err, "pack");
    mf_progress_step(&c->progress, "pack");
    int fd = to_stdout ? STDOUT_FILENO : d.temp.fd;
    if (mf_pack_write(&c->plan, fd, d.name, d.spool, pack, &result, err) < 0)
        return mf_err_prefix(err, "pack %s", d.name);
    /* no bundle is out whose head later ones do not know */
    if (mf_interrupt_check(err) < 0 || mf_planproof_shipped(&c->proof, err) < 0 ||
        (!to_stdout && mf_durable_publish(&d.temp, path, err) < 0))
        return -1;
    mf_progress_release(&c->progress);
    if (to_stdout)
        return 0;
    if (mf_cliargs_has(args, "json"))
        return print_json(path, c, &result, pack, err);
    print_text(path, c, &result, pack);
    return 0;
}

static int print_dry(const struct mf_cli_args *args, const struct mf_closurearg *c, struct mf_err *err)
{
    const struct mf_plan *plan = &c->plan;
    if (!mf_cliargs_has(args, "json")) {
        mf_output_line("would pack %zu modules with their zip, %zu with their go.mod alone", plan->zips,
                       plan->count - plan->zips);
        print_proof(c);
        return 0;
    }
    json_t *document = json_object();
    mf_output_set(&document, "dry_run", json_true());
    mf_output_set(&document, "modules", json_integer((json_int_t)plan->count));
    mf_output_set(&document, "zips", json_integer((json_int_t)plan->zips));
    mf_output_set(&document, "zip_size", json_integer((json_int_t)zip_bytes(plan, NULL)));
    mf_closurearg_set_needs_go(c, &document);
    mf_output_set(&document, "sumdb", sumdb_json(c));
    return mf_output_json(document, err);
}

/* --since-head, --no-sumdb, and the channel whose heads count */
static int read_proof(const struct mf_cli_args *args, struct mf_buf *since, struct mf_str channel,
                      struct mf_planproof_options *out, struct mf_err *err)
{
    const char *file = mf_cliargs_value(args, "since-head");
    out->carry = !mf_cliargs_has(args, "no-sumdb");
    if (file && !out->carry)
        return mf_err_set(err, MF_E_USAGE, "--since-head and --no-sumdb exclude one another");
    if (file && mf_files_read(file, since, err) < 0)
        return mf_err_prefix(err, "--since-head");
    out->since = mf_buf_view(since);
    out->channel = channel;
    return 0;
}

static int read_base(const struct mf_cli_args *args, const struct keys *keys, struct mf_str heads,
                     struct mf_packbase *out, struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "base");
    if (!path && mf_trustopts_said(args))
        return mf_err_set(err, MF_E_USAGE, "--pubkey, --trust and --allow-unsigned go with --base FILE, a bundle");
    return path ? mf_packbase_read(args, path, keys->list, keys->count, heads, out, err) : 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_closurearg_release) struct mf_closurearg c = MF_CLOSUREARG_INIT;
    MF_CLEANUP(release_keys) struct keys keys = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf since = MF_BUF_INIT(SINCE_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf trustfile = MF_BUF_INIT(MF_TRUSTFILE_MAX);
    MF_CLEANUP(mf_packbase_release) struct mf_packbase base = MF_PACKBASE_INIT;
    struct mf_planproof_options proof = {0};
    struct mf_pack_options pack = {.keys = keys.list};
    bool strict = !mf_cliargs_has(args, "allow-missing-sum");
    if (read_options(args, &pack, err) < 0 || mf_placearg_trustfile(args, &trustfile, &pack, err) < 0)
        return -1;
    c.options.prove = !pack.all_as_zip && !mf_cliargs_has(args, "dry-run");
    if (read_proof(args, &since, pack.channel, &proof, err) < 0 || read_keys(args, &keys, err) < 0 ||
        read_base(args, &keys, proof.since, &base, err) < 0 || mf_closurearg_plan(args, &c, err) < 0 ||
        (strict && mf_closurearg_sums(&c, true, err) < 0) || mf_closurearg_fetch(&c, &proof, err) < 0 ||
        mf_closurearg_sums(&c, strict, err) < 0)
        return -1;
    pack.key_count = keys.count;
    pack.proof = &c.proof;
    pack.base = base.set.modules ? &base.set : NULL;
    return mf_cliargs_has(args, "dry-run") ? print_dry(args, &c, err) : write_bundle(args, &c, &pack, err);
}

const struct mf_cli_command mf_cmd_pack = {
    .name = "pack",
    .summary = "Write the closure of roots as one bundle",
    .usage = usage,
    .description =
        "Resolves the closure of each ROOT, fetches what the store does not hold, checks every module against the "
        "go.sum of the roots and the checksum database (GOSUMDB, GONOSUMDB, GOPRIVATE as go has them), and writes one "
        "reproducible bundle, with the proofs that `go` asks for past the gap (--no-sumdb: without). Where go.sum "
        "lacks lines that go asks for, it refuses: such a project does not build "
        "without "
        "network. With --allow-missing-sum it is packed all the same, and the manifest names the lines and promises no "
        "command that go will refuse.\n"
        "A ROOT is a directory with a go.mod (default: the current one) or path@query, which stands for a main "
        "module that requires only it (`modferry resolve --help` lists the queries). A directory in a workspace "
        "stands for the workspace (GOWORK=off: for itself). Several roots make one bundle; it names the versions that "
        "queries found, and what was typed.\n"
        "With --toolchain, Go releases travel too, and an older go past the gap can switch to them. A name without "
        "platform, go1.24.3, stands for each of --platform, or for linux-amd64 where there is none.\n"
        "Without --key the bundle is unsigned: sign it elsewhere with `modferry sign`, so that the secret key never "
        "has to be on the machine with the network. SOURCE_DATE_EPOCH sets the time of creation.\n"
        "With --base a difference is packed. A bundle in its place has to be signed by one of the --key, or as the "
        "trust options say; a manifest or a record of a tree is taken as it is.\n"
        "With --channel a far side that trusts a document (`modferry trust`) takes the bundles of the channel in the "
        "order of their counters, and none twice as another one.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = MF_CLI_ANY,
    .more = "ROOT",
    .run = run,
};
