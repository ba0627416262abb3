/* GOAUTH: where credentials for https come from, as go has it
 * (GOROOT/src/cmd/go/internal/auth, `go help goauth`). Words separated by ';', the
 * first one first: `off` alone; `netrc`; `git DIR`, which asks `git credential
 * fill` there; or a command with arguments, which prints URLs, an empty line,
 * headers, an empty line, and so on.
 *
 * netrc and commands are asked before the first https request, without a URL. After an answer 4xx git and
 * commands are asked for its URL, the command with the answer's head as its input,
 * and the request is sent again if that changed what it would carry. They may take
 * two minutes, during which no transfer moves; one that takes longer is not asked again. They are started by argument
 * vector, with the caller's environment, without a terminal to ask on.
 *
 * Different from go: commands have no terminal; after 404 and 410 nobody is asked about a URL that has
 * credentials already, and git is not told whether what it gave was right.
 *
 * What fails adds nothing, as in go; mf_goauth.failure has the first reason. It
 * holds no output of helpers, which may be secret.
 */
#ifndef MF_GOAUTH_H
#define MF_GOAUTH_H

#include "bundle/net/credentials.h"

#define MF_GOAUTH_SILENT_MAX 16

struct mf_goauth {
    struct mf_credentials credentials;
    struct mf_str setting; /* borrowed */
    char *(*getenv_fn)(const char *);
    const volatile int *stop;
    unsigned seconds;      /* that a helper may take */
    struct mf_err failure; /* code MF_OK: none */
    /* Where helpers begin in the setting that did not answer in time, and are not asked again. */
    const char *silent[MF_GOAUTH_SILENT_MAX];
    size_t silent_count;
    bool late; /* the one asked last */
};

#define MF_GOAUTH_INIT ((struct mf_goauth){.credentials = MF_CREDENTIALS_INIT, .seconds = 120})

/* Takes the value of GOAUTH; nobody is asked yet. MF_E_USAGE: `off`
 * beside others, an empty word, `git` without an absolute directory. `g` must not
 * move afterwards. */
int mf_goauth_open(struct mf_goauth *g, struct mf_str setting, char *(*getenv_fn)(const char *),
                   const volatile int *stop, struct mf_err *err) MF_NONNULL_ARGS(1, 3, 5) MF_NODISCARD;

void mf_goauth_release(struct mf_goauth *g) MF_NONNULL;

/* Stores what a command has printed. MF_E_UPSTREAM where it is not in the form
 * above, without saying what it is. */
int mf_goauth_take_headers(struct mf_credentials *c, struct mf_str output, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Stores what `git credential fill` has printed for a URL: MF_E_UPSTREAM where it
 * is for none that the URL begins with. */
int mf_goauth_take_git(struct mf_credentials *c, struct mf_str url, struct mf_str output,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
