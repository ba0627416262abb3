#include <stdlib.h>

#include "bundle/doctor/doctorparts.h"
#include "bundle/sumdb.h"
#include "formats/treehead.h"

/* --- the record of the module --- */

/* The newest head that this user has seen, where there is one: a database that
 * has forked since is found out by it. */
static int read_seen(struct mf_doctor *d, struct mf_str name, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_NOTE_MAX);
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_err ignored;
    *out = (struct mf_str){NULL, 0};
    if (mf_sumdbcache_default_path(getenv, &path, &ignored) < 0)
        return 0;
    mf_buf_fmt(&path, "/%.*s", MF_FMT(name));
    const char *place = mf_buf_cstr(&path);
    if (!place || mf_dir_open(&dir, place, false, &ignored) < 0 ||
        mf_dir_read(dir, "latest", &text, NULL, &ignored) < 0)
        return 0;
    return mf_arena_dup(&d->arena, mf_buf_view(&text), out, err);
}

static enum mf_verdict of_error(enum mf_code code)
{
    return code == MF_E_SUMDB || code == MF_E_DAMAGED ? MF_V_SUMDB_LIES : MF_V_SUMDB_UNREACHABLE;
}

static int report_failure(struct mf_doctor *d, struct mf_subject *s, const char *step, const struct mf_err *why,
                          struct mf_err *err)
{
    if (mf_doctor_is_local(why)) {
        *err = *why;
        return -1;
    }
    mf_diagnosis_add(d->diagnosis, s, step, of_error(why->code), "%s", why->text);
    return 0;
}

static int take_record(struct mf_doctor *d, struct mf_subject *s, const struct mf_sumdb_record *r,
                       const struct mf_sumdb *db, struct mf_doctor_record *out, struct mf_err *err)
{
    struct mf_finding *f;
    if (r->missing) {
        f = mf_diagnosis_add(d->diagnosis, s, "record", MF_V_SUMDB_UNKNOWN, "%s", r->missing->text);
        mf_doctor_suggest_private(d, f);
        return 0;
    }
    const struct mf_str mod = mf_lookup_h1(&r->lookup, d->module, true),
                        zip = mf_lookup_h1(&r->lookup, d->module, false);
    if (mf_arena_dup(&d->arena, mod, &out->mod_h1, err) < 0 || mf_arena_dup(&d->arena, zip, &out->zip_h1, err) < 0)
        return -1;
    out->proved = true;
    f = mf_diagnosis_add(d->diagnosis, s, "record", MF_V_OK, "record %llu, proved in a tree of %llu records",
                         (unsigned long long)r->lookup.id, (unsigned long long)db->head.tree.size);
    mf_diagnosis_number(d->diagnosis, f, "record", (int64_t)r->lookup.id);
    return 0;
}

/* Asks with a store of its own, which is removed afterwards. */
static int prove(struct mf_doctor *d, struct mf_subject *s, const struct mf_gosumdb *db,
                 const struct mf_proxies *proxies, const char *place, struct mf_doctor_record *out, struct mf_err *err)
{
    MF_CLEANUP(mf_store_release) struct mf_store store = MF_STORE_NONE;
    MF_CLEANUP(mf_sumdb_release) struct mf_sumdb client = MF_SUMDB_INIT;
    struct mf_sumdb_record record = {.id = d->module};
    struct mf_str seen;
    struct mf_err why = {0};
    if (mf_store_open(&store, place, err) < 0 || read_seen(d, db->key.name, &seen, err) < 0)
        return -1;
    const struct mf_sumdb_options options = {.db = db,
                                             .proxies = proxies,
                                             .store = &store,
                                             .heads_path = place,
                                             .transport = d->transport,
                                             .older = &seen,
                                             .older_count = seen.n > 0};
    if (mf_sumdb_open(&client, &options, err) < 0)
        return -1;
    if (mf_sumdb_prove(&client, &record, 1, &why) < 0)
        return report_failure(d, s, "record", &why, err);
    return take_record(d, s, &record, &client, out, err);
}

static int prove_in_temporary(struct mf_doctor *d, struct mf_subject *s, const struct mf_gosumdb *db,
                              const struct mf_proxies *proxies, struct mf_doctor_record *out, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir tmp = MF_DIR_NONE;
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf place = MF_BUF_INIT(8 * MF_KIB);
    if (mf_dir_open(&tmp, mf_dir_tmp(), false, err) < 0 || mf_temp_open_dir(&temp, tmp, "doctor", err) < 0)
        return mf_err_prefix(err, "make a temporary directory in %s", mf_dir_tmp());
    mf_buf_fmt(&place, "%s/%s", mf_dir_tmp(), temp.name);
    const char *path = mf_buf_cstr(&place);
    return path ? prove(d, s, db, proxies, path, out, err) : mf_buf_check(&place, err);
}

/* Why the module is not looked up; empty where it is. */
static struct mf_str exempt(const struct mf_doctor *d)
{
    if (mf_modpath_match_patterns(d->settings.value[MF_GONOSUMDB], d->module.path))
        return MF_LIT("GONOSUMDB or GOPRIVATE matches the module");
    return (struct mf_str){NULL, 0};
}

