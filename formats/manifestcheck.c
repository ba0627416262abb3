#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <zstd.h>

#include "formats/base/encode.h"
#include "formats/dirhash.h"
#include "formats/gosumdb.h"
#include "formats/manifestfields.h"
#include "formats/modnames.h"
#include "formats/semver.h"
#include "formats/tar.h"
#include "formats/timetext.h"
#include "formats/toolchain.h"
#include "formats/treehead.h"

/* Go's own limits (x/mod/zip): a module and a zip 500 MiB, a go.mod 16 MiB. */
#define MODULE_MAX (500 * MF_MIB)
#define GO_MOD_MAX (16 * MF_MIB)

MF_PRINTF(2, 3)
static int bad(struct mf_err *err, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return mf_err_set(err, MF_E_DAMAGED, "%s", text);
}

static bool is_hex_digest(struct mf_str s)
{
    struct mf_digest digest;
    return mf_hex_parse(s, &digest, sizeof(digest));
}

static bool is_platform(struct mf_str s)
{
    struct mf_str arch, os = mf_str_cut(s, '/', &arch);
    if (os.n == 0 || arch.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (i != os.n && !(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return true;
}

static bool is_tag(struct mf_str s)
{
    return s.n > 0;
}

static bool is_toolchain(struct mf_str s)
{
    struct mf_toolchain t;
    return mf_toolchain_parse(s, &t) && t.os.n;
}

static int check_set(const char *what, const struct mf_str *list, size_t count, bool (*valid)(struct mf_str),
                     struct mf_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!valid(list[i]))
            return bad(err, "%s[%zu]: \"%.*s\" is malformed", what, i, MF_FMT(list[i]));
        if (i > 0 && mf_str_cmp(list[i - 1], list[i]) >= 0)
            return bad(err, "%s[%zu]: out of order or double", what, i);
    }
    return 0;
}

int mf_manifest_root_order(const struct mf_manifest_root *a, const struct mf_manifest_root *b)
{
    int order = mf_str_cmp(a->module.path, b->module.path);
    order = order ? order : mf_str_cmp(a->module.version, b->module.version);
    order = order ? order : mf_str_cmp(a->go_mod, b->go_mod);
    order = order ? order : mf_str_cmp(a->go_sum, b->go_sum);
    order = order ? order : mf_str_cmp(a->go_work, b->go_work);
    return order ? order : mf_str_cmp(a->go_work_sum, b->go_work_sum);
}

static int as_damaged(struct mf_err *err)
{
    err->code = MF_E_DAMAGED;
    return -1;
}

/* A module that can be fetched, at the one spelling of its version. */
static int check_id(struct mf_module id, struct mf_err *err)
{
    if (mf_module_check(id, err) < 0)
        return as_damaged(err);
    if (!mf_semver_canonical(id.version, true))
        return bad(err, "version \"%.*s\" is not canonical", MF_FMT(id.version));
    return 0;
}

static int check_root(const struct mf_manifest_root *root, struct mf_err *err)
{
    const struct mf_str files[] = {root->go_mod, root->go_sum, root->go_work, root->go_work_sum};
    bool is_module = root->module.version.n > 0;
    for (size_t i = 0; i < MF_COUNT(files); i++) {
        if (is_module && files[i].n)
            return bad(err, "has both a version and the files of a directory");
        if (files[i].n && !is_hex_digest(files[i]))
            return bad(err, "\"%.*s\" is not a SHA-256 in hex", MF_FMT(files[i]));
    }
    if (is_module)
        return check_id(root->module, err);
    if (!root->go_mod.n)
        return bad(err, "has neither a version nor a go_mod");
    return mf_importpath_check(root->module.path, err) < 0 ? as_damaged(err) : 0;
}

static int check_module(const struct mf_manifest_module *m, struct mf_err *err)
{
    if (check_id(m->id, err) < 0)
        return -1;
    if (!mf_h1_valid(m->mod_h1))
        return bad(err, "\"%.*s\" is not an h1 hash", MF_FMT(m->mod_h1));
    if (m->time.n && !mf_timetext_valid(m->time))
        return bad(err, "\"%.*s\" is not a time", MF_FMT(m->time));
    if (m->zip_sha256.n && !is_hex_digest(m->zip_sha256))
        return bad(err, "\"%.*s\" is not a SHA-256 in hex", MF_FMT(m->zip_sha256));
    if (m->only_mod) {
        if (m->h1.n || m->size || m->files || m->zip_sha256.n || m->form != MF_FORM_NONE || m->content.length)
            return bad(err, "only_mod, but described as having a zip");
        return 0;
    }
    if (!mf_h1_valid(m->h1))
        return bad(err, "\"%.*s\" is not an h1 hash", MF_FMT(m->h1));
    if (m->size > MODULE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "its files have more than %zu bytes", MODULE_MAX);
    if (m->files > MF_MODNAMES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "it has more than %zu files", MF_MODNAMES_MAX);
    if (m->form == MF_FORM_NONE)
        return bad(err, "has no form of format 1");
    if (m->form == MF_FORM_HELD ? m->full != MF_FORM_FILES && m->full != MF_FORM_ZIP : m->full != MF_FORM_NONE)
        return bad(err, "\"full\" does not go with its form");
    return 0;
}

/* Each toolchain is among the modules, with its zip. */
static int check_toolchains(const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->toolchain_count; i++) {
        char version[sizeof(MF_TOOLCHAIN_VERSION) + MF_TOOLCHAIN_NAME_MAX];
        snprintf(version, sizeof(version), MF_TOOLCHAIN_VERSION "%.*s", MF_FMT(m->toolchains[i]));
        long at = mf_manifest_find(m, (struct mf_module){MF_LIT(MF_TOOLCHAIN_MODULE), mf_str(version)});
        if (at < 0 || m->modules[at].only_mod)
            return bad(err, "toolchains[%zu]: %.*s is not among the modules", i, MF_FMT(m->toolchains[i]));
    }
    return 0;
}

