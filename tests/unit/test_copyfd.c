#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/base/copyfd.h"
#include "formats/base/dir.h"

static int temporary(void)
{
    char name[] = "/tmp/mf-copyfd-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    return fd;
}

static int filled(size_t n)
{
    struct mf_err err = {0};
    int fd = temporary();
    for (size_t i = 0; i < n; i++) {
        char c = (char)(i * 31 + i / 251);
        assert_int_equal(mf_write_full(fd, &c, 1, "test", &err), 0);
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 65535, 65536, 65537, 200000};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        struct mf_err err = {0};
        uint64_t copied = 99;
        char a[1024], b[1024];
        MF_CLEANUP(mf_fd_release) int from = filled(sizes[i]);
        MF_CLEANUP(mf_fd_release) int to = temporary();
        assert_int_equal(mf_copyfd_rest(from, to, sizes[i], &copied, "test", &err), 0);
        assert_int_equal(copied, sizes[i]);
        assert_int_equal(lseek(to, 0, SEEK_CUR), sizes[i]);
        for (size_t at = 0; at < sizes[i]; at += sizeof(a)) {
            ssize_t n = pread(from, a, sizeof(a), (off_t)at);
            assert_int_equal(pread(to, b, sizeof(b), (off_t)at), n);
            assert_memory_equal(a, b, (size_t)n);
        }
        if (!sizes[i])
            continue;
        assert_int_equal(lseek(from, 0, SEEK_SET), 0);
        assert_int_equal(mf_copyfd_rest(from, to, sizes[i] - 1, &copied, "test", &err), -1);
        assert_int_equal(err.code, MF_E_LIMIT);
    }
}

/* Pipes cannot be copied inside the kernel; offsets count. */
static void test_pipe_and_offset(void **state)
{
    struct mf_err err = {0};
    uint64_t copied = 0;
    int ends[2];
    char got[8] = {0};
    (void)state;
    assert_int_equal(pipe(ends), 0);
    MF_CLEANUP(mf_fd_release) int from = filled(10);
    MF_CLEANUP(mf_fd_release) int back = ends[0];
    MF_CLEANUP(mf_fd_release) int to = ends[1];
    assert_int_equal(lseek(from, 7, SEEK_SET), 7);
    assert_int_equal(mf_copyfd_rest(from, to, 100, &copied, "test", &err), 0);
    assert_int_equal(copied, 3);
    assert_int_equal(read(back, got, sizeof(got)), 3);
    assert_int_equal((unsigned char)got[0], 7 * 31);
    MF_CLEANUP(mf_fd_release) int readonly = dup(back);
    assert_int_equal(lseek(from, 0, SEEK_SET), 0);
    assert_int_equal(mf_copyfd_rest(from, readonly, 100, &copied, "test", &err), -1);
    assert_int_equal(err.code, MF_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_pipe_and_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
