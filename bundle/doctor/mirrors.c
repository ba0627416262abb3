#include <stdlib.h>

#include "bundle/doctor/doctorparts.h"
#include "formats/base/clock.h"
#include "formats/base/dir.h"
#include "formats/gomod.h"
#include "formats/modzip.h"
#include "formats/semver.h"

struct mirrors {
    struct mf_doctor_mirror *list;
    size_t count;
};

struct mf_proxy *mf_doctor_array(struct mf_doctor *d, size_t n)
{
    struct mf_err ignored;
    struct mf_proxy *list = mf_arena_array(&d->arena, n, sizeof(*list), &ignored);
    d->diagnosis->failed = d->diagnosis->failed || !list;
    return list;
}

static int parse(struct mf_doctor *d, struct mirrors *m, struct mf_err *err)
{
    struct mf_str rest = mf_str(d->options.mirrors);
    m->list = mf_arena_array(&d->arena, MF_DOCTOR_MIRRORS_MAX, sizeof(*m->list), err);
    if (!m->list)
        return -1;
    while (rest.p) {
        struct mf_str text = mf_str_trim(mf_str_cut(rest, ',', &rest));
        if (!text.n)
            continue;
        if (m->count == MF_DOCTOR_MIRRORS_MAX)
            return mf_err_set(err, MF_E_USAGE, "--mirrors: more than %d", MF_DOCTOR_MIRRORS_MAX);
        struct mf_doctor_mirror *one = &m->list[m->count];
        one->number = m->count++;
        if (mf_proxies_parse_url("--mirrors", text, &one->place, &d->arena, err) < 0)
            return -1;
    }
    return m->count ? 0 : mf_err_set(err, MF_E_USAGE, "--mirrors names no URL");
}

static int look_at_lists(struct mf_doctor *d, struct mirrors *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        struct mf_doctor_mirror *one = &m->list[i];
        one->subject = mf_diagnosis_subject(d->diagnosis, "mirror", one->place.shown);
        bool open = mf_str_starts(one->place.url, MF_LIT("file://"));
        if (!open && mf_doctor_way(d, one->subject, one->place.shown, &open, err) < 0)
            return -1;
        if (open && mf_doctor_list(d, one->subject, &one->place, &one->served, err) < 0)
            return -1;
    }
    return 0;
}

/* --- freshness, and the version that is compared --- */

static void note_stale(struct mf_doctor *d, struct mirrors *m)
{
    struct mf_str newest = {NULL, 0};
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].served.reached && mf_semver_compare(m->list[i].served.newest, newest) > 0)
            newest = m->list[i].served.newest;
    for (size_t i = 0; i < m->count; i++) {
        struct mf_doctor_mirror *one = &m->list[i];
        one->stale = one->served.reached && mf_semver_compare(one->served.newest, newest) < 0;
        if (one->stale)
            mf_diagnosis_add(d->diagnosis, one->subject, "list", MF_V_STALE, "newest is %.*s, another mirror has %.*s",
                             MF_FMT(one->served.newest.n ? one->served.newest : MF_LIT("nothing")), MF_FMT(newest));
    }
}

static bool lists(const struct mf_doctor_served *served, struct mf_str version)
{
    for (size_t i = 0; i < served->list.count; i++)
        if (mf_str_eq(served->list.versions[i], version))
            return true;
    return mf_str_eq(served->newest, version);
}

static bool all_list(const struct mirrors *m, struct mf_str version)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].served.reached && !lists(&m->list[i].served, version))
            return false;
    return true;
}

/* The newest release that all have; else what the first one calls its newest. */
static struct mf_str choose_version(const struct mirrors *m)
{
    const struct mf_doctor_served *first = NULL;
    for (size_t i = 0; i < m->count && !first; i++)
        if (m->list[i].served.reached)
            first = &m->list[i].served;
    for (size_t i = first ? first->list.count : 0; i > 0; i--)
        if (mf_semver_is_release(first->list.versions[i - 1]) && all_list(m, first->list.versions[i - 1]))
            return first->list.versions[i - 1];
    return first ? first->newest : (struct mf_str){NULL, 0};
}

/* --- content --- */

static int look_at_files(struct mf_doctor *d, struct mirrors *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        struct mf_doctor_mirror *one = &m->list[i];
        if (one->served.reached && mf_doctor_files(d, one->subject, &one->place, &one->served, err) < 0)
            return -1;
        one->usable = one->served.complete;
    }
    return 0;
}

static bool serves(const struct mf_doctor_mirror *m, struct mf_str mod, struct mf_str zip)
{
    return mf_str_eq(mf_str(m->served.mod_h1), mod) && mf_str_eq(mf_str(m->served.zip_h1), zip);
}

static void refuse(struct mf_doctor *d, struct mf_doctor_mirror *m, enum mf_verdict v, const char *words,
                   struct mf_str other)
{
    m->usable = false;
    mf_diagnosis_add(d->diagnosis, m->subject, "compare", v, "its %.*s@%.*s has %s, %s %.*s", MF_FMT(d->module.path),
                     MF_FMT(d->module.version), m->served.zip_h1, words, MF_FMT(other));
}

