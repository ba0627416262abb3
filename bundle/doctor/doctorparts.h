/* What the parts of the doctor share. For bundle/doctor alone. */
#ifndef MF_DOCTORPARTS_H
#define MF_DOCTORPARTS_H

#include "bundle/doctor/doctor.h"
#include "bundle/goauth.h"
#include "bundle/net/hostlookup.h"
#include "bundle/net/probe.h"
#include "bundle/net/transport.h"
#include "bundle/proxies.h"
#include "bundle/settings.h"
#include "bundle/versionlist.h"
#include "formats/dirhash.h"
#include "formats/gosum.h"

/* What came of asking one place for the module. */
struct mf_doctor_served {
    bool reached;  /* it answers HTTP */
    bool absent;   /* it says that the module or version does not exist */
    bool complete; /* all files came and are what they should be, as far as is known */
    struct mf_versionlist list;
    struct mf_str newest;                        /* of list, or of @latest; may be empty */
    char mod_h1[MF_H1_SIZE], zip_h1[MF_H1_SIZE]; /* empty where it did not come */
    uint64_t zip_size;
};

struct mf_doctor {
    struct mf_doctor_options options;
    struct mf_settings settings;
    struct mf_proxies proxies; /* count 0: none can be asked */
    struct mf_doctor_served *served;
    struct mf_goauth goauth;
    struct mf_transport *transport;
    struct mf_module module; /* path empty: none; version empty: not said */
    bool private_module;     /* GONOPROXY matches it */
    struct mf_gosum sums;
    bool has_sums;
    struct mf_diagnosis *diagnosis;
    struct mf_arena arena;
};

/* True for a failure of this machine: memory, the file system, an interruption. It
 * ends the run, all others become findings. */
bool mf_doctor_is_local(const struct mf_err *why) MF_NONNULL;

/* --- doctorsettings.c --- */

/* Reads settings, operands and the files of the project; findings about settings.
 * MF_E_USAGE for operands. */
