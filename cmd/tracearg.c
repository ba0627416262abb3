#include "cmd/tracearg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "cmd/traceline.h"
#include "formats/base/clock.h"
#include "formats/base/dir.h"
#include "formats/cjson.h"
#include "formats/timetext.h"

/* One write for the whole line. Takes the reference. */
static void write_line(struct mf_tracearg *t, json_t *document)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(MF_MIB);
    struct mf_err ignored;
    char *text = document ? mf_cjson_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(document);
    if (text)
        mf_buf_fmt(&line, "%s\n", text);
    free(text);
    if (!line.n)
        t->failed = ENOMEM;
    else if (mf_write_full(t->fd, line.p, line.n, "trace", &ignored) < 0)
        t->failed = errno ? errno : EIO;
}

static bool writes(const struct mf_tracearg *t)
{
    return t->fd >= 0 && !t->failed;
}

static void on_request(void *ctx, const struct mf_netrequest *r)
{
    struct mf_tracearg *t = ctx;
    t->requests++;
    t->again += r->end == MF_NETEND_RETRY;
    t->bytes += r->bytes;
    if (writes(t))
        write_line(t, mf_traceline_request(r, t->began_us));
    if (t->verbose)
        mf_traceline_tell_request(r);
}

static void on_file(void *ctx, const struct mf_watch_file *f)
{
    struct mf_tracearg *t = ctx;
    t->files[f->source]++;
    t->at_hand += f->source == MF_WATCH_STORE || f->source == MF_WATCH_GOMODCACHE;
    if (writes(t))
        write_line(t, mf_traceline_file(f, t->began_us));
    if (t->verbose)
        mf_traceline_tell_file(f);
}

static void update(struct mf_tracearg *t, uint64_t done, uint64_t total)
{
    const struct mf_progress_counts counts = {.bytes = t->moved > t->moved_before ? t->moved - t->moved_before : 0,
                                              .modules = done,
                                              .modules_total = total,
                                              .at_hand = t->at_hand};
    mf_progress_update(t->progress, &counts);
}

static void on_moved(void *ctx, uint64_t bytes)
{
    struct mf_tracearg *t = ctx;
    t->moved = bytes;
    update(t, t->progress->counts.modules, t->progress->counts.modules_total);
}

void mf_tracearg_step(struct mf_tracearg *t, const char *step, uint64_t done, uint64_t total)
{
    if (!t->progress->what || strcmp(t->progress->what, step) != 0) {
        mf_progress_step(t->progress, step);
        t->moved_before = t->moved;
        t->at_hand = 0;
    }
    update(t, done, total);
}

static void write_begin(struct mf_tracearg *t, const char *command)
{
    char now[MF_TIMETEXT_UTC] = "";
    (void)!mf_timetext_utc((int64_t)time(NULL), now);
    json_t *o = json_object();
    mf_output_set(&o, "event", json_string("begin"));
    mf_output_set(&o, "format", json_string("modferry-trace 1"));
    mf_output_set(&o, "modferry", json_string(MODFERRY_VERSION));
    mf_output_set(&o, "command", json_string(command));
    mf_output_set(&o, "time", json_string(now));
    write_line(t, o);
}

int mf_tracearg_open(struct mf_tracearg *t, const struct mf_cli_args *args, struct mf_progress *progress,
                     struct mf_err *err)
{
    t->watch = (struct mf_watch){.net = {t, on_request, on_moved}, .ctx = t, .file = on_file};
    t->progress = progress;
    t->began_us = mf_clock_us();
    t->verbose = mf_cliargs_has(args, "verbose");
    t->path = mf_cliargs_value(args, "trace");
    if (t->verbose && mf_cliargs_has(args, "quiet"))
        return mf_err_set(err, MF_E_USAGE, "--quiet and --verbose exclude one another");
    if (!t->path)
        return 0;
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (t->fd < 0)
        return mf_err_errno(err, errno, "--trace %s", t->path);
    write_begin(t, args->command->name);
    return 0;
}

static json_t *end_line(const struct mf_tracearg *t)
{
    json_t *o = json_object(), *files = json_object();
    for (enum mf_watch_source s = MF_WATCH_NOWHERE; s < MF_TRACEARG_SOURCES; s++)
        mf_output_set(&files, mf_traceline_source(s), json_integer((json_int_t)t->files[s]));
    mf_output_set(&o, "event", json_string("end"));
    mf_output_set(&o, "at_us", json_integer(mf_clock_us() - t->began_us));
    mf_output_set(&o, "requests", json_integer((json_int_t)t->requests));
    mf_output_set(&o, "retries", json_integer((json_int_t)t->again));
    mf_output_set(&o, "bytes", json_integer((json_int_t)t->bytes));
    mf_output_set(&o, "files", files);
    return o;
}

void mf_tracearg_release(struct mf_tracearg *t)
{
    struct mf_err why;
    if (writes(t))
        write_line(t, end_line(t));
    if (t->failed) {
        mf_err_errno(&why, t->failed, "the trace %s is not complete", t->path);
        mf_report_warning("%s", why.text);
    }
    mf_fd_release(&t->fd);
}
