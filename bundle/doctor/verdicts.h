/* What the doctor may find, by name. The names are part of `--json` and of
 * docs/troubleshooting.md, which says for each what causes it and what helps; a
 * test compares the two lists.
 */
#ifndef MF_VERDICTS_H
#define MF_VERDICTS_H

enum mf_verdict {
    MF_V_OK,
    /* settings */
    MF_V_BAD_SETTING,
    MF_V_PROXY_OFF,
    MF_V_DIRECT,
    MF_V_VENDOR,
    /* names */
    MF_V_NAME_UNKNOWN,
    MF_V_RESOLVER_REFUSES,
    MF_V_RESOLVER_FAILS,
    MF_V_RESOLVER_SILENT,
    MF_V_RESOLVER_DOWN,
    MF_V_RESOLVER_UNREACHABLE,
    MF_V_LOOKUP_UNSTEADY,
    MF_V_LOOKUP_FAILED,
    /* connections */
    MF_V_CONNECTION_REFUSED,
    MF_V_CONNECT_TIMEOUT,
    MF_V_HOST_UNREACHABLE,
    MF_V_NETWORK_UNREACHABLE,
    MF_V_CONNECT_FORBIDDEN,
    MF_V_CONNECT_FAILED,
    MF_V_SOME_ADDRESSES_FAIL,
    /* forward proxies */
    MF_V_PROXY_AUTH,
    MF_V_PROXY_REFUSES,
    MF_V_PROXY_NO_ROUTE,
    MF_V_PROXY_SILENT,
    MF_V_PROXY_GARBLED,
    MF_V_PROXY_UNTRUSTED,
    /* TLS */
    MF_V_SELF_SIGNED,
    MF_V_INTERCEPTION_SUSPECTED,
    MF_V_CERTIFICATE_EXPIRED,
    MF_V_CERTIFICATE_TOO_NEW,
    MF_V_WRONG_NAME,
    MF_V_UNTRUSTED,
    MF_V_PLAIN_HTTP_PORT,
    MF_V_TLS_TIMEOUT,
    MF_V_TLS_RESET,
    MF_V_TLS_REFUSED,
    MF_V_PRIVATE_ROOT,
    MF_V_EXPIRES_SOON,
    /* HTTP */
    MF_V_AUTH_WANTED,
    MF_V_FORBIDDEN,
    MF_V_NOT_FOUND,
    MF_V_RATE_LIMITED,
    MF_V_SERVER_ERROR,
    MF_V_BAD_STATUS,
    MF_V_WEB_PAGE,
    MF_V_TLS_PORT,
    MF_V_NOT_HTTP,
    MF_V_NO_ANSWER,
    MF_V_SLOW_ANSWER,
    MF_V_EMPTY_ANSWER,
    MF_V_CONNECTION_BROKEN,
    MF_V_STALLED,
    MF_V_TOO_SLOW,
    MF_V_TRUNCATED,
    MF_V_BAD_ENCODING,
    MF_V_BAD_REDIRECT,
    MF_V_REDIRECT_DOWN,
    MF_V_TOO_BIG,
    MF_V_REQUEST_FAILED,
    /* modules */
    MF_V_NO_VERSION,
    MF_V_BAD_CONTENT,
    MF_V_HASH_MISMATCH,
    MF_V_CONTENT_DIFFERS,
    MF_V_NO_GO_IMPORT,
    /* the checksum database */
    MF_V_SUMDB_OFF,
    MF_V_SUMDB_UNREACHABLE,
    MF_V_SUMDB_UNKNOWN,
    MF_V_SUMDB_LIES,
    /* the list as a whole */
    MF_V_STOPS,
    MF_V_NOWHERE,
    MF_V_STALE,
    MF_VERDICT_COUNT
};

enum mf_verdict_level {
    MF_FOUND_OK,
    MF_FOUND_NOTE,    /* good to know */
    MF_FOUND_WARNING, /* works, and may not for long or for others */
    MF_FOUND_FAILURE, /* what was asked is not reachable */
    MF_FOUND_REFUSED, /* a hash or a signature is wrong */
};

/* "connection-refused"; "ok", "note", "warning", "failure", "refused". */
const char *mf_verdict_name(enum mf_verdict v);
enum mf_verdict_level mf_verdict_level(enum mf_verdict v);

/* What helps where nothing better is known; "" where nothing needs to. */
const char *mf_verdict_remedy(enum mf_verdict v);

const char *mf_verdict_level_name(enum mf_verdict_level level);

#endif
