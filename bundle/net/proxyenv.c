#include "bundle/net/proxyenv.h"

static const char *first_of(char *(*getenv_fn)(const char *), const char *a, const char *b)
{
    const char *value = getenv_fn(a);
    if (!value || !value[0])
        value = getenv_fn(b);
    return value && value[0] ? value : NULL;
}

/* Host of an entry: without the port, and without the star of "*.x". */
static struct mf_str host_of(struct mf_str entry)
{
    size_t colon = mf_str_find(entry, ':');
    if (entry.n && entry.p[0] == '[')
        return mf_str_head(mf_str_from(entry, 1), mf_str_find(entry, ']') - 1);
    if (colon < entry.n && mf_str_rfind(entry, ':') == colon)
        entry = mf_str_head(entry, colon);
    return mf_str_starts(entry, MF_LIT("*.")) ? mf_str_from(entry, 1) : entry;
}

static void add_exceptions(struct mf_buf *out, struct mf_str list)
{
    mf_buf_str(out, MF_LIT("localhost,127.0.0.0/8,::1"));
    while (list.p) {
        struct mf_str entry = mf_str_trim(mf_str_cut(list, ',', &list));
        if (mf_str_eq(entry, MF_LIT("*"))) {
            mf_buf_clear(out);
            mf_buf_byte(out, '*');
            return;
        }
        if (!entry.n)
            continue;
        mf_buf_byte(out, ',');
        mf_buf_str(out, host_of(entry));
    }
}

int mf_proxyenv_read(struct mf_proxyenv *p, char *(*getenv_fn)(const char *), struct mf_err *err)
{
    const char *method = getenv_fn("REQUEST_METHOD");
    p->https = first_of(getenv_fn, "HTTPS_PROXY", "https_proxy");
    p->http = first_of(getenv_fn, method && method[0] ? "http_proxy" : "HTTP_PROXY", "http_proxy");
    add_exceptions(&p->exceptions, mf_str(first_of(getenv_fn, "NO_PROXY", "no_proxy")));
    if (!mf_buf_cstr(&p->exceptions))
        return mf_buf_check(&p->exceptions, err) < 0 ? mf_err_prefix(err, "read NO_PROXY") : 0;
    return 0;
}

void mf_proxyenv_release(struct mf_proxyenv *p)
{
    mf_buf_release(&p->exceptions);
}
