#include "cmd/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "cmd/clihelp.h"
#include "cmd/output.h"
#include "cmd/progress.h"

/* Next step of a usage error that names no better one. */
static void usage_advice(const struct mf_cli_program *program, const struct mf_cli_command *command, char *out,
                         size_t cap)
{
    if (command)
        snprintf(out, cap, "run `%s %s --help`", program->name, command->name);
    else
        snprintf(out, cap, "run `%s --help`", program->name);
}

int mf_report_error(const struct mf_cli_program *program, const struct mf_cli_command *command, bool json,
                    const struct mf_err *err)
{
    char next[sizeof(err->next)];
    if (err->code == MF_E_USAGE && !err->next[0])
        usage_advice(program, command, next, sizeof(next));
    else
        snprintf(next, sizeof(next), "%s", mf_err_advice(err));
    mf_progress_hide();
    fflush(stdout); /* what was printed before stands before it; a failure is told at the end */
    fprintf(stderr, "modferry: %s\n", err->text);
    if (err->code == MF_E_USAGE && command)
        mf_clihelp_usage(program, command, "  ", stderr);
    fprintf(stderr, "  next: %s\n", next);
    if (json) {
        json_t *error =
            json_pack("{s:{s:s,s:s,s:s}}", "error", "code", mf_code_name(err->code), "text", err->text, "next", next);
        struct mf_err ignored;
        if (mf_output_json(error, &ignored) < 0)
            fputs("modferry: the error could not be printed as JSON\n", stderr);
    }
    return mf_code_exit(err->code);
}

MF_PRINTF(2, 0)
static void tell(const char *before, const char *fmt, va_list args)
{
    char text[1024];
    char masked[2048];
    vsnprintf(text, sizeof(text), fmt, args);
    mf_mask(text, strlen(text), masked, sizeof(masked));
    mf_progress_hide();
    fprintf(stderr, "%s%s\n", before, masked);
}

void mf_report_warning(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tell("modferry: warning: ", fmt, args);
    va_end(args);
}

void mf_report_note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tell("modferry: note: ", fmt, args);
    va_end(args);
}

void mf_report_detail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tell("", fmt, args);
    va_end(args);
}
