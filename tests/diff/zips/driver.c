/* Walks module zips. Standard input names them, one per line: path of the zip,
 * module path, version, separated by tabs. For each, one line of output: h1,
 * "canonical" or "other", path; or "refused", the reason, path.
 *
 *     diff_zips [--prove] < list
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>

#include "formats/base/dir.h"
#include "formats/modzip.h"

static int walk(const char *file, struct mf_module m, bool prove)
{
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    MF_CLEANUP(mf_fd_release) int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "%s: cannot be opened\n", file);
        return -1;
    }
    if (mf_modzip_walk(fd, m, prove ? MF_MODZIP_PROOF : MF_MODZIP_SHA256, NULL, &facts, &err) < 0) {
        printf("refused\t%s\t%s\n", err.text, file);
        return 0;
    }
    printf("%s\t%s\t%s\n", facts.h1, facts.canonical ? "canonical" : "other", file);
    return 0;
}

int main(int argc, char **argv)
{
    bool prove = argc > 1 && strcmp(argv[1], "--prove") == 0;
    char line[8192];
    setlocale(LC_ALL, ""); /* which must not matter */
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        struct mf_str rest = mf_str(line);
        struct mf_str file = mf_str_cut(rest, '\t', &rest);
        struct mf_module m;
        m.path = mf_str_cut(rest, '\t', &rest);
        m.version = rest;
        line[file.n] = '\0';
        if (walk(line, m, prove) < 0)
            return 1;
    }
    return 0;
}
