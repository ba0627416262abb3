#include "bundle/doctor/doctorparts.h"
#include "bundle/fetch.h"
#include "bundle/moduleinfo.h"
#include "formats/base/dir.h"
#include "formats/gomod.h"
#include "formats/modzip.h"
#include "formats/semver.h"

static void add_path(const struct mf_doctor *d, const char *file, struct mf_buf *out)
{
    mf_buf_byte(out, '/');
    mf_modpath_escape(d->module.path, out);
    mf_buf_fmt(out, "/%s", file);
}

static int ask(struct mf_doctor *d, const struct mf_proxy *place, const char *file, uint64_t limit, int fd,
               struct mf_doctor_answer *a, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(16 * MF_KIB);
    add_path(d, file, &path);
    const char *text = mf_buf_cstr(&path);
    return text ? mf_doctor_ask(d, place->url, text, limit, fd, a, err) : mf_buf_check(&path, err);
}

int mf_doctor_ask_file(struct mf_doctor *d, const struct mf_proxy *place, const char *kind, uint64_t limit, int fd,
                       struct mf_doctor_answer *a, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(4 * MF_KIB);
    mf_buf_str(&name, MF_LIT("@v/"));
    mf_modpath_escape(d->module.version, &name);
    mf_buf_fmt(&name, ".%s", kind);
    const char *text = mf_buf_cstr(&name);
    return text ? ask(d, place, text, limit, fd, a, err) : mf_buf_check(&name, err);
}

/* --- the list --- */

/* The highest release, or where there is none the highest of all. */
static struct mf_str newest_of(const struct mf_versionlist *list)
{
    for (size_t i = list->count; i > 0; i--)
        if (mf_semver_is_release(list->versions[i - 1]))
            return list->versions[i - 1];
    return list->count ? list->versions[list->count - 1] : list->newest;
}

/* A module without tags has no list, and yet a latest version. */
static int ask_latest(struct mf_doctor *d, const struct mf_proxy *place, struct mf_doctor_served *out,
                      struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    struct mf_moduleinfo info;
    struct mf_err why = {0};
    if (ask(d, place, "@latest", MF_MODULEINFO_MAX, -1, &a, err) < 0)
        return -1;
    if (mf_doctor_judge(&a.transfer) == MF_V_OK &&
        mf_moduleinfo_parse(mf_buf_view(&a.transfer.body), &info, &d->arena, &why) == 0 &&
        mf_semver_canonical(info.version, true))
        out->newest = info.version;
    if (!mf_doctor_is_local(&why))
        return 0;
    *err = why;
    return -1;
}

static int take_list(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *place,
                     const struct mf_transfer *t, struct mf_doctor_served *out, struct mf_err *err)
{
    struct mf_finding *f;
    if (mf_versionlist_parse(mf_buf_view(&t->body), &out->list, &d->arena, err) < 0)
        return -1;
    out->newest = newest_of(&out->list);
    if (!out->newest.n && mf_str_trim(mf_buf_view(&t->body)).n) {
        f = mf_diagnosis_add(d->diagnosis, s, "list", MF_V_BAD_CONTENT, "no line of @v/list begins with a version");
        mf_doctor_swap(d, f, place->shown, NULL);
        return 0;
    }
    if (!out->newest.n && ask_latest(d, place, out, err) < 0)
        return -1;
    f = mf_diagnosis_add(d->diagnosis, s, "list", MF_V_OK, "%zu version%s%s%.*s", out->list.count,
                         out->list.count == 1 ? "" : "s", out->newest.n ? ", newest " : "", MF_FMT(out->newest));
    mf_diagnosis_number(d->diagnosis, f, "bytes", (int64_t)t->received);
    mf_diagnosis_number(d->diagnosis, f, "versions", (int64_t)out->list.count);
    if (out->newest.n)
        mf_diagnosis_text(d->diagnosis, f, "newest", out->newest);
    out->reached = true;
    return 0;
}

int mf_doctor_list(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *place,
                   struct mf_doctor_served *out, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    bool usable;
    if (ask(d, place, "@v/list", MF_FETCH_LIST_MAX, -1, &a, err) < 0 ||
        mf_doctor_http(d, s, place->shown, &a.transfer, false, &usable, err) < 0)
        return -1;
    if (!usable)
        return 0;
    if (mf_doctor_judge(&a.transfer) == MF_V_OK)
        return take_list(d, s, place, &a.transfer, out, err);
    out->absent = true;
    mf_doctor_blame(d, s, "list", MF_V_NOT_FOUND, place->shown, &a.transfer);
    return 0;
}

/* --- files --- */

/* One file on its way: what is wrong with it becomes a finding. */
struct file {
    struct mf_doctor *d;
    struct mf_subject *s;
    const struct mf_proxy *place;
    struct mf_doctor_served *out;
    const char *kind; /* "info" */
};