/* 1 where there is a database to ask, 0 where there is a finding, -1. */
static int find_database(struct mf_doctor *d, struct mf_subject *s, struct mf_gosumdb *db, struct mf_err *err)
{
    struct mf_err why;
    struct mf_finding *f;
    if (mf_gosumdb_parse(d->settings.value[MF_GOSUMDB], db, &d->arena, &why) < 0) {
        if (why.code != MF_E_USAGE) {
            *err = why;
            return -1;
        }
        f = mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_BAD_SETTING, "%s", why.text);
        mf_doctor_set(d, f, MF_GOSUMDB, NULL);
        return 0;
    }
    if (db->off) {
        f = mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_SUMDB_OFF, "GOSUMDB=off: nobody compares what is new");
        mf_doctor_set(d, f, MF_GOSUMDB, NULL);
        return 0;
    }
    if (d->module.path.n && exempt(d).n) {
        mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_SUMDB_OFF, "not asked: %.*s", MF_FMT(exempt(d)));
        return 0;
    }
    return 1;
}

int mf_doctor_prove(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxies *proxies,
                    struct mf_doctor_record *out, struct mf_err *err)
{
    struct mf_gosumdb db;
    const int rc = find_database(d, s, &db, err);
    return rc > 0 ? prove_in_temporary(d, s, &db, proxies, out, err) : rc;
}

/* --- the database as a subject --- */

static void compare(struct mf_doctor *d, struct mf_subject *s, const struct mf_doctor_record *r)
{
    for (size_t i = 0; i < d->proxies.count; i++) {
        const struct mf_doctor_served *served = &d->served[i];
        const struct mf_proxy *p = &d->proxies.list[i];
        const bool zip = served->zip_h1[0] && !mf_str_eq(mf_str(served->zip_h1), r->zip_h1);
        const bool mod = served->mod_h1[0] && !mf_str_eq(mf_str(served->mod_h1), r->mod_h1);
        if (!zip && !mod)
            continue;
        mf_diagnosis_add(d->diagnosis, s, "compare", MF_V_HASH_MISMATCH,
                         "the %s that %.*s serves has %s, the database says %.*s", zip ? "zip" : "go.mod",
                         MF_FMT(p->shown), zip ? served->zip_h1 : served->mod_h1, MF_FMT(zip ? r->zip_h1 : r->mod_h1));
    }
}

/* The signed head of the database's tree. */
static int look_at_head(struct mf_doctor *d, struct mf_subject *s, const struct mf_gosumdb *db,
                        const struct mf_proxy *base, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    struct mf_treehead head;
    struct mf_err why;
    bool usable;
    if (mf_doctor_ask(d, base->url, "/latest", MF_NOTE_MAX, -1, &a, err) < 0 ||
        mf_doctor_http(d, s, base->shown, &a.transfer, false, &usable, err) < 0)
        return -1;
    if (!usable)
        return 0;
    if (mf_doctor_judge(&a.transfer) != MF_V_OK) {
        mf_doctor_blame(d, s, "head", MF_V_SUMDB_UNREACHABLE, base->shown, &a.transfer);
        return 0;
    }
    if (mf_treehead_open(mf_buf_view(&a.transfer.body), &db->key, &head, &why) < 0) {
        mf_err_prefix(&why, "tree head");
        return report_failure(d, s, "head", &why, err);
    }
    mf_diagnosis_add(d->diagnosis, s, "head", MF_V_OK, "signed, %llu records", (unsigned long long)head.size);
    return 0;
}

/* Whether the way to a URL was looked at as that to an entry of GOPROXY. */
static bool is_known_way(const struct mf_doctor *d, struct mf_str shown)
{
    for (size_t i = 0; i < d->proxies.count; i++)
        if (mf_str_path_prefix(shown, d->proxies.list[i].shown))
            return true;
    return false;
}

static int look_at_way(struct mf_doctor *d, struct mf_subject *s, const struct mf_gosumdb *db,
                       const struct mf_proxies *proxies, bool *open_out, struct mf_err *err)
{
    struct mf_sumdbget get = {.db = db, .proxies = proxies, .transport = d->transport, .arena = &d->arena};
    struct mf_err why = {0};
    *open_out = false;
    if (mf_sumdbget_find(&get, &why) < 0)
        return report_failure(d, s, "way", &why, err);
    *open_out = is_known_way(d, get.base.shown);
    mf_diagnosis_add(d->diagnosis, s, "way", MF_V_OK, "%s %.*s", *open_out ? "through" : "at", MF_FMT(get.base.shown));
    if (!*open_out && mf_doctor_way(d, s, get.base.shown, open_out, err) < 0)
        return -1;
    return *open_out ? look_at_head(d, s, db, &get.base, err) : 0;
}

int mf_doctor_sumdb(struct mf_doctor *d, struct mf_err *err)
{
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "sumdb", MF_LIT("checksum database"));
    struct mf_doctor_record record = {0};
    struct mf_gosumdb db;
    bool open;
    int rc = find_database(d, s, &db, err);
    if (rc <= 0)
        return rc;
    if (look_at_way(d, s, &db, &d->proxies, &open, err) < 0)
        return -1;
    if (!open || s->failed || !d->module.path.n || !d->module.version.n)
        return 0;
    if (prove_in_temporary(d, s, &db, &d->proxies, &record, err) < 0)
        return -1;
    if (record.proved)
        compare(d, s, &record);
    return 0;
}
