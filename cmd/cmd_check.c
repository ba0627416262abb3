#include <inttypes.h>
#include <stdio.h>

#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "verify/check.h"
#include "verify/sandbox.h"
#include "verify/treesumdb.h"

static const char *const usage[] = {"check DIR [--quick] [--json] [--jobs N]", NULL};
static const char *const examples[] = {"modferry check /srv/goproxy", NULL};
static const char *const operands[] = {"DIR", NULL};
static const struct mf_cli_option options[] = {
    {"quick", 0, NULL, "believe the record about zips that are those it names, and do not open them", false},
    MF_CLIARGS_JSON,
    MF_CLIARGS_JOBS,
    {0}};

struct findings {
    bool json;
    json_t *array;
};

static void on_finding(void *ctx, const struct mf_check_finding *f)
{
    static const char *const verdicts[] = {[MF_CHECK_OK] = "ok",
                                           [MF_CHECK_CHANGED] = "changed",
                                           [MF_CHECK_MISSING] = "missing",
                                           [MF_CHECK_UNRECORDED] = "unrecorded"};
    struct findings *findings = ctx;
    const char *detail = f->detail ? f->detail : "";
    if (!findings->json) {
        mf_output_line("%-10s %.*s@%.*s %s%s%s", verdicts[f->verdict], MF_FMT(f->module.path),
                       MF_FMT(f->module.version), f->what, *detail ? ": " : "", detail);
        return;
    }
    json_t *object = json_object();
    mf_output_set(&object, "verdict", json_string(verdicts[f->verdict]));
    mf_output_set(&object, "path", mf_output_string(f->module.path));
    mf_output_set(&object, "version", mf_output_string(f->module.version));
    mf_output_set(&object, "what", json_string(f->what));
    mf_output_set(&object, "detail", mf_output_string(mf_str(detail)));
    mf_output_append(&findings->array, object);
}

static const char *kind_name(enum mf_tree_kind kind)
{
    return kind == MF_TREE_PROXY ? "proxy" : "modcache";
}

/* What the tree's checksum database says, or that there is none. */
struct sumdb {
    struct mf_treesumdb_record record;
    uint64_t lookups;
    struct mf_arena arena;
};

static void release_sumdb(struct sumdb *s)
{
    mf_arena_release(&s->arena);
}

static int check_sumdb(struct mf_dir dir, enum mf_tree_kind kind, struct sumdb *out, struct mf_err *err)
{
    if (mf_treesumdb_read(dir, &out->record, &out->arena, err) < 0)
        return -1;
    return out->record.key.n ? mf_treesumdb_check(dir, kind, out->record.key, &out->lookups, err) : 0;
}

static struct mf_str sumdb_name(const struct sumdb *s)
{
    return mf_str_head(s->record.key, mf_str_find(s->record.key, '+'));
}

static json_t *sumdb_json(const struct sumdb *s)
{
    json_t *object = json_object(), *exempt = json_array();
    for (size_t i = 0; i < s->record.exempt_count; i++)
        mf_output_append(&exempt, mf_output_string(s->record.exempt[i]));
    mf_output_set(&object, "name", s->record.key.n ? mf_output_string(sumdb_name(s)) : json_null());
    mf_output_set(&object, "lookups", json_integer((json_int_t)s->lookups));
    mf_output_set(&object, "complete", json_boolean(s->record.complete));
    mf_output_set(&object, "exempt", exempt);
    return object;
}

static void print_sumdb(const struct sumdb *s)
{
    if (s->record.key.n)
        mf_output_line("sumdb      %.*s: %" PRIu64 " records proved, %s", MF_FMT(sumdb_name(s)), s->lookups,
                       s->record.complete ? "complete" : "not complete: go does not use it");
    for (size_t i = 0; i < s->record.exempt_count; i++)
        mf_output_line("exempt     %.*s", MF_FMT(s->record.exempt[i]));
}

