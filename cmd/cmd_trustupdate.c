#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "cmd/statearg.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"
#include "formats/base/durable.h"
#include "formats/base/encode.h"
#include "verify/attachment.h"
#include "verify/sandbox.h"

static const char *const usage[] = {
    "trust update FILE [NEWER|BUNDLE] [--state FILE] [--override-trust] [--json]",
    NULL,
};
static const char *const examples[] = {
    "modferry trust update /etc/modferry/team.trust /media/disc/team.trust",
    "modferry trust update /etc/modferry/team.trust /media/disc/deps.tar.zst",
    "modferry trust update /etc/modferry/team.trust",
    NULL,
};
static const char *const operands[] = {"FILE", NULL};
static const struct mf_cli_option options[] = {
    MF_STATEARG_OPTION,
    {"override-trust", 0, NULL, "accept FILE though the state knows another or a later document; recorded", false},
    MF_CLIARGS_JSON,
    {0},
};

struct update {
    const char *path, *newer;
    struct mf_truststate state;
    struct mf_trustfile have, all; /* of FILE; and with what follows it in the newer one */
    struct mf_trustdoc before, after;
    struct mf_trustseen seen; /* the newest */
    struct mf_overridden overridden;
    int64_t now;
    int fd;              /* of the newer file */
    struct mf_temp temp; /* what FILE becomes */
    struct mf_buf have_text, newer_text;
    struct mf_arena arena;
};

#define UPDATE_INIT                                                                                                    \
    ((struct update){.state = MF_TRUSTSTATE_INIT,                                                                      \
                     .fd = -1,                                                                                         \
                     .temp = MF_TEMP_INIT,                                                                             \
                     .have_text = MF_BUF_INIT(MF_TRUSTFILE_MAX),                                                       \
                     .newer_text = MF_BUF_INIT(MF_TRUSTFILE_MAX),                                                      \
                     .arena = MF_ARENA_INIT(64 * MF_MIB)})

static void release(struct update *u)
{
    mf_truststate_release(&u->state);
    mf_fd_release(&u->fd);
    mf_temp_release(&u->temp);
    mf_buf_release(&u->have_text);
    mf_buf_release(&u->newer_text);
    mf_arena_release(&u->arena);
}

/* FILE by itself: where the state's document is in it, from there; where the
 * newer file has to bring it, FILE is only the beginning of the chain. */
static int read_file(struct update *u, bool override, struct mf_err *err)
{
    struct mf_trustseen from = u->state.seen;
    if (mf_files_read(u->path, &u->have_text, err) < 0 ||
        mf_trustfile_split(mf_buf_view(&u->have_text), &u->have, &u->arena, err) < 0)
        return -1;
    bool unknown = from.version && mf_trustfile_find(&u->have, &from.sha256) < 0;
    if (unknown && override &&
        mf_overridden_refuse(&u->overridden, true, err,
                             "the trust file does not hold version %" PRIu64 ", which was accepted before",
                             from.version) < 0)
        return -1;
    if (unknown && (override || u->newer))
        from.version = 0;
    return mf_trustcheck_walk(&u->have, &from, u->now, &u->before, &u->arena, err);
}

/* The bundle has to be signed as the document in FILE asks for. */
static int read_bundle(struct update *u, struct mf_err *err)
{
    const struct mf_trust trust = {.document = &u->before, .now = u->now};
    struct mf_gate gate;
    if (lseek(u->fd, 0, SEEK_SET) < 0)
        return mf_err_set(err, MF_E_USAGE, "%s is not a file: parts of it could not be read alone", u->newer);
    mf_buf_clear(&u->newer_text);
    int rc = mf_gate_open(u->fd, u->newer, &trust, &gate, err);
    if (rc == 0)
        rc = mf_attachment_read(u->fd, u->newer, &gate, MF_LIT(MF_TRUSTFILE_ATTACHMENT), &u->newer_text, err);
    mf_gate_release(&gate);
    if (rc < 0 && err->code == MF_E_CLOSURE)
        mf_err_next(err, "pass a bundle packed with `modferry pack --attach-trust`, or the trust file itself");
    return rc;
}

