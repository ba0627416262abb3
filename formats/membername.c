#include "formats/membername.h"

void mf_membername_add(struct mf_module id, enum mf_form form, struct mf_buf *out)
{
    const bool mod = form == MF_FORM_NONE, zip = form == MF_FORM_ZIP;
    mf_buf_str(out, mod ? MF_LIT("meta/") : zip ? MF_LIT("zip/") : MF_LIT("src/"));
    mf_modpath_escape(id.path, out);
    mf_buf_str(out, mod ? MF_LIT("/@v/") : MF_LIT("@"));
    mf_modpath_escape(id.version, out);
    mf_buf_str(out, mod ? MF_LIT(".mod") : zip ? MF_LIT(".zip") : MF_LIT("/"));
}
