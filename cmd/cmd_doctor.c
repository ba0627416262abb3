/* modferry doctor: why modules do not arrive, and which mirror is the best one. */
#include <stdio.h>

#include "bundle/doctor/doctor.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/interrupt.h"
#include "cmd/netarg.h"
#include "cmd/output.h"
#include "cmd/report.h"

static const char *const usage[] = {
    "doctor [URL] [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]",
    "doctor --mirrors URL,URL [MODULE[@VERSION]] [--timeout N] [--ca FILE] [--json]",
    NULL,
};
static const char *const examples[] = {
    "modferry doctor",
    "modferry doctor github.com/gin-gonic/gin@v1.9.1",
    "modferry doctor https://goproxy.example.com --ca corporate.pem",
    "modferry doctor --mirrors https://a.example.com,https://b.example.com",
    NULL,
};
static const char *const operands[] = {NULL};
static const struct mf_cli_option options[] = {
    {"mirrors", 0, "LIST", "compare these module proxies, and print the setting that uses them", false},
    {"timeout", 0, "N", "seconds that a step may take, 1 to 300 (default: 10); a body takes six times as long", false},
    MF_NETARG_CERTIFICATES,
    MF_CLIARGS_JSON,
    {0},
};

/* --- text --- */

static void print_finding(const struct mf_finding *f)
{
    char took[32] = "";
    const bool fine = f->level == MF_FOUND_OK;
    if (f->milliseconds >= 0)
        snprintf(took, sizeof(took), " (%lld ms)", (long long)f->milliseconds);
    mf_output_line("  %-8s %-9s %s%s%.*s%s%s%.*s", mf_verdict_level_name(f->level), f->step,
                   fine ? "" : mf_verdict_name(f->verdict), fine ? "" : ": ", MF_FMT(f->cause), took,
                   f->remedy.n ? "; next: " : "", MF_FMT(f->remedy));
}

/* What of a diagnosis was printed already. */
struct printed {
    bool settings;
    const struct mf_subject *last;
};

/* Prints what is new. */
static void print_text(void *ctx, const struct mf_diagnosis *d)
{
    struct printed *printed = ctx;
    for (const struct mf_setting_shown *s = printed->settings ? NULL : d->settings; s; s = s->next)
        mf_output_line("%s=%.*s (%s)", s->name, MF_FMT(s->value), s->source);
    printed->settings = true;
    for (const struct mf_subject *s = printed->last ? printed->last->next : d->first; s; s = s->next) {
        mf_output_line("%s %.*s", s->kind, MF_FMT(s->name));
        for (const struct mf_finding *f = s->first; f; f = f->next)
            print_finding(f);
        printed->last = s;
    }
    fflush(stdout);
}

/* --- JSON --- */

static json_t *fact_value(const struct mf_fact *f)
{
    return f->text.p ? mf_output_string(f->text) : json_integer((json_int_t)f->number);
}

/* Items of one name follow each other and become one array. */
static json_t *facts_json(const struct mf_fact *f)
{
    json_t *object = json_object();
    while (f) {
        const struct mf_fact *first = f;
        if (!f->item) {
            mf_output_set(&object, f->name, fact_value(f));
            f = f->next;
            continue;
        }
        json_t *array = json_array();
        for (; f && f->item && strcmp(f->name, first->name) == 0; f = f->next)
            mf_output_append(&array, fact_value(f));
        mf_output_set(&object, first->name, array);
    }
    return object;
}

static json_t *finding_json(const struct mf_finding *f)
{
    json_t *object = json_object();
    mf_output_set(&object, "step", json_string(f->step));
    mf_output_set(&object, "level", json_string(mf_verdict_level_name(f->level)));
    mf_output_set(&object, "verdict", json_string(mf_verdict_name(f->verdict)));
    mf_output_set(&object, "cause", mf_output_string(f->cause));
    if (f->remedy.n)
        mf_output_set(&object, "next", mf_output_string(f->remedy));
    if (f->milliseconds >= 0)
        mf_output_set(&object, "milliseconds", json_integer((json_int_t)f->milliseconds));
    if (f->facts)
        mf_output_set(&object, "details", facts_json(f->facts));
    return object;
}

static json_t *subject_json(const struct mf_subject *s)
{
    json_t *object = json_object(), *steps = json_array();
    for (const struct mf_finding *f = s->first; f; f = f->next)
        mf_output_append(&steps, finding_json(f));
    mf_output_set(&object, "kind", json_string(s->kind));
    mf_output_set(&object, "name", mf_output_string(s->name));
    mf_output_set(&object, "steps", steps);
    return object;
}

static json_t *setting_json(const struct mf_setting_shown *s)
{
    json_t *object = json_object();
    mf_output_set(&object, "name", json_string(s->name));
    mf_output_set(&object, "value", mf_output_string(s->value));
    mf_output_set(&object, "source", json_string(s->source));
    return object;
}