/* The trust file in the newer file: a bundle is known by its first bytes. */
static int read_newer(struct update *u, struct mf_err *err)
{
    static const char magic[] = {'\x28', '\xb5', '\x2f', '\xfd'};
    char start[sizeof(magic)];
    size_t got;
    if (mf_read_full(u->fd, start, sizeof(start), &got, u->newer, err) < 0)
        return -1;
    if (got == sizeof(start) && memcmp(start, magic, sizeof(magic)) == 0)
        return read_bundle(u, err);
    mf_buf_add(&u->newer_text, start, got);
    return mf_files_read_rest(u->fd, u->newer, &u->newer_text, err);
}

/* Two documents that follow the same one, in FILE and in the newer file. By their
 * digests alone: nobody has vouched for the newer file yet. */
static int check_fork(const struct update *u, const struct mf_trustfile *newer, struct mf_err *err)
{
    for (size_t i = 0; i + 1 < u->have.count; i++) {
        long at = mf_trustfile_find(newer, &u->have.entries[i].sha256);
        if (at < 0 || (size_t)at + 1 >= newer->count ||
            mf_digest_eq(&u->have.entries[i + 1].sha256, &newer->entries[at + 1].sha256))
            continue;
        char ours[MF_HEX_SIZE(32)], theirs[MF_HEX_SIZE(32)];
        mf_hex(u->have.entries[i + 1].sha256.b, 32, ours);
        mf_hex(newer->entries[at + 1].sha256.b, 32, theirs);
        mf_err_set(err, MF_E_POLICY,
                   "trust document: it goes on with SHA-256 %s where %s goes on with %s: one of them is a fork", theirs,
                   u->path, ours);
        return mf_err_next(err, "find out who made the second one; nothing was changed");
    }
    return 0;
}

/* The documents of FILE, and of the newer file those behind FILE's newest. */
static int join(struct update *u, const struct mf_trustfile *newer, struct mf_err *err)
{
    long at = mf_trustfile_find(newer, &u->have.entries[u->have.count - 1].sha256);
    /* it is behind FILE itself: nothing new */
    bool behind = at < 0 && mf_trustfile_find(&u->have, &newer->entries[newer->count - 1].sha256) >= 0;
    size_t from = behind ? newer->count : (size_t)(at + 1);
    u->all.entries = mf_arena_array(&u->arena, u->have.count + newer->count, sizeof(*u->all.entries), err);
    if (!u->all.entries)
        return -1;
    memcpy(u->all.entries, u->have.entries, u->have.count * sizeof(*u->all.entries));
    if (at >= 0) /* with the signatures that the newer file has */
        u->all.entries[u->have.count - 1] = newer->entries[at];
    memcpy(u->all.entries + u->have.count, newer->entries + from, (newer->count - from) * sizeof(*u->all.entries));
    u->all.count = u->have.count + newer->count - from;
    return 0;
}

/* Walks FILE and what follows it, one version after the other; the state's
 * document must be on the way. */
static int follow(struct update *u, bool override, struct mf_err *err)
{
    struct mf_trustfile newer;
    u->all = u->have;
    if (u->newer) {
        if (read_newer(u, err) < 0)
            return -1;
        if (mf_trustfile_split(mf_buf_view(&u->newer_text), &newer, &u->arena, err) < 0 ||
            check_fork(u, &newer, err) < 0 || join(u, &newer, err) < 0)
            return mf_err_prefix(err, "%s", u->newer);
    }
    bool known = override || !u->state.seen.version || mf_trustfile_find(&u->all, &u->state.seen.sha256) >= 0;
    if (!known) /* says why */
        return mf_trustcheck_walk(&u->have, &u->state.seen, u->now, &u->after, &u->arena, err);
    u->after = u->before;
    for (size_t i = u->have.count; i < u->all.count; i++)
        if (mf_trustcheck_next(&u->after, &u->all.entries[i], u->now, &u->after, &u->arena, err) < 0)
            return mf_err_prefix(err, "%s", u->newer);
    u->seen = (struct mf_trustseen){u->after.version, u->all.entries[u->all.count - 1].sha256};
    return 0;
}

