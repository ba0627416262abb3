/* What the doctor has found: subjects (an entry of GOPROXY, the checksum database, a
 * host), and for each the steps that were taken, with a verdict.
 *
 * Text is masked as errors are (err.h) and cut off where it is long, so that words of a server may be passed as they
 * are. Memory that runs out is remembered and told by mf_diagnosis_check, so that a finding needs no check.
 */
#ifndef MF_DIAGNOSIS_H
#define MF_DIAGNOSIS_H

#include "bundle/doctor/verdicts.h"
#include "formats/base/arena.h"

#define MF_FINDING_TEXT 600     /* bytes of a cause, or of a text among the facts */
#define MF_FINDING_COMMAND 8192 /* of a remedy, a name or the value of a setting */

/* A detail for programs: a text, or a number where the text has no bytes behind it. */
struct mf_fact {
    const char *name;
    struct mf_str text; /* p is NULL for a number */
    int64_t number;
    bool item; /* one of a list; those of one name follow each other */
    struct mf_fact *next;
};

struct mf_finding {
    const char *step; /* static: "dns", "tcp", ... */
    enum mf_verdict verdict;
    enum mf_verdict_level level; /* the verdict's own, unless changed */
    struct mf_str cause;         /* a phrase; never empty */
    struct mf_str remedy;        /* a command or a phrase; empty where nothing needs to be done */
    int64_t milliseconds;        /* -1: not measured */
    struct mf_fact *facts, **facts_end;
    struct mf_finding *next;
};

struct mf_subject {
    const char *kind;   /* static: "proxy", "sumdb", "host", "direct", "mirror", "list", "settings" */
    struct mf_str name; /* URL without credentials, or host */
    struct mf_finding *first, **end;
    bool failed; /* a finding is a failure, or refused */
    struct mf_subject *next;
};

struct mf_setting_shown {
    const char *name;    /* static */
    struct mf_str value; /* without secrets */
    const char *source;  /* static: "the environment" */
    struct mf_setting_shown *next;
};

struct mf_diagnosis {
    struct mf_subject *first, **end;
    struct mf_setting_shown *settings, **settings_end;
    struct mf_finding lost; /* stands for findings without memory */
    struct mf_subject lost_subject;
    bool failed; /* memory ran out */
    struct mf_arena arena;
};

/* `d` must not move afterwards. */
void mf_diagnosis_init(struct mf_diagnosis *d) MF_NONNULL;
void mf_diagnosis_release(struct mf_diagnosis *d) MF_NONNULL;

/* MF_E_NOMEM where anything could not be kept. */
int mf_diagnosis_check(const struct mf_diagnosis *d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Never NULL. A finding begins with the remedy of its verdict. Subjects are in the order of the calls, findings of each
 * too. */
struct mf_subject *mf_diagnosis_subject(struct mf_diagnosis *d, const char *kind, struct mf_str name) MF_NONNULL;
struct mf_finding *mf_diagnosis_add(struct mf_diagnosis *d, struct mf_subject *s, const char *step, enum mf_verdict v,
                                    const char *fmt, ...) MF_NONNULL MF_PRINTF(5, 6);

void mf_diagnosis_remedy(struct mf_diagnosis *d, struct mf_finding *f, const char *fmt, ...) MF_NONNULL MF_PRINTF(3, 4);
void mf_diagnosis_text(struct mf_diagnosis *d, struct mf_finding *f, const char *name, struct mf_str text) MF_NONNULL;
void mf_diagnosis_item(struct mf_diagnosis *d, struct mf_finding *f, const char *name, struct mf_str text) MF_NONNULL;
void mf_diagnosis_number(struct mf_diagnosis *d, struct mf_finding *f, const char *name, int64_t number) MF_NONNULL;

/* `value` must hold no secret. */
void mf_diagnosis_setting(struct mf_diagnosis *d, const char *name, struct mf_str value, const char *source) MF_NONNULL;

/* The worst level of all findings. */
enum mf_verdict_level mf_diagnosis_worst(const struct mf_diagnosis *d) MF_NONNULL;

#endif