static int print_json(const struct mf_diagnosis *d, struct mf_err *err)
{
    json_t *document = json_object(), *settings = json_array(), *subjects = json_array();
    for (const struct mf_setting_shown *s = d->settings; s; s = s->next)
        mf_output_append(&settings, setting_json(s));
    for (const struct mf_subject *s = d->first; s; s = s->next)
        mf_output_append(&subjects, subject_json(s));
    mf_output_set(&document, "reachable", json_boolean(mf_diagnosis_worst(d) < MF_FOUND_FAILURE));
    mf_output_set(&document, "settings", settings);
    mf_output_set(&document, "subjects", subjects);
    return mf_output_json(document, err);
}

/* --- the command --- */

/* What has "://" in it is a URL; module paths have no colon. */
static int take_operands(const struct mf_cli_args *args, struct mf_doctor_options *out, struct mf_err *err)
{
    for (size_t i = 0; i < args->operand_count; i++) {
        const char **to = strstr(args->operands[i], "://") ? &out->url : &out->module;
        if (*to)
            return mf_err_set(err, MF_E_USAGE, "one URL and one module at most");
        *to = args->operands[i];
    }
    if (out->url && out->mirrors)
        return mf_err_set(err, MF_E_USAGE, "a URL and --mirrors exclude one another");
    return 0;
}

static int read_options(const struct mf_cli_args *args, struct mf_doctor_options *out, struct mf_err *err)
{
    unsigned long seconds;
    *out = (struct mf_doctor_options){.mirrors = mf_cliargs_value(args, "mirrors"), .stop = mf_interrupt_watch()};
    if (mf_cliargs_number(args, "timeout", 1, MF_DOCTOR_SECONDS_MAX, MF_DOCTOR_SECONDS, &seconds, err) < 0 ||
        mf_netarg_certificates(args, &out->ca_file, &out->client_cert, &out->client_key, err) < 0)
        return -1;
    out->seconds = (unsigned)seconds;
    return take_operands(args, out, err);
}

/* The first finding that decides the exit status. */
static const struct mf_finding *find_worst(const struct mf_diagnosis *d, const struct mf_subject **of_out)
{
    const enum mf_verdict_level worst = mf_diagnosis_worst(d);
    for (const struct mf_subject *s = d->first; s; s = s->next)
        for (const struct mf_finding *f = s->first; f; f = f->next)
            if (f->level == worst) {
                *of_out = s;
                return f;
            }
    return NULL;
}

static int conclude(const struct mf_cli_args *args, const struct mf_diagnosis *d, struct mf_err *err)
{
    const struct mf_subject *s = NULL;
    const struct mf_finding *f = find_worst(d, &s);
    if (!f || f->level < MF_FOUND_FAILURE)
        return 0;
    mf_err_set(err, f->level == MF_FOUND_REFUSED ? MF_E_HASH : MF_E_NETWORK, "doctor: %s %.*s: %s: %s: %.*s", s->kind,
               MF_FMT(s->name), f->step, mf_verdict_name(f->verdict), MF_FMT(f->cause));
    if (f->remedy.n)
        mf_err_next(err, "%.*s", MF_FMT(f->remedy));
    /* the findings are the JSON document already */
    return mf_report_error(args->program, args->command, false, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_diagnosis_release) struct mf_diagnosis d;
    struct mf_doctor_options given;
    struct printed printed = {0};
    mf_diagnosis_init(&d);
    if (read_options(args, &given, err) < 0)
        return -1;
    if (!mf_cliargs_has(args, "json")) {
        given.show = print_text;
        given.show_ctx = &printed;
    }
    if (mf_doctor_run(&given, &d, err) < 0)
        return mf_err_prefix(err, "doctor");
    if (mf_cliargs_has(args, "json") && print_json(&d, err) < 0)
        return -1;
    if (!mf_cliargs_has(args, "json"))
        print_text(&printed, &d);
    return conclude(args, &d, err);
}

const struct mf_cli_command mf_cmd_doctor = {
    .name = "doctor",
    .summary = "Find out why modules do not arrive",
    .usage = usage,
    .description =
        "Looks at the entries of GOPROXY, the checksum database and the hosts of GOPRIVATE one step after the other: "
        "name, each address, forward proxy, TLS, first answer. With a MODULE also its list, .info, .mod and .zip, "
        "which are hashed and compared with go.sum of the current directory and with the checksum database. Each line "
        "says what was found, and with a failure its name, its cause, and a command that helps "
        "(docs/troubleshooting.md).\n"
        "A URL takes the place of GOPROXY. Without MODULE and URL it is the first one that go.mod of the current "
        "directory requires directly and GONOPROXY does not match, if there is one. Without VERSION it is the one "
        "that go.mod requires, else the newest.\n"
        "--mirrors compares module proxies with each other: what they send must be the same, or is refused; they are "
        "sorted by how new their list is and how fast they send the zip of MODULE, three times in turns. The last "
        "line has the `go env -w` command that uses them.\n"
        "The exit status is 3 where something is not reachable, and 1 where a hash or a signature is wrong.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 2,
    .more = "URL|MODULE",
    .run = run,
};