static int check_content(const struct mf_manifest *m, struct mf_err *err)
{
    if (!mf_gover_valid(m->go))
        return bad(err, "go: \"%.*s\" is not a Go version", MF_FMT(m->go));
    if (m->level == MF_LEVEL_ALL && (m->platform_count || m->tag_count))
        return bad(err, "level \"all\" has neither platforms nor tags");
    if (check_set("platforms", m->platforms, m->platform_count, is_platform, err) < 0 ||
        check_set("tags", m->tags, m->tag_count, is_tag, err) < 0 ||
        check_set("toolchains", m->toolchains, m->toolchain_count, is_toolchain, err) < 0)
        return -1;
    for (size_t i = 0; i < m->root_count; i++) {
        if (check_root(&m->roots[i], err) < 0)
            return mf_err_prefix(err, "roots[%zu]", i);
        if (i > 0 && mf_manifest_root_order(&m->roots[i - 1], &m->roots[i]) >= 0)
            return bad(err, "roots[%zu]: out of order or double", i);
    }
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_module id = m->modules[i].id;
        if (check_module(&m->modules[i], err) < 0)
            return mf_err_prefix(err, "module %.*s@%.*s", MF_FMT(id.path), MF_FMT(id.version));
        if (i > 0 && mf_module_order(m->modules[i - 1].id, id) >= 0)
            return bad(err, "module %.*s@%.*s: out of order or double", MF_FMT(id.path), MF_FMT(id.version));
    }
    return check_toolchains(m, err);
}

static int check_rehearsed(const struct mf_manifest_rehearsed *r, struct mf_err *err)
{
    if (!mf_timetext_is_utc(r->time))
        return bad(err, "time: \"%.*s\" is not a time in UTC", MF_FMT(r->time));
    if (!is_platform(r->platform))
        return bad(err, "platform: \"%.*s\" is malformed", MF_FMT(r->platform));
    for (size_t i = 0; i < r->run_count; i++) {
        const struct mf_manifest_run *run = &r->runs[i];
        bool ok = mf_str_eq(run->result, MF_LIT("ok"));
        if (!ok && !mf_str_eq(run->result, MF_LIT("failed")) && !mf_str_eq(run->result, MF_LIT("skipped")))
            return bad(err, "runs[%zu]: \"%.*s\" is not a result", i, MF_FMT(run->result));
        if (ok != (run->why.n == 0))
            return bad(err, "runs[%zu]: why does not go with its result", i);
        if (run->platform.n && !is_platform(run->platform))
            return bad(err, "runs[%zu]: platform \"%.*s\" is malformed", i, MF_FMT(run->platform));
    }
    return 0;
}

