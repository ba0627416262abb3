#include "formats/base/copyfd.h"

#include <unistd.h>

#include "formats/base/dir.h"

enum { STEP = 64 * 1024, KERNEL_STEP = 1 << 30 };

static int past_limit(uint64_t limit, const char *name, struct mf_err *err)
{
    return mf_err_set(err, MF_E_LIMIT, "copy %s: larger than the limit of %llu bytes", name, (unsigned long long)limit);
}

/* Inside the kernel; ends at the end of the file or where that does not work,
 * which the plain copy then finds out. One byte past the limit is asked for, so
 * that it is noticed. */
static uint64_t copy_in_kernel(int from, int to, uint64_t limit)
{
    uint64_t total = 0;
    while (total <= limit) {
        uint64_t want = limit - total < KERNEL_STEP ? limit - total + 1 : KERNEL_STEP;
        ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)want, 0);
        if (n <= 0)
            break;
        total += (uint64_t)n;
    }
    return total;
}

int mf_copyfd_rest(int from, int to, uint64_t limit, uint64_t *copied_out, const char *name, struct mf_err *err)
{
    char bytes[STEP];
    uint64_t total = copy_in_kernel(from, to, limit);
    for (size_t got = STEP; got == STEP && total <= limit; total += got)
        if (mf_read_full(from, bytes, STEP, &got, name, err) < 0 || mf_write_full(to, bytes, got, name, err) < 0)
            return -1;
    if (total > limit)
        return past_limit(limit, name, err);
    *copied_out = total;
    return 0;
}
