/* How the members of a module are called in a bundle (docs/format-bundle.md). */
#ifndef MF_MEMBERNAME_H
#define MF_MEMBERNAME_H

#include "formats/manifest.h"

/* Appends what stands for the module in that form: MF_FORM_NONE the name of its
 * .mod, "meta/PATH/@v/VERSION.mod"; MF_FORM_ZIP that of its zip,
 * "zip/PATH@VERSION.zip"; MF_FORM_FILES what the names of its files begin with,
 * "src/PATH@VERSION/". Path and version are escaped. */
void mf_membername_add(struct mf_module id, enum mf_form form, struct mf_buf *out) MF_NONNULL;

#endif