static int write_file(struct update *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_TRUSTFILE_MAX);
    if (u->all.count == u->have.count)
        return 0;
    for (size_t i = 0; i < u->all.count; i++)
        mf_trustfile_put(&u->all.entries[i], &out);
    if (mf_buf_check(&out, err) < 0 || mf_write_full(u->temp.fd, out.p, out.n, u->path, err) < 0)
        return -1;
    return mf_durable_publish(&u->temp, u->path, err);
}

static int print(const struct mf_cli_args *args, const struct update *u, struct mf_err *err)
{
    char hex[MF_HEX_SIZE(32)];
    mf_hex(u->seen.sha256.b, 32, hex);
    if (mf_cliargs_has(args, "json")) {
        json_t *object = json_object();
        mf_output_set(&object, "version_before", json_integer((json_int_t)u->before.version));
        mf_output_set(&object, "version", json_integer((json_int_t)u->after.version));
        mf_output_set(&object, "sha256", json_string(hex));
        mf_output_set(&object, "overridden", mf_statearg_overridden_json(&u->overridden));
        return mf_output_json(object, err);
    }
    mf_statearg_overridden_lines(&u->overridden);
    if (u->after.version != u->before.version)
        mf_output_line("updated    %s: version %" PRIu64 ", before %" PRIu64, u->path, u->after.version,
                       u->before.version);
    else
        mf_output_line("unchanged  %s: version %" PRIu64, u->path, u->after.version);
    mf_trustedit_print(&u->after, u->now);
    mf_output_line("sha256     %s", hex);
    return 0;
}

/* Nobody has vouched for the newer file: what is to be written is made before it
 * is read. */
static int enter_sandbox(struct update *u, struct mf_err *err)
{
    u->fd = mf_files_open(u->newer, err);
    if (u->fd < 0 || mf_files_temp(u->path, 0666, &u->temp, err) < 0)
        return -1;
    const struct mf_sandbox_place places[] = {{u->temp.parent.fd, MF_SANDBOX_FILL}, {u->state.dir.fd, MF_SANDBOX_FILL}};
    return mf_sandbox_enter(places, MF_COUNT(places), err);
}

static int update(const struct mf_cli_args *args, struct update *u, struct mf_err *err)
{
    bool override = mf_cliargs_has(args, "override-trust");
    u->now = (int64_t)time(NULL);
    u->path = args->operands[0];
    u->newer = args->operand_count > 1 ? args->operands[1] : NULL;
    if (mf_statearg_open(args, true, &u->state, err) < 0 || read_file(u, override, err) < 0 ||
        (u->newer && enter_sandbox(u, err) < 0) || follow(u, override, err) < 0 || write_file(u, err) < 0 ||
        mf_truststate_commit(&u->state, &u->seen, NULL, &u->overridden, u->now, err) < 0)
        return -1;
    return print(args, u, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(release) struct update u = UPDATE_INIT;
    return update(args, &u, err) < 0 ? mf_err_prefix(err, "trust update %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustupdate = {
    .name = "trust update",
    .summary = "Take up a newer version of a trust document",
    .usage = usage,
    .description = "FILE is the trust file in use. Each version in NEWER, or in the trust file that a bundle carries, "
                   "is accepted where the roots of the version before and its own have signed it, one after the other. "
                   "FILE then goes on to the newest, and the state keeps which one that is: from then on no older one "
                   "is accepted on this machine. A bundle has to be signed as FILE asks for.\n"
                   "Without NEWER the state is made to know FILE.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .more = "NEWER|BUNDLE",
    .operands_max = 2,
    .run = run,
};
