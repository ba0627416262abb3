#include "cmd/headswap.h"

#include "cmd/files.h"
#include "cmd/interrupt.h"
#include "formats/base/durable.h"
#include "formats/bundleout.h"

int mf_headswap_write(const char *path, struct mf_head *head, int fd, uint64_t payload, const struct mf_manifest *m,
                      struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    (void)mf_interrupt_watch();
    if (mf_files_temp(path, 0666, &temp, err) < 0 ||
        mf_bundleout_assemble(temp.fd, path, head, fd, payload, m, err) < 0 || mf_interrupt_check(err) < 0)
        return -1;
    return mf_durable_publish(&temp, path, err);
}
