#include "cmd/rehearserecord.h"

#include <sys/stat.h>
#include <unistd.h>

#include "cmd/files.h"
#include "cmd/headswap.h"
#include "cmd/signarg.h"
#include "formats/timetext.h"

/* A later version may have put more into the statement than we can write back. */
static int check_rewritable(struct mf_gate *gate, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    if (mf_manifest_write(&gate->manifest, &text, err) < 0)
        return -1;
    if (!mf_str_eq(mf_buf_view(&text), gate->head.manifest))
        return mf_err_set(err, MF_E_UNSUPPORTED,
                          "its manifest has fields that would be lost: it cannot be recorded there");
    return 0;
}

int mf_rehearserecord_check(struct mf_bundlearg *bundle, const char *path, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    struct stat old, new;
    if (strcmp(bundle->name, "standard input") == 0 || lseek(bundle->fd, 0, SEEK_CUR) < 0)
        return mf_err_set(err, MF_E_USAGE, "--record needs the bundle as a file: it is read twice");
    if (fstat(bundle->fd, &old) == 0 && stat(path, &new) == 0 && old.st_dev == new.st_dev && old.st_ino == new.st_ino)
        return mf_err_set(err, MF_E_USAGE, "--record %s is the bundle itself, whose signatures would be lost", path);
    if (check_rewritable(&bundle->gate, err) < 0)
        return -1;
    return mf_files_temp(path, 0666, &temp, err); /* whether it can be written is better known now */
}

int mf_rehearserecord_time(struct mf_str *out, struct mf_arena *arena, struct mf_err *err)
{
    uint64_t seconds;
    char text[MF_TIMETEXT_UTC];
    if (mf_signarg_time(&seconds, err) < 0)
        return -1;
    if (!mf_timetext_utc((int64_t)seconds, text))
        return mf_err_set(err, MF_E_USAGE, "the time cannot be written");
    return mf_arena_dup(arena, mf_str(text), out, err);
}

int mf_rehearserecord_write(const struct mf_bundlearg *bundle, struct mf_manifest_root *roots, const char *path,
                            struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    const struct mf_gate *gate = &bundle->gate;
    struct mf_manifest m = gate->manifest;
    struct mf_head head = {0};
    m.roots = roots;
    if (mf_manifest_write(&m, &text, err) < 0)
        return -1;
    if (!mf_digest_eq(&m.id, &gate->manifest.id))
        return mf_err_set(err, MF_E_DAMAGED, "the bundle id would change");
    head.manifest = mf_buf_view(&text);
    return mf_headswap_write(path, &head, bundle->fd, gate->head.frame_size, &m, err);
}