static int check_statement(const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->root_count; i++)
        if (m->roots[i].rehearsed.go.n && check_rehearsed(&m->roots[i].rehearsed, err) < 0)
            return mf_err_prefix(err, "roots[%zu].rehearsed", i);
    if (!mf_timetext_is_utc(m->created))
        return bad(err, "created: \"%.*s\" is not a time in UTC", MF_FMT(m->created));
    if (m->expires.n && !mf_timetext_is_utc(m->expires))
        return bad(err, "expires: \"%.*s\" is not a time in UTC", MF_FMT(m->expires));
    return 0;
}

/* Under a tree head, each module has its record or a reason why not. */
static int check_provenance(const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        const char *wrong = NULL;
        if (!m->tree_head.n && mod->record)
            wrong = "has a log_index, and there is no tree_head";
        else if (mod->record && mod->not_covered.n)
            wrong = "has both a log_index and a reason why not";
        else if (m->tree_head.n && !mod->record && !mod->not_covered.n)
            wrong = "has neither a log_index nor a reason why not";
        if (wrong)
            return bad(err, "module %.*s@%.*s: %s", MF_FMT(mod->id.path), MF_FMT(mod->id.version), wrong);
    }
    return 0;
}

/* A range must begin where the last one ended and hold whole tar blocks. */
static int take_span(struct mf_span span, uint64_t *end, uint64_t least, struct mf_err *err)
{
    if (span.offset != *end)
        return bad(err, "begins at %" PRIu64 " of the payload, not at %" PRIu64, span.offset, *end);
    if (span.length % MF_TAR_BLOCK || span.length < least)
        return bad(err, "%" PRIu64 " bytes of payload cannot hold it", span.length);
    if (span.length > ((uint64_t)1 << 53) - *end)
        return mf_err_set(err, MF_E_LIMIT, "the payload has 2^53 bytes or more");
    *end += span.length;
    return 0;
}

static int check_attachment(const struct mf_manifest_attachment *a, uint64_t *end, struct mf_err *err)
{
    char name[MF_MEMBER_PATH_MAX];
    MF_CLEANUP(mf_buf_release) struct mf_buf header = MF_BUF_INIT(8 * MF_TAR_BLOCK);
    int n = snprintf(name, sizeof(name), "attachments/%.*s", MF_FMT(a->name));
    if (n < 0 || (size_t)n >= sizeof(name) || mf_str_find(a->name, '/') < a->name.n)
        return bad(err, "is too long or holds a slash");
    if (mf_filepath_check(a->name, err) < 0)
        return as_damaged(err);
    if (!is_hex_digest(a->sha256))
        return bad(err, "\"%.*s\" is not a SHA-256 in hex", MF_FMT(a->sha256));
    if (a->media_type.n == 0)
        return bad(err, "has no media type");
    if (a->size > ((uint64_t)1 << 53) - *end)
        return mf_err_set(err, MF_E_LIMIT, "the payload has 2^53 bytes or more");
    if (mf_tar_header((struct mf_str){name, (size_t)n}, a->size, &header, err) < 0)
        return -1;
    *end += header.n + a->size + mf_tar_padding(a->size);
    return 0;
}

/* A head that clients may hold: smaller than the one the bundle carries. */
static int check_older(const struct mf_manifest *m, uint64_t size, struct mf_err *err)
{
    struct mf_digest root;
    if (m->older_count > MF_SUMDB_OLDER_MAX)
        return mf_err_set(err, MF_E_LIMIT, "older: more than %d heads", MF_SUMDB_OLDER_MAX);
    for (size_t i = 0; i < m->older_count; i++) {
        if (!mf_base64_parse(m->older[i].root, root.b, sizeof(root.b)))
            return bad(err, "older[%zu]: \"%.*s\" is not a root", i, MF_FMT(m->older[i].root));
        if (m->older[i].size == 0 || m->older[i].size >= size)
            return bad(err, "older[%zu]: is not older than the tree head", i);
        if (i > 0 && m->older[i - 1].size >= m->older[i].size)
            return bad(err, "older[%zu]: out of order or double", i);
    }
    return 0;
}