/* True where the answer is the file. */
static bool arrived(const struct file *file, const struct mf_transfer *t)
{
    const enum mf_verdict v = mf_doctor_judge(t);
    if (v == MF_V_OK)
        return true;
    file->out->absent = v == MF_V_NOT_FOUND;
    mf_doctor_blame(file->d, file->s, file->kind, v, file->place->shown, t);
    return false;
}

/* Returns 0, or -1 where that is no fault of the file. */
static int refuse_content(const struct file *file, const struct mf_err *why, struct mf_err *err)
{
    if (mf_doctor_is_local(why)) {
        *err = *why;
        return -1;
    }
    struct mf_finding *f = mf_diagnosis_add(file->d->diagnosis, file->s, file->kind, MF_V_BAD_CONTENT, "%s", why->text);
    mf_doctor_swap(file->d, f, file->place->shown, NULL);
    return 0;
}

static struct mf_finding *add_right(const struct file *file, const struct mf_transfer *t, const char *words)
{
    struct mf_finding *f = mf_diagnosis_add(file->d->diagnosis, file->s, file->kind, MF_V_OK, "%.*s, %llu bytes%s",
                                            MF_FMT(file->d->module.version), (unsigned long long)t->received, words);
    f->milliseconds = (int64_t)(t->total_us / 1000);
    mf_diagnosis_number(file->d->diagnosis, f, "bytes", (int64_t)t->received);
    return f;
}

/* Compares with go.sum. True where it does not contradict. */
static bool agrees(const struct file *file, const struct mf_transfer *t, bool is_mod, const char *h1)
{
    struct mf_doctor *d = file->d;
    struct mf_str expected = {"", 0};
    const enum mf_gosum_verdict v = mf_gosum_check(&d->sums, d->module, is_mod, mf_str(h1), &expected);
    if (d->has_sums && v == MF_GOSUM_MISMATCH) {
        mf_diagnosis_add(d->diagnosis, file->s, file->kind, MF_V_HASH_MISMATCH,
                         "%.*s@%.*s: it has %s, go.sum has %.*s: it was changed", MF_FMT(d->module.path),
                         MF_FMT(d->module.version), h1, MF_FMT(expected));
        return false;
    }
    struct mf_finding *f = add_right(file, t,
                                     !d->has_sums          ? ", not compared: there is no go.sum here"
                                     : v == MF_GOSUM_MATCH ? ", as in go.sum"
                                                           : ", not in go.sum");
    mf_diagnosis_text(d->diagnosis, f, "h1", mf_str(h1));
    return true;
}

/* Each returns 1 where the file is right, 0 where there is a finding, -1. */
static int look_at_info(const struct file *file, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    struct mf_err why;
    if (mf_doctor_ask_file(file->d, file->place, file->kind, MF_MODULEINFO_MAX, -1, &a, err) < 0)
        return -1;
    if (!arrived(file, &a.transfer))
        return 0;
    if (mf_moduleinfo_check(mf_buf_view(&a.transfer.body), file->d->module.version, &why) < 0)
        return refuse_content(file, &why, err);
    add_right(file, &a.transfer, "");
    return 1;
}

static int look_at_mod(const struct file *file, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(256 * MF_MIB);
    struct mf_gomod gomod;
    struct mf_err why;
    if (mf_doctor_ask_file(file->d, file->place, file->kind, MF_GOMOD_MAX, -1, &a, err) < 0)
        return -1;
    if (!arrived(file, &a.transfer))
        return 0;
    const struct mf_str text = mf_buf_view(&a.transfer.body);
    if (mf_gomod_parse(&gomod, text, MF_GOMOD_DEP, "go.mod", &arena, &why) < 0)
        return refuse_content(file, &why, err);
    mf_dirhash_gomod(text, file->out->mod_h1);
    return agrees(file, &a.transfer, true, file->out->mod_h1);
}

static int look_at_zip(const struct file *file, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    MF_CLEANUP(mf_fd_release) int fd = mf_temp_spool_tmp(err);
    struct mf_modzip_facts facts;
    struct mf_err why;
    if (fd < 0 || mf_doctor_ask_file(file->d, file->place, file->kind, MF_MODZIP_MAX, fd, &a, err) < 0)
        return -1;
    if (!arrived(file, &a.transfer))
        return 0;
    if (mf_modzip_walk(fd, file->d->module, MF_MODZIP_H1, NULL, &facts, &why) < 0)
        return refuse_content(file, &why, err);
    memcpy(file->out->zip_h1, facts.h1, sizeof(file->out->zip_h1));
    file->out->zip_size = a.transfer.received;
    return agrees(file, &a.transfer, false, facts.h1);
}

int mf_doctor_files(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *place,
                    struct mf_doctor_served *out, struct mf_err *err)
{
    static int (*const looks[])(const struct file *, struct mf_err *) = {look_at_info, look_at_mod, look_at_zip};
    static const char *const kinds[] = {"info", "mod", "zip"};
    for (size_t i = 0; i < MF_COUNT(looks); i++) {
        const struct file file = {d, s, place, out, kinds[i]};
        const int rc = looks[i](&file, err);
        if (rc <= 0)
            return rc;
    }
    out->complete = true;
    return 0;
}
