#include "bundle/doctor/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>

void mf_diagnosis_init(struct mf_diagnosis *d)
{
    *d = (struct mf_diagnosis){.arena = MF_ARENA_INIT(64 * MF_MIB)};
    d->end = &d->first;
    d->settings_end = &d->settings;
    d->lost.facts_end = &d->lost.facts;
    d->lost_subject.end = &d->lost_subject.first;
}

void mf_diagnosis_release(struct mf_diagnosis *d)
{
    mf_arena_release(&d->arena);
    mf_diagnosis_init(d);
}

int mf_diagnosis_check(const struct mf_diagnosis *d, struct mf_err *err)
{
    return d->failed ? mf_err_nomem(err) : 0;
}

static void *take(struct mf_diagnosis *d, size_t n)
{
    struct mf_err ignored;
    void *p = mf_arena_alloc(&d->arena, n, &ignored);
    d->failed = d->failed || !p;
    return p;
}

/* A masked copy, cut off where it is long. */
static struct mf_str keep(struct mf_diagnosis *d, struct mf_str text, size_t most)
{
    char masked[MF_FINDING_COMMAND];
    struct mf_err ignored;
    struct mf_str copy = {"", 0};
    const size_t n = mf_mask(text.p ? text.p : "", text.n, masked, most);
    if (mf_arena_dup(&d->arena, (struct mf_str){masked, n}, &copy, &ignored) < 0)
        d->failed = true;
    return copy;
}

MF_PRINTF(3, 0)
static struct mf_str keep_formatted(struct mf_diagnosis *d, size_t most, const char *fmt, va_list args)
{
    char raw[MF_FINDING_COMMAND];
    const int n = vsnprintf(raw, sizeof(raw), fmt, args);
    const size_t length = n < 0 ? 0 : (size_t)n;
    return keep(d, (struct mf_str){raw, length < sizeof(raw) ? length : sizeof(raw) - 1}, most);
}

struct mf_subject *mf_diagnosis_subject(struct mf_diagnosis *d, const char *kind, struct mf_str name)
{
    struct mf_subject *s = take(d, sizeof(*s));
    if (!s)
        return &d->lost_subject;
    s->kind = kind;
    s->name = keep(d, name, MF_FINDING_COMMAND);
    s->end = &s->first;
    *d->end = s;
    d->end = &s->next;
    return s;
}

struct mf_finding *mf_diagnosis_add(struct mf_diagnosis *d, struct mf_subject *s, const char *step, enum mf_verdict v,
                                    const char *fmt, ...)
{
    va_list args;
    struct mf_finding *f = take(d, sizeof(*f));
    if (!f)
        return &d->lost;
    *f = (struct mf_finding){.step = step, .verdict = v, .level = mf_verdict_level(v), .milliseconds = -1};
    va_start(args, fmt);
    f->cause = keep_formatted(d, MF_FINDING_TEXT, fmt, args);
    va_end(args);
    f->remedy = mf_str(mf_verdict_remedy(v));
    f->facts_end = &f->facts;
    *s->end = f;
    s->end = &f->next;
    s->failed = s->failed || f->level >= MF_FOUND_FAILURE;
    return f;
}

void mf_diagnosis_remedy(struct mf_diagnosis *d, struct mf_finding *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    f->remedy = keep_formatted(d, MF_FINDING_COMMAND, fmt, args);
    va_end(args);
}

static struct mf_fact *add_fact(struct mf_diagnosis *d, struct mf_finding *f, const char *name)
{
    struct mf_fact *fact = f == &d->lost ? NULL : take(d, sizeof(*fact));
    if (!fact)
        return NULL;
    fact->name = name;
    *f->facts_end = fact;
    f->facts_end = &fact->next;
    return fact;
}

void mf_diagnosis_text(struct mf_diagnosis *d, struct mf_finding *f, const char *name, struct mf_str text)
{
    struct mf_fact *fact = add_fact(d, f, name);
    if (fact)
        fact->text = keep(d, text, MF_FINDING_TEXT);
}

void mf_diagnosis_item(struct mf_diagnosis *d, struct mf_finding *f, const char *name, struct mf_str text)
{
    struct mf_fact *fact = add_fact(d, f, name);
    if (!fact)
        return;
    fact->text = keep(d, text, MF_FINDING_TEXT);
    fact->item = true;
}

void mf_diagnosis_number(struct mf_diagnosis *d, struct mf_finding *f, const char *name, int64_t number)
{
    struct mf_fact *fact = add_fact(d, f, name);
    if (fact)
        fact->number = number;
}

void mf_diagnosis_setting(struct mf_diagnosis *d, const char *name, struct mf_str value, const char *source)
{
    struct mf_setting_shown *one = take(d, sizeof(*one));
    if (!one)
        return;
    *one = (struct mf_setting_shown){name, keep(d, value, MF_FINDING_COMMAND), source, NULL};
    *d->settings_end = one;
    d->settings_end = &one->next;
}

enum mf_verdict_level mf_diagnosis_worst(const struct mf_diagnosis *d)
{
    enum mf_verdict_level worst = MF_FOUND_OK;
    for (const struct mf_subject *s = d->first; s; s = s->next)
        for (const struct mf_finding *f = s->first; f; f = f->next)
            worst = f->level > worst ? f->level : worst;
    return worst;
}
