/* Compresses standard input with mf_goflate, in pieces of argv[1] bytes (0: all
 * that was read at once), and writes the stream to standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/dir.h"
#include "formats/goflate.h"

enum { CHUNK = 1 << 20 };

int main(int argc, char **argv)
{
    struct mf_err err = {0};
    struct mf_goflate *g;
    static char chunk[CHUNK];
    size_t piece = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, got;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(1024 * MF_MIB);
    if (mf_goflate_new(&g, &err) < 0)
        return 1;
    do {
        if (mf_read_full(STDIN_FILENO, chunk, piece && piece < CHUNK ? piece : CHUNK, &got, "input", &err) < 0)
            return 1;
        mf_goflate_write(g, chunk, got, &out);
    } while (got);
    mf_goflate_finish(g, &out);
    mf_goflate_free(&g);
    if (mf_buf_check(&out, &err) < 0 || mf_write_full(STDOUT_FILENO, out.p, out.n, "output", &err) < 0)
        return 1;
    return 0;
}
