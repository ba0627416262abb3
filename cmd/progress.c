#include "cmd/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/output.h"
#include "formats/base/buf.h"
#include "formats/base/clock.h"

#define REDRAW_MS 100
#define PLAIN_MS 5000
#define RATE_AFTER_MS 1000 /* before that a rate says nothing */
#define LINE_MAX 256

static bool drawn; /* a line is on the terminal */

static enum mf_progress_mode automatic(void)
{
    const char *term = getenv("TERM");
    bool capable = term && *term && strcmp(term, "dumb") != 0;
    if (!isatty(STDERR_FILENO))
        return MF_PROGRESS_OFF;
    return capable ? MF_PROGRESS_TERMINAL : MF_PROGRESS_PLAIN;
}

int mf_progress_start(struct mf_progress *p, const struct mf_cli_args *args, const char *what, struct mf_err *err)
{
    const char *form = mf_cliargs_value(args, "progress");
    bool quiet = mf_cliargs_has(args, "quiet");
    *p = (struct mf_progress){.mode = quiet ? MF_PROGRESS_OFF : automatic()};
    if (form && quiet)
        return mf_err_set(err, MF_E_USAGE, "--quiet and --progress exclude one another");
    if (form && strcmp(form, "json") == 0)
        p->mode = MF_PROGRESS_JSON;
    else if (form && strcmp(form, "plain") == 0)
        p->mode = MF_PROGRESS_PLAIN;
    else if (form && strcmp(form, "auto") != 0)
        return mf_err_set(err, MF_E_USAGE, "--progress takes auto, plain or json, not \"%s\"", form);
    mf_progress_step(p, what);
    return 0;
}

/* "mm:ss" or "h:mm:ss". */
static void add_time(struct mf_buf *line, uint64_t seconds)
{
    if (seconds >= 3600)
        mf_buf_fmt(line, "%" PRIu64 ":%02u:%02u", seconds / 3600, (unsigned)(seconds / 60 % 60),
                   (unsigned)(seconds % 60));
    else
        mf_buf_fmt(line, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
}

/* How much of the work is left for each part that is done: by bytes where their sum
 * is known, else by modules that took time. Negative where nobody can say. */
static double work_left(const struct mf_progress_counts *c)
{
    if (c->bytes_total)
        return c->bytes && c->bytes < c->bytes_total ? (double)(c->bytes_total - c->bytes) / (double)c->bytes : -1;
    if (c->modules <= c->at_hand || c->modules_total <= c->modules)
        return -1;
    return (double)(c->modules_total - c->modules) / (double)(c->modules - c->at_hand);
}

static void add_rate(const struct mf_progress *p, uint64_t elapsed, struct mf_buf *line)
{
    const struct mf_progress_counts *c = &p->counts;
    const double left = work_left(c);
    char size[MF_OUTPUT_SIZE];
    if (elapsed < RATE_AFTER_MS)
        return;
    if (c->bytes)
        mf_buf_fmt(line, ", %s/s", mf_output_size((uint64_t)((double)c->bytes * 1000 / (double)elapsed), size));
    if (left < 0)
        return;
    mf_buf_str(line, MF_LIT(", "));
    add_time(line, (uint64_t)((double)elapsed * left / 1000) + 1);
    mf_buf_str(line, MF_LIT(" left"));
}

/* `verify: 12.3 MB of 45.6 MB (27%), 123 of 360 modules, 3.4 MB/s, 0:12 left` */
static void describe(const struct mf_progress *p, uint64_t elapsed, struct mf_buf *line)
{
    const struct mf_progress_counts *c = &p->counts;
    char size[MF_OUTPUT_SIZE];
    const char *separator = "";
    mf_buf_fmt(line, "%s: ", p->what);
    if (c->bytes > 0 || c->bytes_total > 0 || c->modules_total == 0) {
        mf_buf_str(line, mf_str(mf_output_size(c->bytes, size)));
        separator = ", ";
    }
    if (c->bytes_total > 0)
        mf_buf_fmt(line, " of %s (%u%%)", mf_output_size(c->bytes_total, size),
                   (unsigned)(100.0 * (double)c->bytes / (double)c->bytes_total));
    if (c->modules_total > 0)
        mf_buf_fmt(line, "%s%" PRIu64 " of %" PRIu64 " modules", separator, c->modules, c->modules_total);
    else if (c->modules > 0)
        mf_buf_fmt(line, "%s%" PRIu64 " modules", separator, c->modules);
    add_rate(p, elapsed, line);
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        return size.ws_col - 1U;
    return 79;
}

static void print_text(struct mf_progress *p, uint64_t now)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(LINE_MAX);
    describe(p, now - p->started, &line);
    if (p->mode == MF_PROGRESS_PLAIN) {
        fprintf(stderr, "%.*s\n", MF_FMT(mf_buf_view(&line)));
        return;
    }
    size_t width = terminal_width();
    fprintf(stderr, "\r%.*s\033[K", (int)(line.n < width ? line.n : width), line.p ? line.p : "");
    drawn = true;
}

static void print_json(const struct mf_progress *p, const char *event, uint64_t now)
{
    const struct mf_progress_counts *c = &p->counts;
    fprintf(stderr,
            "{\"event\":\"%s\",\"step\":\"%s\",\"bytes\":%" PRIu64 ",\"bytes_total\":%" PRIu64 ",\"modules\":%" PRIu64
            ",\"modules_total\":%" PRIu64 ",\"seconds\":%" PRIu64 ".%03u}\n",
            event, p->what, c->bytes, c->bytes_total, c->modules, c->modules_total, (now - p->started) / 1000,
            (unsigned)((now - p->started) % 1000));
}

void mf_progress_update(struct mf_progress *p, const struct mf_progress_counts *counts)
{
    p->counts = *counts;
    if (p->mode == MF_PROGRESS_OFF)
        return;
    uint64_t now = (uint64_t)mf_clock_ms();
    if (now - p->latest < (p->mode == MF_PROGRESS_PLAIN ? PLAIN_MS : REDRAW_MS))
        return;
    p->latest = now;
    if (p->mode == MF_PROGRESS_JSON)
        print_json(p, "progress", now);
    else
        print_text(p, now);
}

void mf_progress_hide(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}

/* Ends the current step, if there is one. */
static void end_step(struct mf_progress *p)
{
    if (p->mode == MF_PROGRESS_JSON && p->what)
        print_json(p, "end", (uint64_t)mf_clock_ms());
    mf_progress_hide();
    p->what = NULL;
}

void mf_progress_step(struct mf_progress *p, const char *what)
{
    end_step(p);
    p->what = what;
    p->started = p->latest = (uint64_t)mf_clock_ms();
    p->counts = (struct mf_progress_counts){0};
}

void mf_progress_release(struct mf_progress *p)
{
    end_step(p);
    *p = MF_PROGRESS_INIT;
}
