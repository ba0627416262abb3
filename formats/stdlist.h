/* Which import paths are packages of Go's standard library.
 *
 * Rules: search.IsStandardImportPath and goroot.IsStandardPackage in
 * GOROOT/src/cmd/go: the first element has no dot, and GOROOT/src/PATH holds a
 * .go file. Here a table of the releases up to mf_stdlist_newest() stands for
 * GOROOT, because no Go need be installed, and the release that matters is the
 * one past the gap.
 */
#ifndef MF_STDLIST_H
#define MF_STDLIST_H

#include <stdbool.h>

#include "formats/base/str.h"

/* True where release `go_release` ("1.21", "1.21.3", "go1.22rc1", as Go writes
 * versions; empty or malformed: the newest known) has the package. A release
 * newer than the table is taken to have what the table's newest has. Packages
 * below internal/, vendor/ and cmd/ count for all releases: nothing tells when
 * they appeared, and only the standard library imports them. */
bool mf_stdlist_has(struct mf_str import_path, struct mf_str go_release);

/* True where the first element of the path has no dot: no module can provide
 * such a package unless it is a main module or a replacement, so an unknown one
 * is a package of a newer release or a mistake. */
bool mf_stdlist_is_reserved(struct mf_str import_path);

/* N of the newest release go1.N in the table. */
unsigned mf_stdlist_newest(void);

#endif
