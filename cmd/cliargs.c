#include "cmd/cliargs.h"

#include <assert.h>
#include <stdlib.h>

#include "cmd/clihelp.h"
#include "formats/base/pool.h"

#define JOBS_MAX 64

static const struct mf_cli_option *find_long(const struct mf_cli_command *command, struct mf_str name)
{
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        if (mf_str_eq(mf_str(o->name), name))
            return o;
    return NULL;
}

static const struct mf_cli_option *find_letter(const struct mf_cli_command *command, char letter)
{
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static bool value_is_optional(const struct mf_cli_option *option)
{
    return option->value && option->value[0] == '[';
}

static int add_given(struct mf_cli_args *args, const struct mf_cli_option *option, const char *value,
                     struct mf_err *err)
{
    if (option->value && !value && !value_is_optional(option))
        return mf_err_set(err, MF_E_USAGE, "option --%s needs a value: --%s %s", option->name, option->name,
                          option->value);
    if (!option->value && value)
        return mf_err_set(err, MF_E_USAGE, "option --%s takes no value", option->name);
    if (!option->repeatable && mf_cliargs_has(args, option->name))
        return mf_err_set(err, MF_E_USAGE, "option --%s was given twice", option->name);
    args->given[args->given_count++] = (struct mf_cli_given){option, value};
    return 0;
}

static int unknown_long(const struct mf_cli_command *command, struct mf_str name, struct mf_err *err)
{
    const char *near = mf_clihelp_near_option(command, name);
    if (near)
        return mf_err_set(err, MF_E_USAGE, "unknown option --%.*s; the nearest one is --%s", MF_FMT(name), near);
    return mf_err_set(err, MF_E_USAGE, "unknown option --%.*s", MF_FMT(name));
}

/* One word that begins with two dashes. `next` is the word behind it, or NULL;
 * *used says whether it was taken as the value. */
static int take_long(struct mf_cli_args *args, const char *word, const char *next, bool *used, struct mf_err *err)
{
    struct mf_str rest;
    struct mf_str name = mf_str_cut(mf_str(word + 2), '=', &rest);
    const struct mf_cli_option *option = find_long(args->command, name);
    if (!option && mf_str_eq(name, MF_LIT("help")) && !rest.p) {
        args->help = true;
        return 0;
    }
    if (!option)
        return unknown_long(args->command, name, err);
    *used = option->value && !value_is_optional(option) && !rest.p && next;
    return add_given(args, option, *used ? next : rest.p, err);
}

/* One word of short options, `-ab` or `-oVALUE`. */
static int take_letters(struct mf_cli_args *args, const char *word, const char *next, bool *used, struct mf_err *err)
{
    for (const char *p = word + 1; *p; p++) {
        const struct mf_cli_option *option = find_letter(args->command, *p);
        if (!option && *p == 'h') {
            args->help = true;
            continue;
        }
        if (!option)
            return mf_err_set(err, MF_E_USAGE, "unknown option -%c", *p);
        if (option->value) {
            *used = !p[1] && next && !value_is_optional(option);
            return add_given(args, option, *used ? next : p[1] ? p + 1 : NULL, err);
        }
        if (add_given(args, option, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int check_operands(const struct mf_cli_args *args, struct mf_err *err)
{
    const struct mf_cli_command *command = args->command;
    size_t need = 0;
    for (; command->operands[need]; need++)
        if (need >= args->operand_count)
            return mf_err_set(err, MF_E_USAGE, "%s is missing", command->operands[need]);
    if (args->operand_count > command->operands_max)
        return mf_err_set(err, MF_E_USAGE, "one argument too many: %s", args->operands[command->operands_max]);
    return 0;
}

static int take_words(struct mf_cli_args *args, int count, char **words, struct mf_err *err)
{
    bool options_over = false;
    for (int i = 0; i < count && !args->help; i++) {
        const char *word = words[i];
        const char *next = i + 1 < count ? words[i + 1] : NULL;
        bool used = false;
        int rc = 0;
        if (options_over || word[0] != '-' || !word[1])
            args->operands[args->operand_count++] = word;
        else if (strcmp(word, "--") == 0)
            options_over = true;
        else if (word[1] == '-')
            rc = take_long(args, word, next, &used, err);
        else
            rc = take_letters(args, word, next, &used, err);
        if (rc < 0)
            return -1;
        i += used;
    }
    return 0;
}

int mf_cliargs_parse(struct mf_cli_args *out, const struct mf_cli_program *program,
                     const struct mf_cli_command *command, int count, char **words, struct mf_err *err)
{
    size_t letters = 1;
    for (int i = 0; i < count; i++)
        letters += strlen(words[i]); /* joined flags: no more options than letters */
    *out = (struct mf_cli_args){.program = program, .command = command};
    out->given = calloc(letters, sizeof(*out->given));
    out->operands = calloc((size_t)count + 1, sizeof(*out->operands));
    if (!out->given || !out->operands)
        return mf_err_nomem(err);
    if (take_words(out, count, words, err) < 0)
        return -1;
    return out->help ? 0 : check_operands(out, err);
}

void mf_cliargs_release(struct mf_cli_args *args)
{
    free(args->given);
    free(args->operands);
    *args = (struct mf_cli_args){0};
}

bool mf_cliargs_has(const struct mf_cli_args *args, const char *name)
{
    assert(find_long(args->command, mf_str(name)));
    for (size_t i = 0; i < args->given_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): those that count are filled in */
        if (strcmp(args->given[i].option->name, name) == 0)
            return true;
    return false;
}

const char *mf_cliargs_nth(const struct mf_cli_args *args, const char *name, size_t n)
{
    assert(find_long(args->command, mf_str(name)));
    for (size_t i = 0; i < args->given_count; i++)
        if (strcmp(args->given[i].option->name, name) == 0 && n-- == 0)
            return args->given[i].value;
    return NULL;
}

const char *mf_cliargs_value(const struct mf_cli_args *args, const char *name)
{
    return mf_cliargs_nth(args, name, 0);
}

int mf_cliargs_number(const struct mf_cli_args *args, const char *name, unsigned long min, unsigned long max,
                      unsigned long fallback, unsigned long *out, struct mf_err *err)
{
    const char *text = mf_cliargs_value(args, name);
    if (!text) {
        *out = fallback;
        return 0;
    }
    unsigned long value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && value <= max; p++)
        value = value * 10 + (unsigned long)(*p - '0');
    if (*p || p == text || value < min || value > max)
        return mf_err_set(err, MF_E_USAGE, "--%s takes a number from %lu to %lu, not \"%s\"", name, min, max, text);
    *out = value;
    return 0;
}

int mf_cliargs_jobs(const struct mf_cli_args *args, unsigned *jobs_out, struct mf_err *err)
{
    unsigned long jobs;
    if (mf_cliargs_number(args, "jobs", 1, JOBS_MAX, mf_pool_default_threads(), &jobs, err) < 0)
        return -1;
    *jobs_out = (unsigned)jobs;
    return 0;
}
