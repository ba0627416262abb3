#include "cmd/placearg.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "formats/timetext.h"
#include "formats/trustcheck.h"

/* "90d", or a time; in any case later than the creation. */
static int read_expires(const struct mf_cli_args *args, struct mf_pack_options *out, struct mf_err *err)
{
    const char *text = mf_cliargs_value(args, "expires");
    int64_t seconds = 0;
    char *end;
    if (!text)
        return 0;
    errno = 0;
    unsigned long days = strtoul(text, &end, 10);
    bool is_days = *text >= '0' && *text <= '9' && strcmp(end, "d") == 0 && !errno && days <= MF_TRUSTDOC_DAYS_MAX;
    if (is_days)
        seconds = (int64_t)(out->created + days * 86400);
    else if (!mf_timetext_is_utc(mf_str(text)) || !mf_timetext_seconds(mf_str(text), &seconds))
        return mf_err_set(err, MF_E_USAGE, "--expires %s: neither days like 90d nor a time like 2026-12-31T00:00:00Z",
                          text);
    if (seconds <= 0 || (uint64_t)seconds <= out->created)
        return mf_err_set(err, MF_E_USAGE, "--expires %s: the bundle would be expired when it is made", text);
    out->expires = (uint64_t)seconds;
    return 0;
}

/* --channel, --counter, --expires. The time of creation is a counter that rises
 * by itself, on whichever machine is packed. */
int mf_placearg_read(const struct mf_cli_args *args, struct mf_pack_options *out, struct mf_err *err)
{
    const unsigned long most = ((unsigned long)1 << 53) - 1;
    const char *channel = mf_cliargs_value(args, "channel");
    unsigned long counter;
    if (!channel && mf_cliargs_has(args, "counter"))
        return mf_err_set(err, MF_E_USAGE, "--counter needs --channel NAME");
    if (channel && !mf_trustdoc_is_name(mf_str(channel)))
        return mf_err_set(err, MF_E_USAGE, "--channel %s: not a name of letters, digits and ._@+-", channel);
    if (mf_cliargs_number(args, "counter", 1, most, out->created ? out->created : 1, &counter, err) < 0)
        return -1;
    out->channel = mf_str(channel);
    out->counter = channel ? counter : 0;
    return read_expires(args, out, err);
}

/* --attach-trust: what is carried can be followed by whoever has its beginning;
 * a draft could not. */
int mf_placearg_trustfile(const struct mf_cli_args *args, struct mf_buf *text, struct mf_pack_options *out,
                          struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "attach-trust");
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    const struct mf_trustseen none = {0};
    struct mf_trustfile file;
    struct mf_trustdoc doc;
    if (!path)
        return 0;
    if (mf_files_read(path, text, err) < 0 || mf_trustfile_split(mf_buf_view(text), &file, &arena, err) < 0 ||
        mf_trustcheck_walk(&file, &none, (int64_t)time(NULL), &doc, &arena, err) < 0)
        return mf_err_prefix(err, "--attach-trust %s", path);
    out->trustfile = mf_buf_view(text);
    return 0;
}