static void compare_with_record(struct mf_doctor *d, struct mirrors *m, const struct mf_doctor_record *r)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].usable && !serves(&m->list[i], r->mod_h1, r->zip_h1))
            refuse(d, &m->list[i], MF_V_HASH_MISMATCH, "the checksum database says", r->zip_h1);
}

/* Nobody says which of them is right: where they differ none is. */
static void compare_with_each_other(struct mf_doctor *d, struct mirrors *m)
{
    const struct mf_doctor_mirror *first = NULL, *other = NULL;
    for (size_t i = 0; i < m->count; i++) {
        if (!m->list[i].usable)
            continue;
        first = first ? first : &m->list[i];
        if (!serves(&m->list[i], mf_str(first->served.mod_h1), mf_str(first->served.zip_h1)))
            other = &m->list[i];
    }
    if (!other)
        return;
    const struct mf_str a = mf_str(first->served.zip_h1), b = mf_str(other->served.zip_h1);
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].usable)
            refuse(d, &m->list[i], MF_V_CONTENT_DIFFERS, "another mirror",
                   mf_str_eq(mf_str(m->list[i].served.zip_h1), a) ? b : a);
}

/* Through the mirrors; a database that cannot be reached is not what was asked for. */
static int compare(struct mf_doctor *d, struct mirrors *m, struct mf_err *err)
{
    struct mf_proxies through = {mf_doctor_array(d, m->count + 1), 0};
    struct mf_doctor_record record = {0};
    for (size_t i = 0; i < m->count && through.list; i++)
        if (m->list[i].usable) {
            through.list[through.count] = m->list[i].place;
            through.list[through.count++].falls_through = true;
        }
    if (!through.count)
        return 0;
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "sumdb", MF_LIT("checksum database"));
    if (mf_doctor_prove(d, s, &through, &record, err) < 0)
        return -1;
    for (struct mf_finding *f = s->first; f; f = f->next)
        if (f->level == MF_FOUND_FAILURE)
            f->level = MF_FOUND_WARNING;
    if (record.proved)
        compare_with_record(d, m, &record);
    else
        compare_with_each_other(d, m);
    return 0;
}

/* --- time --- */

static bool fails(struct mf_doctor *d, struct mf_doctor_mirror *m, const struct mf_transfer *t)
{
    const enum mf_verdict v = mf_doctor_judge(t);
    if (v == MF_V_OK)
        return false;
    m->usable = false;
    mf_doctor_blame(d, m->subject, "sample", v, m->place.shown, t);
    return true;
}

/* One small file and one zip, which must be the one that was there before. */
static int sample(struct mf_doctor *d, struct mf_doctor_mirror *m, size_t round, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    MF_CLEANUP(mf_fd_release) int fd = mf_temp_spool_tmp(err);
    struct mf_modzip_facts facts;
    struct mf_err why = {0};
    if (fd < 0 || mf_doctor_ask_file(d, &m->place, "mod", MF_GOMOD_MAX, -1, &a, err) < 0)
        return -1;
    if (fails(d, m, &a.transfer))
        return 0;
    m->first_us[round] = a.transfer.first_byte_us;
    const int64_t begun = mf_clock_ms();
    if (mf_doctor_ask_file(d, &m->place, "zip", MF_MODZIP_MAX, fd, &a, err) < 0)
        return -1;
    /* of a file curl measures nothing */
    m->zip_us[round] = a.transfer.total_us ? a.transfer.total_us : (uint64_t)(mf_clock_ms() - begun) * 1000;
    if (fails(d, m, &a.transfer))
        return 0;
    const int rc = mf_modzip_walk(fd, d->module, MF_MODZIP_H1, NULL, &facts, &why);
    if (mf_doctor_is_local(&why)) {
        *err = why;
        return -1;
    }
    if (rc < 0 || !mf_str_eq(mf_str(facts.h1), mf_str(m->served.zip_h1)))
        refuse(d, m, MF_V_CONTENT_DIFFERS, "asked again it sends", MF_LIT("something else"));
    return 0;
}

/* In turns, so that what else happens meanwhile meets all; each round begins with
 * another one. */
static int measure(struct mf_doctor *d, struct mirrors *m, struct mf_err *err)
{
    for (size_t round = 0; round < MF_DOCTOR_SAMPLES; round++)
        for (size_t i = 0; i < m->count; i++) {
            struct mf_doctor_mirror *one = &m->list[(i + round) % m->count];
            if (one->usable && sample(d, one, round, err) < 0)
                return -1;
        }
    return 0;
}

int mf_doctor_mirrors(struct mf_doctor *d, struct mf_err *err)
{
    struct mirrors m = {0};
    if (parse(d, &m, err) < 0 || look_at_lists(d, &m, err) < 0)
        return -1;
    note_stale(d, &m);
    if (!d->module.version.n)
        d->module.version = choose_version(&m);
    if (d->module.version.n && (look_at_files(d, &m, err) < 0 || compare(d, &m, err) < 0 || measure(d, &m, err) < 0))
        return -1;
    mf_doctor_rank(m.list, m.count);
    mf_doctor_report_rank(d, m.list, m.count);
    return 0;
}