int mf_doctor_settings(struct mf_doctor *d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends a text with everything that may be a user or a password replaced. */
void mf_doctor_hide(struct mf_str text, struct mf_buf *out) MF_NONNULL;

/* --- remedies.c --- */

/* The remedy "set NAME to VALUE": a command for where the setting has its value
 * from. A NULL value takes it away. */
void mf_doctor_set(struct mf_doctor *d, struct mf_finding *f, enum mf_setting setting, const char *value)
    MF_NONNULL_ARGS(1, 2);

/* The remedy "go on without this entry, or with another URL in its place": GOPROXY
 * with `replacement` (NULL: nothing) for the entry with that URL. Without any other
 * entry, the default of go. Does nothing for a URL that is none of the list. */
void mf_doctor_swap(struct mf_doctor *d, struct mf_finding *f, struct mf_str shown, const char *replacement)
    MF_NONNULL_ARGS(1, 2);

/* The remedy "set GOPROXY to these, joined by |, and to `tail` behind them". */
void mf_doctor_recommend(struct mf_doctor *d, struct mf_finding *f, const struct mf_proxies *list,
                         struct mf_str tail) MF_NONNULL;

/* Appends the URL with the other scheme, for the very port of `way`, which is its way. */
void mf_doctor_other_scheme(const struct mf_probe_way *way, struct mf_str url, struct mf_buf *out) MF_NONNULL;

/* The remedy for a module that is nowhere: perhaps it is private. */
void mf_doctor_suggest_private(struct mf_doctor *d, struct mf_finding *f) MF_NONNULL;

/* The remedies for the forward proxy of a way: another one or none, and user and
 * password for it. */
void mf_doctor_replace_proxy(struct mf_doctor *d, struct mf_finding *f, const struct mf_probe_way *way) MF_NONNULL;
void mf_doctor_log_in(struct mf_doctor *d, struct mf_finding *f, const struct mf_probe_way *way) MF_NONNULL;

/* The remedy "join all entries with |": any failure goes on to the next one then. */
void mf_doctor_join(struct mf_doctor *d, struct mf_finding *f) MF_NONNULL;

/* --- namesteps.c, tlssteps.c --- */

/* Looks at the way to a URL without credentials: name, connection, forward proxy,
 * TLS. *open_out: a request may be sent. */
int mf_doctor_way(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, bool *open_out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A step of it: resolving and connecting, of the server or (with `proxy`) of the forward proxy. */
int mf_doctor_connect(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way, bool proxy,
                      bool *open_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* --- httpsteps.c --- */

struct mf_doctor_answer {
    struct mf_buf url;
    struct mf_transfer transfer;
};

#define MF_DOCTOR_ANSWER_NONE ((struct mf_doctor_answer){.url = MF_BUF_INIT(32 * MF_KIB)})
void mf_doctor_answer_release(struct mf_doctor_answer *a) MF_NONNULL;

/* Asks for PATH below a URL, once; with fd >= 0 the body goes there. */
int mf_doctor_ask(struct mf_doctor *d, struct mf_str base, const char *path, uint64_t limit, int fd,
                  struct mf_doctor_answer *a, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The verdict on an answer; MF_V_OK for 200 and what is no web page. */
enum mf_verdict mf_doctor_judge(const struct mf_transfer *t) MF_NONNULL;

/* Adds a finding about an answer that is not OK, with cause and remedy. */
struct mf_finding *mf_doctor_blame(struct mf_doctor *d, struct mf_subject *s, const char *step, enum mf_verdict v,
                                   struct mf_str shown, const struct mf_transfer *t) MF_NONNULL;

/* The step "http": what the first answer says, whatever its body is for.
 * `any_status`: each answer counts but those of a server in trouble. *usable_out: its body may be looked at. */
int mf_doctor_http(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, const struct mf_transfer *t,
                   bool any_status, bool *usable_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* --- modulesteps.c --- */

/* The list of the module at a place, which is also its first answer. */
int mf_doctor_list(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *place,
                   struct mf_doctor_served *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* .info, .mod and .zip of the version there. */
int mf_doctor_files(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *place,
                    struct mf_doctor_served *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Asks a place for the .info, .mod or .zip ("zip") of the version. As mf_doctor_ask. */
int mf_doctor_ask_file(struct mf_doctor *d, const struct mf_proxy *place, const char *kind, uint64_t limit, int fd,
                       struct mf_doctor_answer *a, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* --- sumdbsteps.c, privatesteps.c --- */

/* What the database says of the module. */
struct mf_doctor_record {
    bool proved;
    struct mf_str mod_h1, zip_h1;
};

/* Has the checksum database prove the module's record, through `proxies`. Adds
 * findings to s. */
int mf_doctor_prove(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxies *proxies,
                    struct mf_doctor_record *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_doctor_sumdb(struct mf_doctor *d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The host of the module itself, for `direct` and private modules. */
int mf_doctor_origin(struct mf_doctor *d, const char *kind, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Hosts that GONOPROXY names. */
int mf_doctor_private(struct mf_doctor *d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* --- mirrors.c, mirrorrank.c --- */

/* A mirror, and what was measured of it. */
struct mf_doctor_mirror {
    struct mf_proxy place;
    size_t number; /* as given, from 0 */
    struct mf_subject *subject;
    struct mf_doctor_served served;
    bool usable; /* reached, complete, and its content is right as far as is known */
    bool stale;  /* another one has a newer version */
    uint64_t first_us[MF_DOCTOR_SAMPLES], zip_us[MF_DOCTOR_SAMPLES];
    uint64_t first, took, rate; /* medians: first byte and a whole zip in microseconds; bytes a second */
};

int mf_doctor_mirrors(struct mf_doctor *d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Sorts the mirrors, the best one first: usable ones, those that are not stale, then
 * by the time that a zip takes. Times that are within a tenth or TIE_US of the best of
 * a group count as one; its mirrors keep the order in which they were given. */
void mf_doctor_rank(struct mf_doctor_mirror *list, size_t n) MF_NONNULL;

/* An array of n entries, or NULL, which mf_diagnosis_check tells. */
struct mf_proxy *mf_doctor_array(struct mf_doctor *d, size_t n) MF_NONNULL;

/* Findings about the places, and the command that uses them. */
void mf_doctor_report_rank(struct mf_doctor *d, const struct mf_doctor_mirror *list, size_t n) MF_NONNULL;

#endif
