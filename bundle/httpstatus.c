#include "bundle/httpstatus.h"

#include <stdio.h>

enum { DETAIL_LINES = 3, DETAIL_MAX = 240 };

static const char *status_name(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {{400, "400 Bad Request"},
                 {401, "401 Unauthorized"},
                 {403, "403 Forbidden"},
                 {404, "404 Not Found"},
                 {407, "407 Proxy Authentication Required"},
                 {408, "408 Request Timeout"},
                 {410, "410 Gone"},
                 {429, "429 Too Many Requests"},
                 {500, "500 Internal Server Error"},
                 {502, "502 Bad Gateway"},
                 {503, "503 Service Unavailable"},
                 {504, "504 Gateway Timeout"}};
    for (size_t i = 0; i < MF_COUNT(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return NULL;
}

/* The first lines of an error text up to a blank one, in one line. */
static void add_detail(struct mf_str text, char *out, size_t cap)
{
    size_t used = 0;
    for (int i = 0; i < DETAIL_LINES && text.p; i++) {
        struct mf_str line = mf_str_trim(mf_str_cut(text, '\n', &text));
        if (!line.n || used >= cap - 1)
            return;
        used += (size_t)snprintf(out + used, cap - used, "%s%.*s", i ? " " : ": ", MF_FMT(mf_str_head(line, cap)));
    }
}

void mf_httpstatus_text(const struct mf_transfer *t, char out[MF_HTTPSTATUS_SIZE])
{
    char detail[DETAIL_MAX] = "", wait[64] = "";
    const char *name = status_name(t->status);
    add_detail(mf_buf_view(&t->body), detail, sizeof(detail));
    if (t->wait_seconds)
        snprintf(wait, sizeof(wait), " (it asks to wait %u s)", t->wait_seconds);
    if (name)
        snprintf(out, MF_HTTPSTATUS_SIZE, "%s%s%s", name, detail, wait);
    else
        snprintf(out, MF_HTTPSTATUS_SIZE, "status %d%s%s", t->status, detail, wait);
}

bool mf_httpstatus_of_proxy(const struct mf_transfer *t)
{
    /* tinyproxy says 401 of a wrong password */
    return t->from.proxy_variable && (t->status == 407 || (t->status == 401 && t->from.proxy_login));
}

void mf_httpstatus_next(const struct mf_transfer *t, char out[MF_HTTPSTATUS_SIZE])
{
    const struct mf_transfer_from *from = &t->from;
    out[0] = '\0';
    if (mf_httpstatus_of_proxy(t))
        snprintf(out, MF_HTTPSTATUS_SIZE, "%sput user and password into %s: %s://user:password@host:port",
                 t->status == 401 ? "if the forward proxy says so and not the server, " : "", from->proxy_variable,
                 from->proxy_scheme);
    else if (t->status == 401)
        snprintf(out, MF_HTTPSTATUS_SIZE, "%s",
                 !from->secure     ? "use an https URL: credentials are sent to no other"
                 : from->own_login ? "correct user and password in the URL, which go before all others"
                 : from->authorized
                     ? "correct user and password for that host in ~/.netrc, or what the command in GOAUTH says"
                     : "put user and password for that host into ~/.netrc, or name a command that has them in GOAUTH");
}
