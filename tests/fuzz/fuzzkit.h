/* What fuzz targets share. A target is one function, which libFuzzer or replay.c
 * calls with one input after the other; a check that fails ends the program. */
#ifndef MF_FUZZKIT_H
#define MF_FUZZKIT_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x) ((x) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #x))

_Noreturn static inline void fuzz_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

static inline struct mf_str fuzz_text(const uint8_t *data, size_t size)
{
    return (struct mf_str){(const char *)data, size};
}

/* A copy that may be changed; the caller frees it. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* A regular file that holds the input and stands at its beginning: one in each
 * run of the program, which is filled anew. */
static inline int fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("input", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    CHECK(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

#endif
