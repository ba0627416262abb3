#include "bundle/doctor/verdicts.h"

static const struct {
    const char *name;
    enum mf_verdict_level level;
    const char *remedy;
} table[MF_VERDICT_COUNT] = {
    [MF_V_OK] = {"ok", MF_FOUND_OK, ""},
    [MF_V_BAD_SETTING] = {"bad-setting", MF_FOUND_FAILURE, "correct the setting"},
    [MF_V_PROXY_OFF] = {"proxy-off", MF_FOUND_FAILURE, ""},
    [MF_V_DIRECT] = {"direct", MF_FOUND_NOTE, ""},
    [MF_V_VENDOR] = {"vendor", MF_FOUND_NOTE, ""},
    [MF_V_NAME_UNKNOWN] = {"name-unknown", MF_FOUND_FAILURE,
                           "correct the name, or use the name servers of the network that knows it"},
    [MF_V_RESOLVER_REFUSES] = {"resolver-refuses", MF_FOUND_FAILURE,
                               "name a server that serves this network in /etc/resolv.conf"},
    [MF_V_RESOLVER_FAILS] = {"resolver-fails", MF_FOUND_FAILURE,
                             "name another server in /etc/resolv.conf, or have this one repaired"},
    [MF_V_RESOLVER_SILENT] = {"resolver-silent", MF_FOUND_FAILURE,
                              "name a server that answers in /etc/resolv.conf, or let UDP port 53 pass to this one"},
    [MF_V_RESOLVER_DOWN] = {"resolver-down", MF_FOUND_FAILURE, "name a server that runs in /etc/resolv.conf"},
    [MF_V_RESOLVER_UNREACHABLE] = {"resolver-unreachable", MF_FOUND_FAILURE,
                                   "name a server of this network in /etc/resolv.conf"},
    [MF_V_LOOKUP_UNSTEADY] = {"lookup-unsteady", MF_FOUND_FAILURE, "name another server in /etc/resolv.conf"},
    [MF_V_LOOKUP_FAILED] = {"lookup-failed", MF_FOUND_FAILURE, "look at /etc/nsswitch.conf and /etc/resolv.conf"},
    [MF_V_CONNECTION_REFUSED] = {"connection-refused", MF_FOUND_FAILURE,
                                 "correct host and port, or start what should listen there"},
    [MF_V_CONNECT_TIMEOUT] = {"connect-timeout", MF_FOUND_FAILURE,
                              "export HTTPS_PROXY=http://HOST:PORT of the forward proxy of this network"},
    [MF_V_HOST_UNREACHABLE] = {"host-unreachable", MF_FOUND_FAILURE, "ip route; ask those who run the network"},
    [MF_V_NETWORK_UNREACHABLE] = {"network-unreachable", MF_FOUND_FAILURE, "ip route; ask those who run the network"},
    [MF_V_CONNECT_FORBIDDEN] = {"connect-forbidden", MF_FOUND_FAILURE, ""},
    [MF_V_CONNECT_FAILED] = {"connect-failed", MF_FOUND_FAILURE, "run it again"},
    [MF_V_SOME_ADDRESSES_FAIL] = {"some-addresses-fail", MF_FOUND_WARNING, ""},
    [MF_V_PROXY_AUTH] = {"proxy-auth", MF_FOUND_FAILURE,
                         "ask those who run the network for user and password of its forward proxy"},
    [MF_V_PROXY_REFUSES] = {"proxy-refuses", MF_FOUND_FAILURE, ""},
    [MF_V_PROXY_NO_ROUTE] = {"proxy-no-route", MF_FOUND_FAILURE, ""},
    [MF_V_PROXY_SILENT] = {"proxy-silent", MF_FOUND_FAILURE, ""},
    [MF_V_PROXY_GARBLED] = {"proxy-garbled", MF_FOUND_FAILURE, ""},
    [MF_V_PROXY_UNTRUSTED] = {"proxy-untrusted", MF_FOUND_FAILURE, ""},
    [MF_V_SELF_SIGNED] = {"self-signed", MF_FOUND_FAILURE, ""},
    [MF_V_INTERCEPTION_SUSPECTED] = {"interception-suspected", MF_FOUND_FAILURE, ""},
    [MF_V_CERTIFICATE_EXPIRED] = {"certificate-expired", MF_FOUND_FAILURE,
                                  "date -u; then have the server's certificate renewed"},
    [MF_V_CERTIFICATE_TOO_NEW] = {"certificate-too-new", MF_FOUND_FAILURE,
                                  "date -u; then have the server's certificate replaced"},
    [MF_V_WRONG_NAME] = {"wrong-name", MF_FOUND_FAILURE, "use a name that the certificate has"},
    [MF_V_UNTRUSTED] = {"untrusted", MF_FOUND_FAILURE, "have the server's certificate replaced"},
    [MF_V_PLAIN_HTTP_PORT] = {"plain-http-port", MF_FOUND_FAILURE, ""},
    [MF_V_TLS_TIMEOUT] = {"tls-timeout", MF_FOUND_FAILURE, "ask those who run the network, or use another proxy"},
    [MF_V_TLS_RESET] = {"tls-reset", MF_FOUND_FAILURE, "ask those who run the network, or use another proxy"},
    [MF_V_TLS_REFUSED] = {"tls-refused", MF_FOUND_FAILURE,
                          "see the cause; a client certificate is given with --client-cert"},
    [MF_V_PRIVATE_ROOT] = {"private-root", MF_FOUND_WARNING, "nothing, if this server is one of your own"},
    [MF_V_EXPIRES_SOON] = {"expires-soon", MF_FOUND_WARNING, "have the server's certificate renewed"},
    [MF_V_AUTH_WANTED] = {"auth-wanted", MF_FOUND_FAILURE, ""},
    [MF_V_FORBIDDEN] = {"forbidden", MF_FOUND_FAILURE, "ask those who run the server for access"},
    [MF_V_NOT_FOUND] = {"not-found", MF_FOUND_NOTE, "check the URL"},
    [MF_V_RATE_LIMITED] = {"rate-limited", MF_FOUND_FAILURE, "wait a minute"},
    [MF_V_SERVER_ERROR] = {"server-error", MF_FOUND_FAILURE, "try again later"},
    [MF_V_BAD_STATUS] = {"bad-status", MF_FOUND_FAILURE, "correct the URL"},
    [MF_V_WEB_PAGE] = {"web-page", MF_FOUND_FAILURE,
                       "log in with a browser where there is a portal, or correct the URL"},
    [MF_V_TLS_PORT] = {"tls-port", MF_FOUND_FAILURE, ""},
    [MF_V_NOT_HTTP] = {"not-http", MF_FOUND_FAILURE, "correct host and port"},
    [MF_V_NO_ANSWER] = {"no-answer", MF_FOUND_FAILURE, "try again later, or with --timeout"},
    [MF_V_SLOW_ANSWER] = {"slow-answer", MF_FOUND_WARNING, "modferry doctor --mirrors URL,URL"},
    [MF_V_EMPTY_ANSWER] = {"empty-answer", MF_FOUND_FAILURE, "try again later; ask those who run the network"},
    [MF_V_CONNECTION_BROKEN] = {"connection-broken", MF_FOUND_FAILURE,
                                "try again later; ask those who run the network"},
    [MF_V_STALLED] = {"stalled", MF_FOUND_FAILURE, "try again later; ask those who run the network"},
    [MF_V_TOO_SLOW] = {"too-slow", MF_FOUND_FAILURE, "modferry doctor --mirrors URL,URL; or --timeout"},
    [MF_V_TRUNCATED] = {"truncated", MF_FOUND_FAILURE, "try again; ask those who run the server or the network"},
    [MF_V_BAD_ENCODING] = {"bad-encoding", MF_FOUND_FAILURE, "ask those who run the server"},
    [MF_V_BAD_REDIRECT] = {"bad-redirect", MF_FOUND_FAILURE, "use the URL that it redirects to"},
    [MF_V_REDIRECT_DOWN] = {"redirect-down", MF_FOUND_FAILURE, "let the host that it redirects to pass"},
    [MF_V_TOO_BIG] = {"too-big", MF_FOUND_FAILURE, "use another proxy"},
    [MF_V_REQUEST_FAILED] = {"request-failed", MF_FOUND_FAILURE, "run it again"},
    [MF_V_NO_VERSION] = {"no-version", MF_FOUND_FAILURE, "check the path of the module"},
    [MF_V_BAD_CONTENT] = {"bad-content", MF_FOUND_FAILURE, "use another proxy: go refuses this as well"},
    [MF_V_HASH_MISMATCH] = {"hash-mismatch", MF_FOUND_REFUSED, "do not use it; find out where it was changed"},
    [MF_V_CONTENT_DIFFERS] = {"content-differs", MF_FOUND_REFUSED,
                              "use none of them before it is known which one is right"},
    [MF_V_NO_GO_IMPORT] = {"no-go-import", MF_FOUND_FAILURE, ""},
    [MF_V_SUMDB_OFF] = {"sumdb-off", MF_FOUND_NOTE, ""},
    [MF_V_SUMDB_UNREACHABLE] =
        {"sumdb-unreachable", MF_FOUND_FAILURE,
         "go env -w GOPROXY=URL of a proxy that serves the checksum database as well (URL/sumdb/)"},
    [MF_V_SUMDB_UNKNOWN] = {"sumdb-unknown", MF_FOUND_FAILURE, ""},
    [MF_V_SUMDB_LIES] = {"sumdb-lies", MF_FOUND_REFUSED,
                         "do not use it; show this to those who run the proxy and the database"},
    [MF_V_STOPS] = {"stops", MF_FOUND_FAILURE, ""},
    [MF_V_NOWHERE] = {"nowhere", MF_FOUND_FAILURE, "check the path and the version, or name another proxy"},
    [MF_V_STALE] = {"stale", MF_FOUND_WARNING, "nothing: it counts in the order"},
};

const char *mf_verdict_name(enum mf_verdict v)
{
    return table[v].name;
}

enum mf_verdict_level mf_verdict_level(enum mf_verdict v)
{
    return table[v].level;
}

const char *mf_verdict_remedy(enum mf_verdict v)
{
    return table[v].remedy;
}

const char *mf_verdict_level_name(enum mf_verdict_level level)
{
    static const char *const names[] = {"ok", "note", "warning", "failure", "refused"};
    return names[level];
}
