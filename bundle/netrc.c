#include "bundle/netrc.h"

#include <fcntl.h>

#include "bundle/ownfile.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word of a line; empty at its end. */
static struct mf_str next_word(struct mf_str *line)
{
    size_t start = 0, end;
    while (start < line->n && is_blank(line->p[start]))
        start++;
    for (end = start; end < line->n && !is_blank(line->p[end]); end++)
        ;
    struct mf_str word = mf_str_head(mf_str_from(*line, start), end - start);
    *line = mf_str_from(*line, end);
    return word;
}

struct entry {
    struct mf_str machine, login, password;
};

/* Only the first line for a machine counts. */
static int keep(const struct entry *e, struct mf_credentials *out, struct mf_err *err)
{
    if (mf_credentials_has(out, e->machine))
        return 0;
    return mf_credentials_store_basic(out, e->machine, e->login, e->password, err);
}

/* One line. Returns 1 where what follows does not count, 0, -1; *macro_out where a macro begins behind it. */
static int parse_line(struct mf_str line, struct entry *e, bool *macro_out, struct mf_credentials *out,
                      struct mf_err *err)
{
    for (;;) {
        struct mf_str name = next_word(&line), value = next_word(&line);
        if (!value.n)
            return mf_str_eq(name, MF_LIT("default"));
        if (mf_str_eq(name, MF_LIT("machine")))
            *e = (struct entry){.machine = value};
        else if (mf_str_eq(name, MF_LIT("login")))
            e->login = value;
        else if (mf_str_eq(name, MF_LIT("password")))
            e->password = value;
        else if (mf_str_eq(name, MF_LIT("macdef")))
            *macro_out = true;
        if (!e->machine.n || !e->login.n || !e->password.n)
            continue;
        if (keep(e, out, err) < 0)
            return -1;
        *e = (struct entry){0};
    }
}

int mf_netrc_parse(struct mf_str text, struct mf_credentials *out, struct mf_err *err)
{
    struct entry e = {0};
    bool macro = false;
    while (text.p) {
        struct mf_str line = mf_str_cut(text, '\n', &text);
        int rc = macro ? 0 : parse_line(line, &e, &macro, out, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        macro = macro && line.n > 0;
    }
    return 0;
}

int mf_netrc_read(char *(*getenv_fn)(const char *), struct mf_credentials *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf text = MF_BUF_INIT(MF_NETRC_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    struct mf_str file = mf_str(getenv_fn("NETRC")), home = mf_str(getenv_fn("HOME"));
    if (!file.n && !home.n)
        return 0;
    mf_buf_fmt(&path, "%.*s%s", MF_FMT(file.n ? file : home), file.n ? "" : "/.netrc");
    const char *name = mf_buf_cstr(&path);
    if (!name)
        return mf_buf_check(&path, err);
    MF_CLEANUP(mf_credentials_release) struct mf_credentials own = MF_CREDENTIALS_INIT;
    int got = mf_ownfile_read((struct mf_dir){AT_FDCWD}, name, &text, err);
    if (got <= 0)
        return got;
    if (mf_netrc_parse(mf_buf_view(&text), &own, err) < 0)
        return -1;
    return mf_credentials_store_all(out, &own, err);
}