static int print_json(const char *path, enum mf_tree_kind kind, const struct mf_check_result *r,
                      const struct sumdb *sumdb, json_t *findings, struct mf_err *err)
{
    json_t *object = json_object();
    mf_output_set(&object, "directory", mf_output_string(mf_str(path)));
    mf_output_set(&object, "kind", json_string(kind_name(kind)));
    mf_output_set(&object, "good", json_boolean(r->changed + r->missing == 0));
    mf_output_set(&object, "modules", json_integer((json_int_t)r->modules));
    mf_output_set(&object, "ok", json_integer((json_int_t)r->ok));
    mf_output_set(&object, "changed", json_integer((json_int_t)r->changed));
    mf_output_set(&object, "missing", json_integer((json_int_t)r->missing));
    mf_output_set(&object, "unrecorded", json_integer((json_int_t)r->unrecorded));
    mf_output_set(&object, "bytes", json_integer((json_int_t)r->bytes));
    mf_output_set(&object, "sumdb", sumdb_json(sumdb));
    mf_output_set(&object, "findings", findings);
    return mf_output_json(object, err);
}

static void print_text(const char *path, enum mf_tree_kind kind, const struct mf_check_result *r,
                       const struct sumdb *sumdb)
{
    char size[MF_OUTPUT_SIZE];
    mf_output_line("checked    %s (%s)", path, kind == MF_TREE_PROXY ? "proxy tree" : "GOMODCACHE");
    mf_output_line("modules    %" PRIu64 ", %s read", r->modules, mf_output_size(r->bytes, size));
    print_sumdb(sumdb);
    mf_output_line("found      ok %" PRIu64 ", changed %" PRIu64 ", missing %" PRIu64 ", unrecorded %" PRIu64, r->ok,
                   r->changed, r->missing, r->unrecorded);
}

static int check(const struct mf_cli_args *args, struct findings *findings, struct mf_check_result *result,
                 struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    MF_CLEANUP(release_sumdb) struct sumdb sumdb = {.arena = MF_ARENA_INIT(16 * MF_MIB)};
    const char *path = args->operands[0];
    enum mf_tree_kind kind;
    unsigned jobs;
    if (mf_cliargs_jobs(args, &jobs, err) < 0 || mf_files_dir(path, false, &dir, err) < 0)
        return -1;
    const struct mf_sandbox_place place = {dir.fd, MF_SANDBOX_READ};
    if (mf_sandbox_enter(&place, 1, err) < 0 || mf_check_kind(dir, &kind, NULL, err) < 0 ||
        check_sumdb(dir, kind, &sumdb, err) < 0 ||
        mf_check_tree(dir, mf_cliargs_has(args, "quick"), jobs, on_finding, findings, result, err) < 0)
        return -1;
    if (!findings->json) {
        print_text(path, kind, result, &sumdb);
        return 0;
    }
    json_t *array = findings->array;
    findings->array = NULL;
    return print_json(path, kind, result, &sumdb, array, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    struct findings findings = {.json = mf_cliargs_has(args, "json")};
    struct mf_check_result result;
    findings.array = findings.json ? json_array() : NULL;
    int rc = check(args, &findings, &result, err);
    json_decref(findings.array);
    if (rc < 0)
        return mf_err_prefix(err, "check %s", args->operands[0]);
    if (result.changed + result.missing == 0)
        return 0;
    mf_err_set(err, MF_E_HASH, "check %s: %" PRIu64 " changed, %" PRIu64 " missing", args->operands[0], result.changed,
               result.missing);
    /* With the record, unpack passes over a directory that looks untouched from outside. */
    mf_err_next(err,
                "find out what changed it; then remove %s/.modferry/installed and unpack the bundle again: what is "
                "wrong is replaced",
                args->operands[0]);
    /* the findings are the JSON document already */
    return mf_report_error(args->program, args->command, false, err);
}

const struct mf_cli_command mf_cmd_check = {
    .name = "check",
    .summary = "Hash an installed tree again and compare",
    .usage = usage,
    .description =
        "Reads everything that `unpack` recorded in a proxy tree or GOMODCACHE and compares its hashes with the "
        "record, and proves the records of its checksum database again. Modules that came there in another way are "
        "listed as unrecorded and not judged. The exit status is 1 "
        "where something changed or is missing.\n"
        "With --quick a zip that has the SHA-256 of the record is not opened: that finds damage in much less time, but "
        "not somebody who has changed the record too.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
