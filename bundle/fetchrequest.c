#include "bundle/fetchrequest.h"

#include "bundle/moduleinfo.h"
#include "formats/gomod.h"

const char *mf_fetchrequest_kind(enum mf_file_kind kind)
{
    return kind == MF_FILE_INFO ? ".info" : kind == MF_FILE_MOD ? ".mod" : ".zip";
}

const char *mf_fetchrequest_what(const struct mf_fetchrequest *r)
{
    static const char *const questions[] = {
        [MF_ASK_LIST] = "@v/list", [MF_ASK_LATEST] = "@latest", [MF_ASK_INFO] = "revision"};
    if (r->asks)
        return questions[r->question];
    return r->size_only ? "zip size" : mf_fetchrequest_kind(r->kind);
}

uint64_t mf_fetchrequest_limit(const struct mf_fetchrequest *r)
{
    const enum mf_file_kind kind = r->kind;
    if (r->asks && r->question == MF_ASK_LIST)
        return MF_FETCH_LIST_MAX;
    return kind == MF_FILE_INFO ? MF_MODULEINFO_MAX : kind == MF_FILE_MOD ? MF_GOMOD_MAX : MF_MODZIP_MAX;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_.~!+", c));
}

/* A revision is the user's or a proxy's text: what go escapes for no proxy is
 * refused, the rest percent-encoded. */
static int add_revision(const struct mf_fetchrequest *r, struct mf_buf *out, struct mf_err *err)
{
    struct mf_str revision = r->module.version;
    struct mf_err why;
    bool fine = mf_str_find(revision, '/') == revision.n && mf_str_find(revision, '!') == revision.n &&
                mf_filepath_check(revision, &why) == 0;
    for (size_t i = 0; i < revision.n; i++)
        fine = fine && (unsigned char)revision.p[i] < 0x80;
    if (!fine)
        return mf_err_set(err, MF_E_USAGE,
                          "%.*s@%.*s: invalid version: version \"%.*s\" invalid: disallowed version string",
                          MF_FMT(r->module.path), MF_FMT(revision), MF_FMT(revision));
    MF_CLEANUP(mf_buf_release) struct mf_buf escaped = MF_BUF_INIT(2 * revision.n + 1);
    mf_modpath_escape(revision, &escaped);
    for (size_t i = 0; i < escaped.n; i++)
        mf_buf_fmt(out, is_unreserved(escaped.p[i]) ? "%c" : "%%%02X", (unsigned char)escaped.p[i]);
    return mf_buf_check(&escaped, err);
}

int mf_fetchrequest_name(const struct mf_fetchrequest *r, struct mf_buf *out, struct mf_err *err)
{
    if (!r->asks)
        return mf_store_name(r->module, r->kind, out, err);
    if (mf_modpath_check(r->module.path, err) < 0)
        return -1;
    mf_modpath_escape(r->module.path, out);
    mf_buf_str(out, r->question == MF_ASK_LATEST ? MF_LIT("/@latest") : MF_LIT("/@v/"));
    if (r->question == MF_ASK_LIST)
        mf_buf_str(out, MF_LIT("list"));
    if (r->question == MF_ASK_INFO) {
        if (add_revision(r, out, err) < 0)
            return -1;
        mf_buf_str(out, MF_LIT(".info"));
    }
    return mf_buf_check(out, err);
}

/* Why a question found no answer. */
static int refuse_question(const struct mf_fetchrequest *r, enum mf_code code, const char *why, struct mf_err *err)
{
    struct mf_str path = r->module.path, revision = r->module.version;
    if (r->question != MF_ASK_INFO)
        return mf_err_set(err, code, "module %.*s: fetch %s: %s", MF_FMT(path),
                          r->question == MF_ASK_LIST ? "@v/list" : "@latest", why);
    if (code == MF_E_NOT_FOUND)
        return mf_err_set(err, code, "%.*s@%.*s: unknown revision %.*s (%s)", MF_FMT(path), MF_FMT(revision),
                          MF_FMT(revision), why);
    return mf_err_set(err, code, "%.*s@%.*s: fetch .info: %s", MF_FMT(path), MF_FMT(revision), why);
}

int mf_fetchrequest_refuse(const struct mf_fetchrequest *r, enum mf_code code, const char *why, struct mf_err *err)
{
    if (r->asks)
        return refuse_question(r, code, why, err);
    if (code == MF_E_NOT_FOUND)
        return mf_err_set(err, code, "%.*s@%.*s: not found%s (%s)", MF_FMT(r->module.path), MF_FMT(r->module.version),
                          r->direct ? "" : " by any proxy", why);
    return mf_err_set(err, code, "%.*s@%.*s: fetch %s: %s", MF_FMT(r->module.path), MF_FMT(r->module.version),
                      mf_fetchrequest_kind(r->kind), why);
}

int mf_fetchnotes_refuse(const struct mf_fetchnotes *n, const struct mf_fetchrequest *r, struct mf_err *err)
{
    mf_fetchrequest_refuse(r, n->code ? n->code : MF_E_NOT_FOUND, n->text, err);
    return n->hint[0] ? mf_err_next(err, "%s", n->hint) : -1;
}