/* The proofs of a checksum database. The note is parsed, its signature is for
 * who has the key. */
static int check_sumdb(const struct mf_manifest *m, uint64_t *end, struct mf_err *err)
{
    struct mf_treehead head;
    bool covers = false;
    if (!m->sumdb_name.n)
        return 0;
    if (!mf_gosumdb_name_valid(m->sumdb_name))
        return bad(err, "\"%.*s\" is not the name of a checksum database", MF_FMT(m->sumdb_name));
    if (mf_treehead_parse(m->tree_head, &head, err) < 0)
        return mf_err_prefix(err, "tree_head");
    if (head.size == 0 || m->tree_head.n > MF_NOTE_MAX)
        return bad(err, "tree_head: has no records, or is too long");
    for (size_t i = 0; i < m->module_count && !covers; i++)
        covers = !m->modules[i].not_covered.n;
    if (!covers)
        return bad(err, "covers no module");
    if (m->sumdb.length > MF_SUMDB_RANGE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "its members have more than %zu bytes", MF_SUMDB_RANGE_MAX);
    /* at least a lookup and a tile */
    return check_older(m, head.size, err) < 0 ? -1 : take_span(m->sumdb, end, (uint64_t)4 * MF_TAR_BLOCK, err);
}

/* Part one: proofs, every .mod in order, then the attachments; behind the lists of a difference. */
static int check_part_one(const struct mf_manifest *m, uint64_t *end, struct mf_err *err)
{
    if (m->base.length > MF_BASE_RANGE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "base: more than %zu bytes", MF_BASE_RANGE_MAX);
    if (m->base.length && take_span(m->base, end, 2 * MF_TAR_BLOCK, err) < 0)
        return mf_err_prefix(err, "base");
    if (check_sumdb(m, end, err) < 0)
        return mf_err_prefix(err, "sumdb");
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        if (take_span(mod->mod, end, MF_TAR_BLOCK, err) < 0)
            return mf_err_prefix(err, "module %.*s@%.*s: mod", MF_FMT(mod->id.path), MF_FMT(mod->id.version));
        if (mod->mod.length > GO_MOD_MAX + 8 * MF_TAR_BLOCK)
            return mf_err_set(err, MF_E_LIMIT, "module %.*s@%.*s: mod: larger than %zu bytes", MF_FMT(mod->id.path),
                              MF_FMT(mod->id.version), GO_MOD_MAX);
    }
    for (size_t i = 0; i < m->attachment_count; i++) {
        if (i > 0 && mf_str_cmp(m->attachments[i - 1].name, m->attachments[i].name) >= 0)
            return bad(err, "attachments[%zu]: out of order or double", i);
        if (check_attachment(&m->attachments[i], end, err) < 0)
            return mf_err_prefix(err, "attachment \"%.*s\"", MF_FMT(m->attachments[i].name));
    }
    return 0;
}

/* Part two: the contents of every module that has some, in order. */
static int check_part_two(const struct mf_manifest *m, uint64_t *end, struct mf_err *err)
{
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        if (mod->only_mod || mod->form == MF_FORM_HELD)
            continue;
        uint64_t least = MF_TAR_BLOCK;
        if (mod->form == MF_FORM_FILES && mod->files > mod->content.length / MF_TAR_BLOCK)
            return bad(err, "module %.*s@%.*s: content: cannot hold %" PRIu64 " files", MF_FMT(mod->id.path),
                       MF_FMT(mod->id.version), mod->files);
        if (mod->form == MF_FORM_FILES)
            least = mod->size + mod->files * MF_TAR_BLOCK;
        if (take_span(mod->content, end, least, err) < 0)
            return mf_err_prefix(err, "module %.*s@%.*s: content", MF_FMT(mod->id.path), MF_FMT(mod->id.version));
        if (mod->form == MF_FORM_ZIP && mod->content.length > MODULE_MAX + 8 * MF_TAR_BLOCK)
            return mf_err_set(err, MF_E_LIMIT, "module %.*s@%.*s: its zip is larger than %zu bytes",
                              MF_FMT(mod->id.path), MF_FMT(mod->id.version), MODULE_MAX);
    }
    return 0;
}

