/* Semantic versions, pseudo-versions and Go release versions.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/semver/semver.go and
 * module/pseudo.go; internal/gover/gover.go for Go releases. Numbers may be of
 * any length and are compared as text. No function allocates or fails in any
 * other way than its result says; all are safe for untrusted bytes.
 */
#ifndef MF_SEMVER_H
#define MF_SEMVER_H

#include "formats/base/str.h"

/* The parts of `vMAJOR[.MINOR[.PATCH[-PRE][+BUILD]]]`, as slices of the text. */
struct mf_semver {
    struct mf_str major, minor, patch; /* digits; minor and patch "0" where left out */
    struct mf_str prerelease;          /* with its '-', or empty */
    struct mf_str build;               /* with its '+', or empty */
    bool is_short;                     /* minor or patch was left out: `v1`, `v1.2` */
};

/* Parses a version; false where it is none. */
bool mf_semver_parse(struct mf_str v, struct mf_semver *out) MF_NONNULL MF_NODISCARD;

bool mf_semver_valid(struct mf_str v);

/* True where v is valid, has all three numbers and no build metadata: the form
 * that Go calls canonical, except that `+incompatible` is allowed where
 * `allow_incompatible` is set (module.CanonicalVersion). */
bool mf_semver_canonical(struct mf_str v, bool allow_incompatible);

/* True where v is valid and has no prerelease; a pseudo-version has one. */
bool mf_semver_is_release(struct mf_str v);

/* Order of semver.Compare: build metadata is ignored, an invalid version sorts
 * before every valid one, two invalid ones are equal. */
int mf_semver_compare(struct mf_str a, struct mf_str b);

/* Order of semver.Sort: as mf_semver_compare, ties broken bytewise. */
int mf_semver_order(struct mf_str a, struct mf_str b);

/* True for pseudo-versions, `v0.0.0-20060102150405-abcdefabcdef` and the forms
 * with a base (module.IsPseudoVersion). */
bool mf_semver_is_pseudo(struct mf_str v);

/* The 14 digits and the revision of a pseudo-version; false where v is none. */
bool mf_semver_pseudo_parts(struct mf_str v, struct mf_str *time_out, struct mf_str *rev_out) MF_NONNULL;

/* True where `x` is a Go version as in a go line: `1.21`, `1.21.3`, `1.22rc1`
 * (gover.IsValid). */
bool mf_gover_valid(struct mf_str x);

/* Order of Go versions: 1.20 < 1.21rc1 < 1.21.0; a bare 1.N for N >= 21 sorts
 * before its release candidates (gover.Compare). Invalid sorts first. */
int mf_gover_compare(struct mf_str a, struct mf_str b);

/* The language version of a Go version: `1.21` of `1.21.3` (gover.Lang); empty
 * where x is invalid. */
struct mf_str mf_gover_lang(struct mf_str x);

/* Order within one path as MVS needs it: for the paths "go" and "toolchain"
 * Go versions (a leading "go" of toolchain names is skipped), for all others
 * semantic versions; "" (the main module) is above and "none" below all. */
int mf_modver_compare(struct mf_str path, struct mf_str a, struct mf_str b);

#endif
