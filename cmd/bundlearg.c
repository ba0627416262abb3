#include "cmd/bundlearg.h"

#include "cmd/files.h"
#include "cmd/output.h"
#include "formats/base/encode.h"

int mf_bundlearg_open(const char *path, struct mf_bundlearg *out, struct mf_err *err)
{
    out->name = strcmp(path, "-") == 0 ? "standard input" : path;
    out->fd = mf_files_open(path, err);
    return out->fd < 0 ? -1 : 0;
}

int mf_bundlearg_pass(const struct mf_trustopts *trust, struct mf_bundlearg *bundle, struct mf_err *err)
{
    return mf_gate_open(bundle->fd, bundle->name, &trust->trust, &bundle->gate, err);
}

void mf_bundlearg_release(struct mf_bundlearg *bundle)
{
    if (bundle->fd >= 0)
        mf_gate_release(&bundle->gate);
    mf_fd_release(&bundle->fd);
}

void mf_bundlearg_unverified_line(const struct mf_bundlearg *bundle)
{
    if (!bundle->gate.verified)
        mf_output_line("UNVERIFIED");
}

void mf_bundlearg_lines(const struct mf_bundlearg *bundle)
{
    const struct mf_gate *gate = &bundle->gate;
    char id[MF_HEX_SIZE(32)], key[17];
    if (gate->verified) {
        mf_keyid_text(gate->signer.id, key);
        mf_output_line("signed by  %s", key);
        mf_output_line("comment    %s", gate->trusted_comment);
    } else {
        mf_output_line("signed by  nobody was checked");
    }
    mf_hex(gate->manifest.id.b, sizeof(gate->manifest.id.b), id);
    mf_output_line("bundle id  %s", id);
    mf_output_line("level      %s", mf_level_name(gate->manifest.level));
}

json_t *mf_bundlearg_json(const struct mf_bundlearg *bundle)
{
    const struct mf_gate *gate = &bundle->gate;
    char id[MF_HEX_SIZE(32)], manifest[MF_HEX_SIZE(32)], key[17];
    mf_hex(gate->manifest.id.b, sizeof(gate->manifest.id.b), id);
    mf_hex(gate->manifest_sha256.b, sizeof(gate->manifest_sha256.b), manifest);
    json_t *object = json_object();
    json_t *signer = gate->verified ? json_object() : json_null();
    if (gate->verified) {
        mf_keyid_text(gate->signer.id, key);
        mf_output_set(&signer, "key_id", json_string(key));
        mf_output_set(&signer, "trusted_comment", mf_output_string(mf_str(gate->trusted_comment)));
    }
    mf_output_set(&object, "verified", json_boolean(gate->verified));
    mf_output_set(&object, "bundle", mf_output_string(mf_str(bundle->name)));
    mf_output_set(&object, "id", json_string(id));
    mf_output_set(&object, "manifest_sha256", json_string(manifest));
    mf_output_set(&object, "signer", signer);
    mf_output_set(&object, "level", json_string(mf_level_name(gate->manifest.level)));
    return object;
}

size_t mf_bundlearg_only_mod(const struct mf_manifest *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->module_count; i++)
        count += m->modules[i].only_mod;
    return count;
}