/* What a frame is compressed after. */
static int check_frame_base(const struct mf_manifest *m, const struct mf_frame *f, struct mf_err *err)
{
    const struct mf_frame_base *b = &f->base;
    if (b->prefix_size == 0)
        return 0;
    if (b->prefix_size > MF_PREFIX_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a prefix of more than %zu bytes", MF_PREFIX_MAX);
    if (f->offset < m->base.length || m->base.length == 0)
        return bad(err, "there is no list for it");
    for (size_t i = 0; i < b->module_count; i++) {
        if (check_id(b->modules[i].id, err) < 0)
            return mf_err_prefix(err, "modules[%zu]", i);
        if (!mf_h1_valid(b->modules[i].h1))
            return bad(err, "modules[%zu]: \"%.*s\" is not an h1 hash", i, MF_FMT(b->modules[i].h1));
        if (i > 0 && mf_module_order(b->modules[i - 1].id, b->modules[i].id) >= 0)
            return bad(err, "modules[%zu]: out of order or double", i);
    }
    return 0;
}

/* There are lists where there are prefixes, and nowhere else. */
static int check_lists(const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->frame_count; i++)
        if (m->frames[i].base.prefix_size)
            return 0;
    return m->base.length ? bad(err, "payload: base: no frame has a prefix") : 0;
}

/* The part that byte `at` is in: where it ends. */
static uint64_t part_end(const struct mf_manifest *m, uint64_t at, uint64_t part_one)
{
    return at < m->base.length ? m->base.length : at < part_one ? part_one : m->payload_size;
}

/* Each part is cut every MF_FRAME_RAW_MAX bytes, so every size is known. */
static int check_frames(const struct mf_manifest *m, uint64_t part_one, struct mf_err *err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < m->frame_count; i++) {
        const struct mf_frame *f = &m->frames[i];
        if (f->raw_size > MF_FRAME_RAW_MAX)
            return mf_err_set(err, MF_E_LIMIT, "frames[%zu]: more than %zu bytes", i, MF_FRAME_RAW_MAX);
        uint64_t left = part_end(m, at, part_one) - at;
        uint64_t want = left < MF_FRAME_RAW_MAX ? left : MF_FRAME_RAW_MAX;
        if (f->offset != at || f->raw_size != want || want == 0)
            return bad(err, "frames[%zu]: is not bytes %" PRIu64 " to %" PRIu64 " of the payload", i, at, at + want);
        if (f->size > ZSTD_COMPRESSBOUND((size_t)f->raw_size))
            return mf_err_set(err, MF_E_LIMIT, "frames[%zu]: larger compressed than zstd makes it", i);
        if (f->size == 0)
            return bad(err, "frames[%zu]: is empty", i);
        if (check_frame_base(m, f, err) < 0)
            return mf_err_prefix(err, "frames[%zu]: base", i);
        at += want;
    }
    if (at != m->payload_size)
        return bad(err, "frames: cover %" PRIu64 " of %" PRIu64 " bytes of payload", at, m->payload_size);
    return 0;
}

int mf_manifest_check(const struct mf_manifest *m, struct mf_err *err)
{
    uint64_t part_one = 0;
    if (check_content(m, err) < 0)
        return mf_err_prefix(err, "content");
    if (check_statement(m, err) < 0)
        return mf_err_prefix(err, "statement");
    if (check_provenance(m, err) < 0)
        return mf_err_prefix(err, "provenance");
    if (check_part_one(m, &part_one, err) < 0)
        return mf_err_prefix(err, "payload");
    uint64_t end = part_one;
    if (check_part_two(m, &end, err) < 0)
        return mf_err_prefix(err, "payload");
    if (m->payload_size != end + MF_TAR_END)
        return bad(err, "payload: size is %" PRIu64 ", but its members and end mark take %" PRIu64, m->payload_size,
                   end + MF_TAR_END);
    return check_frames(m, part_one, err) < 0 ? -1 : check_lists(m, err);
}
