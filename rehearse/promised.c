#include "rehearse/promised.h"

/* Of which kind of root. */
enum { IN_DIR = 1, IN_NEW = 2, BOTH = IN_DIR | IN_NEW };

/* The commands of bundle/promise.c; %M is the module path of a root
 * path@version, %V its version. */
static const struct {
    unsigned place, traits;
    const char *command, *stand_in;
} forms[] = {
    {IN_NEW, MF_PROMISED_GETS | MF_PROMISED_WRITES, "go get %M@%V", NULL},
    {IN_NEW, MF_PROMISED_BUILDS | MF_PROMISED_WRITES, "go build -mod=mod %M/...", NULL},
    {IN_DIR, MF_PROMISED_BUILDS, "go build ./...", NULL},
    {IN_DIR, MF_PROMISED_BUILDS, "go list -deps ./...", NULL},
    {BOTH, 0, "go list -m all", NULL},
    {BOTH, 0, "go mod graph", NULL},
    {BOTH, 0, "go mod verify", NULL},
    {IN_DIR, MF_PROMISED_BUILDS, "go run PACKAGE", "go build ./..."},
    {IN_DIR, MF_PROMISED_WRITES, "go tool NAME", "go build tool"},
    {IN_NEW, MF_PROMISED_BUILDS | MF_PROMISED_TESTS | MF_PROMISED_WRITES, "go test -mod=mod %M/...", NULL},
    {IN_DIR, MF_PROMISED_BUILDS | MF_PROMISED_TESTS | MF_PROMISED_WRITES, "go test ./...", NULL},
    {IN_DIR, MF_PROMISED_BUILDS, "go vet ./...", NULL},
    {IN_DIR, MF_PROMISED_WRITES, "go mod tidy", NULL},
    {IN_DIR, MF_PROMISED_WRITES, "go mod vendor", NULL},
    {IN_DIR, 0, "go mod why -m all", NULL},
    {IN_DIR, MF_PROMISED_WRITES, "go get ./...", NULL},
    {IN_DIR, MF_PROMISED_BUILDS, "go test all", "go list -test -deps all"},
    {BOTH, MF_PROMISED_WRITES, "go mod download", NULL},
    {BOTH, MF_PROMISED_WRITES, "go mod download all", NULL},
};

static bool fits(struct mf_str command, const char *form, struct mf_module m)
{
    for (const char *c = form; *c; c++) {
        struct mf_str want = {c, 1};
        if (*c == '%')
            want = *++c == 'M' ? m.path : m.version;
        if (!mf_str_starts(command, want))
            return false;
        command = mf_str_from(command, want.n);
    }
    return command.n == 0;
}

static void split(struct mf_str text, struct mf_promised *out)
{
    while (text.p && out->word_count < MF_PROMISED_WORDS_MAX)
        out->words[out->word_count++] = mf_str_cut(text, ' ', &text);
}

bool mf_promised_find(struct mf_str command, const struct mf_manifest_root *root, struct mf_promised *out)
{
    unsigned place = root->module.version.n ? IN_NEW : IN_DIR;
    for (size_t i = 0; i < MF_COUNT(forms); i++) {
        if (!(forms[i].place & place) || !fits(command, forms[i].command, root->module))
            continue;
        *out = (struct mf_promised){.traits = forms[i].traits, .stands_in = forms[i].stand_in != NULL};
        split(out->stands_in ? mf_str(forms[i].stand_in) : command, out);
        return true;
    }
    return false;
}
