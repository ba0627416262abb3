/* Runs a fuzz target on committed inputs, without libFuzzer:
 *
 *     fuzz_NAME FILE|DIRECTORY...
 *
 * Each file is one input, given in a block of exactly its size, so that the
 * address sanitizer sees every byte that is read behind it. No input at all is a
 * failure. */
#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzzkit.h"

static size_t inputs;

static void run_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    CHECK(f && data && fread(data, 1, size, f) == size);
    fclose(f);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
}

static void run_path(const char *path)
{
    struct stat st;
    struct dirent **entries;
    CHECK(stat(path, &st) == 0);
    if (!S_ISDIR(st.st_mode)) {
        run_file(path, (size_t)st.st_size);
        return;
    }
    int n = scandir(path, &entries, NULL, alphasort);
    CHECK(n >= 0);
    for (int i = 0; i < n; i++) {
        char name[PATH_MAX];
        CHECK(snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name) < (int)sizeof(name));
        if (entries[i]->d_name[0] != '.')
            run_path(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    if (inputs == 0) {
        fprintf(stderr, "%s: no inputs\n", argv[0]);
        return 1;
    }
    printf("%zu inputs\n", inputs);
    return 0;
}
