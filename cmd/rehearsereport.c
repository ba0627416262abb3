#include "cmd/rehearsereport.h"

#include <stdio.h>

#include "cmd/output.h"

#define LINES_SHOWN 20 /* of the output of a command that failed */

void mf_rehearsereport_release(struct mf_rehearsereport *r)
{
    json_decref(r->roots);
    json_decref(r->commands);
}

void mf_rehearsereport_start(struct mf_rehearsereport *r, const struct mf_bundlearg *bundle,
                             const struct mf_rehearsal *rehearsal)
{
    const struct mf_manifest *m = &bundle->gate.manifest;
    if (r->json) {
        r->roots = json_array();
        return;
    }
    mf_bundlearg_warning_lines(bundle);
    mf_output_line("bundle     %s", bundle->name);
    mf_bundlearg_lines(bundle);
    mf_output_line("go         %.*s %.*s", MF_FMT(rehearsal->version), MF_FMT(rehearsal->platform));
    if (m->platform_count == 0)
        mf_output_line("note       packed for every platform, rehearsed for this one");
    if (rehearsal->setting.n)
        mf_output_line("note       %.*s: the checksum database does not travel", MF_FMT(rehearsal->setting));
}

void mf_rehearsereport_root(struct mf_rehearsereport *r, const struct mf_manifest_root *root,
                            const struct mf_source *source)
{
    if (r->json) {
        r->commands = json_array();
        return;
    }
    mf_output_line("root       %.*s%s%.*s", MF_FMT(root->module.path), root->module.version.n ? "@" : "",
                   MF_FMT(root->module.version));
    if (source && source->vendored)
        mf_output_line("  note     GOFLAGS=-mod=readonly: go would read the vendor directory instead");
    fflush(stdout);
}

void mf_rehearsereport_root_end(struct mf_rehearsereport *r, const struct mf_manifest_root *root, struct mf_str why)
{
    r->skipped += why.n ? root->command_count : 0;
    if (!r->json) {
        if (why.n)
            mf_output_line("  skipped  %.*s", MF_FMT(why));
        return;
    }
    json_t *object = json_object();
    mf_output_set(&object, "path", mf_output_string(root->module.path));
    if (root->module.version.n)
        mf_output_set(&object, "version", mf_output_string(root->module.version));
    mf_output_set(&object, "rehearsed", json_boolean(why.n == 0));
    if (why.n)
        mf_output_set(&object, "why", mf_output_string(why));
    mf_output_set(&object, "commands", r->commands);
    r->commands = NULL;
    mf_output_append(&r->roots, object);
}

static void count(struct mf_rehearsereport *r, const struct mf_manifest_run *run)
{
    if (mf_str_eq(run->result, MF_LIT("ok")))
        r->ok++;
    else if (mf_str_eq(run->result, MF_LIT("failed")))
        r->failed++;
    else
        r->skipped++;
}

static void set_text(json_t **object, const char *key, struct mf_str s)
{
    if (s.n > 0)
        mf_output_set(object, key, mf_output_string(s));
}

static void add_json(struct mf_rehearsereport *r, const struct mf_manifest_run *run, uint64_t milliseconds,
                     struct mf_str output)
{
    json_t *object = json_object();
    set_text(&object, "command", run->command);
    set_text(&object, "ran", run->ran);
    set_text(&object, "platform", run->platform);
    set_text(&object, "result", run->result);
    set_text(&object, "why", run->why);
    mf_output_set(&object, "milliseconds", json_integer((json_int_t)milliseconds));
    if (mf_str_eq(run->result, MF_LIT("failed")))
        set_text(&object, "output", output);
    mf_output_append(&r->commands, object);
}

/* The last lines, which is where go says what is wrong. */
static void print_output(struct mf_str output)
{
    struct mf_str rest = mf_str_trim(output);
    size_t lines = rest.n > 0, first = rest.n;
    while (first > 0 && lines <= LINES_SHOWN)
        if (rest.p[--first] == '\n' && ++lines > LINES_SHOWN)
            first++;
    rest = mf_str_from(rest, lines > LINES_SHOWN ? first : 0);
    while (rest.n > 0) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest), after;
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_REHEARSAL_OUTPUT_MAX);
        /* go separates columns by tabs, which would be masked */
        for (; line.p; line = after) {
            mf_buf_str(&text, mf_str_cut(line, '\t', &after));
            if (after.p)
                mf_buf_byte(&text, ' ');
        }
        mf_output_line("    | %.*s", MF_FMT(mf_buf_view(&text)));
    }
}

static void print_text(const struct mf_manifest_run *run, uint64_t milliseconds, struct mf_str output)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(64 * MF_KIB);
    mf_buf_fmt(&line, "  %-7.*s  %.*s", MF_FMT(run->result), MF_FMT(run->command));
    if (run->ran.n)
        mf_buf_fmt(&line, " (as %.*s)", MF_FMT(run->ran));
    if (run->platform.n)
        mf_buf_fmt(&line, " for %.*s", MF_FMT(run->platform));
    if (run->why.n)
        mf_buf_fmt(&line, ": %.*s", MF_FMT(run->why));
    if (milliseconds)
        mf_buf_fmt(&line, "  %.1f s", (double)milliseconds / 1000);
    mf_output_line("%.*s", MF_FMT(mf_buf_view(&line)));
    if (mf_str_eq(run->result, MF_LIT("failed")))
        print_output(output);
    fflush(stdout);
}

void mf_rehearsereport_command(void *ctx, const struct mf_manifest_run *run, uint64_t milliseconds,
                               struct mf_str output)
{
    struct mf_rehearsereport *r = ctx;
    count(r, run);
    if (r->json)
        add_json(r, run, milliseconds, output);
    else
        print_text(run, milliseconds, output);
}

int mf_rehearsereport_end(struct mf_rehearsereport *r, const struct mf_bundlearg *bundle,
                          const struct mf_rehearsal *rehearsal, const char *record, struct mf_err *err)
{
    if (!r->json) {
        mf_output_line("result     %zu ok, %zu failed, %zu skipped", r->ok, r->failed, r->skipped);
        if (record) {
            mf_output_line("recorded   %s", record);
            mf_output_line("unsigned: add a signature with `modferry sign %s --key FILE`", record);
        }
        return 0;
    }
    json_t *object = mf_bundlearg_json(bundle);
    mf_output_set(&object, "go", mf_output_string(rehearsal->version));
    mf_output_set(&object, "platform", mf_output_string(rehearsal->platform));
    mf_output_set(&object, "roots", r->roots);
    r->roots = NULL;
    mf_output_set(&object, "ok", json_integer((json_int_t)r->ok));
    mf_output_set(&object, "failed", json_integer((json_int_t)r->failed));
    mf_output_set(&object, "skipped", json_integer((json_int_t)r->skipped));
    mf_output_set(&object, "record", record ? mf_output_string(mf_str(record)) : json_null());
    return mf_output_json(object, err);
}
