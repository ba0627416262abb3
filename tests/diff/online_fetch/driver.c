/* Drives transport and fetch from a script.
 *
 *   diff_online_fetch get [OPTIONS] LIMIT URL...
 *       one line a URL: outcome, status, bytes of body and their SHA-256; the
 *       error for "failed" and "too-big"; the kept text for "status".
 *   diff_online_fetch fetch [OPTIONS] GOPROXY STORE FILE...
 *       FILE as in example.com/m@v1.0.0.zip; one line a file: "ok FILE SOURCE" or
 *       "error FILE CODE TEXT". At the end: requests, bytes, files from the store.
 *
 * Options: --parallel N, --tries N, --backoff MS, --connect S, --answer S, --stall S,
 * --ca FILE, --client-cert FILE, --client-key FILE, --goauth VALUE (default: off),
 * --noproxy PATTERNS, --offline, --to-file (get: bodies go to a descriptor), --unverified
 * (get: any certificate will do). What a
 * helper of GOAUTH failed with is printed at the end.
 * Exit status: 0, or that of the failure of the machinery.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle/fetch.h"
#include "bundle/goauth.h"
#include "formats/base/dir.h"
#include "formats/base/encode.h"

static volatile int stop;
static struct mf_transport_options transport_options = {.parallel = 8, .user_agent = "modferry/test", .stop = &stop};
static const char *noproxy = "", *goauth_setting = "off";
static bool offline, to_file, unverified;

static void on_signal(int number)
{
    stop = number;
}

static int report(const struct mf_err *err)
{
    fprintf(stderr, "%s: %s\n", mf_code_name(err->code), err->text);
    return mf_code_exit(err->code);
}

static struct mf_digest digest_of(const struct mf_transfer *t)
{
    struct mf_sha256 h;
    struct mf_digest d;
    char piece[4096];
    ssize_t n;
    if (t->fd < 0)
        return mf_sha256_of(mf_buf_view(&t->body));
    mf_sha256_init(&h);
    for (off_t at = 0; (n = pread(t->fd, piece, sizeof(piece), at)) > 0; at += n)
        mf_sha256_add(&h, piece, (size_t)n);
    mf_sha256_done(&h, &d);
    return d;
}

static void print_transfer(void *ctx, struct mf_transfer *t)
{
    static const char *const words[] = {"ok", "status", "failed", "too-big"};
    char hex[MF_HEX_SIZE(32)];
    struct mf_digest d = digest_of(t);
    (void)ctx;
    mf_hex(d.b, sizeof(d.b), hex);
    printf("%s %d %llu ", words[t->outcome], t->status, (unsigned long long)t->received);
    if (t->outcome == MF_TRANSFER_OK)
        printf("%s\n", hex);
    else if (t->outcome == MF_TRANSFER_STATUS)
        printf("%.*s\n", MF_FMT(mf_str_trim(mf_buf_view(&t->body))));
    else
        printf("%s: %s\n", mf_code_name(t->error.code), t->error.text);
    fflush(stdout);
    mf_buf_release(&t->body);
}

static int run_get(struct mf_transport *transport, int argc, char **argv, struct mf_err *err)
{
    enum { MOST = 256 };
    static struct mf_transfer transfers[MOST];
    for (int i = 1; i < argc && i < MOST; i++) {
        char name[] = "/tmp/mf-driver-XXXXXX";
        int fd = to_file ? mkstemp(name) : -1;
        if (fd >= 0)
            unlink(name);
        transfers[i] = (struct mf_transfer){.url = argv[i],
                                            .limit = strtoull(argv[0], NULL, 10),
                                            .unverified = unverified,
                                            .fd = fd,
                                            .done = print_transfer};
        if (mf_transport_submit(transport, &transfers[i], err) < 0)
            return -1;
    }
    return mf_transport_run(transport, err);
}

static int print_fetched(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    (void)err;
    if (f->ok)
        printf("ok %s %.*s\n", (const char *)ctx, MF_FMT(f->source));
    else
        printf("error %s %s %s\n", (const char *)ctx, mf_code_name(f->error.code), f->error.text);
    fflush(stdout);
    return 0;
}

static int add_file(struct mf_fetch *fetch, char *file, struct mf_err *err)
{
    struct mf_str all = mf_str(file), version;
    struct mf_str path = mf_str_cut(all, '@', &version);
    enum mf_file_kind kind = mf_str_ends(all, MF_LIT(".zip"))    ? MF_FILE_ZIP
                             : mf_str_ends(all, MF_LIT(".info")) ? MF_FILE_INFO
                                                                 : MF_FILE_MOD;
    version.n = mf_str_rfind(version, '.');
    return mf_fetch_add(fetch, (struct mf_module){path, version}, kind, print_fetched, file, err);
}

static int run_fetch(struct mf_transport *transport, int argc, char **argv, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_store_release) struct mf_store store = MF_STORE_NONE;
    MF_CLEANUP(mf_fetch_free) struct mf_fetch *fetch = NULL;
    struct mf_proxies proxies;
    if (argc < 2)
        return mf_err_set(err, MF_E_USAGE, "GOPROXY and STORE are missing");
    if (mf_proxies_parse(mf_str(argv[0]), &proxies, &arena, err) < 0 ||
        mf_proxies_add_noproxy(&proxies, mf_str(noproxy), &arena, err) < 0 || mf_store_open(&store, argv[1], err) < 0)
        return -1;
    const struct mf_fetch_options options = {
        .proxies = &proxies, .noproxy = mf_str(noproxy), .store = &store, .transport = transport, .offline = offline};
    if (mf_fetch_new(&fetch, &options, err) < 0)
        return -1;
    for (int i = 2; i < argc; i++)
        if (add_file(fetch, argv[i], err) < 0)
            return -1;
    if (mf_fetch_run(fetch, err) < 0)
        return -1;
    struct mf_fetch_stats stats = mf_fetch_stats(fetch);
    printf("requests=%llu bytes=%llu store=%llu\n", (unsigned long long)stats.requests, (unsigned long long)stats.bytes,
           (unsigned long long)stats.from_store);
    return 0;
}

static int parse_options(int argc, char **argv)
{
    int i = 2;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        const char *name = argv[i] + 2;
        if (strcmp(name, "offline") == 0)
            offline = true;
        else if (strcmp(name, "to-file") == 0)
            to_file = true;
        else if (strcmp(name, "unverified") == 0)
            unverified = true;
        else if (i + 1 == argc)
            return argc;
        else if (strcmp(name, "ca") == 0)
            transport_options.ca_file = argv[++i];
        else if (strcmp(name, "client-cert") == 0)
            transport_options.client_cert = argv[++i];
        else if (strcmp(name, "client-key") == 0)
            transport_options.client_key = argv[++i];
        else if (strcmp(name, "goauth") == 0)
            goauth_setting = argv[++i];
        else if (strcmp(name, "noproxy") == 0)
            noproxy = argv[++i];
        else {
            unsigned *to = strcmp(name, "parallel") == 0  ? &transport_options.parallel
                           : strcmp(name, "connect") == 0 ? &transport_options.connect_seconds
                           : strcmp(name, "answer") == 0  ? &transport_options.answer_seconds
                           : strcmp(name, "tries") == 0   ? &transport_options.tries
                           : strcmp(name, "backoff") == 0 ? &transport_options.backoff_ms
                                                          : &transport_options.stall_seconds;
            *to = (unsigned)strtoul(argv[++i], NULL, 10);
        }
    }
    return i;
}

int main(int argc, char **argv)
{
    MF_CLEANUP(mf_goauth_release) struct mf_goauth goauth = MF_GOAUTH_INIT;
    MF_CLEANUP(mf_transport_free) struct mf_transport *transport = NULL;
    struct mf_err err = {0};
    int at = parse_options(argc, argv);
    if (at >= argc)
        return 2;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    transport_options.credentials = &goauth.credentials;
    if (mf_goauth_open(&goauth, mf_str(goauth_setting), getenv, &stop, &err) < 0)
        return report(&err);
    if (mf_transport_new(&transport, &transport_options, &err) < 0)
        return report(&err);
    int rc = strcmp(argv[1], "get") == 0 ? run_get(transport, argc - at, argv + at, &err)
                                         : run_fetch(transport, argc - at, argv + at, &err);
    if (goauth.failure.code != MF_OK)
        printf("%s\n", goauth.failure.text);
    return rc < 0 ? report(&err) : 0;
}
