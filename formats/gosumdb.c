#include "formats/gosumdb.h"

#include "formats/goproxyhosts.h"
#include "formats/gotext.h"

static bool element_valid(struct mf_str e)
{
    for (size_t i = 0; i < e.n; i++) {
        char c = e.p[i];
        bool fine =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~:", c));
        if (!fine)
            return false;
    }
    return e.n > 0 && !mf_str_eq(e, MF_LIT(".")) && !mf_str_eq(e, MF_LIT(".."));
}

bool mf_gosumdb_name_valid(struct mf_str name)
{
    bool fine = name.n > 0 && name.n <= MF_GOSUMDB_NAME_MAX;
    for (struct mf_str rest = name; fine && rest.p;)
        fine = element_valid(mf_str_cut(rest, '/', &rest));
    return fine;
}

int mf_gosumdb_parse(struct mf_str value, struct mf_gosumdb *out, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_gosumdb db = {0};
    struct mf_str rest;
    if (mf_arena_dup(arena, value, &rest, err) < 0)
        return -1;
    db.off = mf_str_eq(rest, MF_LIT("off"));
    if (db.off) {
        *out = db;
        return 0;
    }
    db.key_text = mf_gotext_field(&rest);
    db.url = mf_gotext_field(&rest);
    if (db.key_text.n == 0)
        return mf_err_set(err, MF_E_USAGE, "missing GOSUMDB");
    if (mf_gotext_field(&rest).n)
        return mf_err_set(err, MF_E_USAGE, "invalid GOSUMDB: too many fields");
    if (mf_str_eq(value, MF_LIT(MF_GOSUMDB_ALIAS))) {
        db.key_text = MF_LIT(MF_GOSUMDB_DEFAULT);
        db.url = MF_LIT(MF_GOSUMDB_ALIAS_URL);
    }
    if (mf_str_eq(db.key_text, MF_LIT(MF_GOSUMDB_DEFAULT)))
        db.key_text = MF_LIT(MF_GOSUMDB_DEFAULT_KEY);
    db.known = mf_str_eq(db.key_text, MF_LIT(MF_GOSUMDB_DEFAULT_KEY));
    if (mf_notekey_parse(db.key_text, &db.key, err) < 0)
        return mf_err_prefix(err, "invalid GOSUMDB");
    if (!mf_gosumdb_name_valid(db.key.name))
        return mf_err_set(err, MF_E_USAGE, "invalid sumdb name (must be host[/path]): %.*s", MF_FMT(db.key.name));
    *out = db;
    return 0;
}
