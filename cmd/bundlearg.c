#include "cmd/bundlearg.h"

#include <inttypes.h>
#include <stdio.h>

#include "cmd/files.h"
#include "cmd/output.h"
#include "formats/base/encode.h"

int mf_bundlearg_open(const char *path, struct mf_bundlearg *out, struct mf_err *err)
{
    out->name = strcmp(path, "-") == 0 ? "standard input" : path;
    out->fd = mf_files_open(path, err);
    return out->fd < 0 ? -1 : 0;
}

int mf_bundlearg_pass(struct mf_trustopts *trust, struct mf_bundlearg *bundle, struct mf_err *err)
{
    if (mf_gate_open(bundle->fd, bundle->name, &trust->trust, &bundle->gate, err) < 0)
        return -1;
    if (trust->use != MF_TRUSTOPTS_LOOK &&
        mf_trustuse_check(&trust->trust, &bundle->gate, &trust->state, trust->override, &trust->overridden, err) < 0)
        return mf_err_prefix(err, "%s", bundle->name);
    bundle->trust_version = trust->seen.version;
    bundle->overridden = trust->overridden;
    return 0;
}

void mf_bundlearg_release(struct mf_bundlearg *bundle)
{
    if (bundle->fd >= 0)
        mf_gate_release(&bundle->gate);
    mf_fd_release(&bundle->fd);
}

void mf_bundlearg_warning_lines(const struct mf_bundlearg *bundle)
{
    if (!bundle->gate.verified)
        mf_output_line("UNVERIFIED");
    mf_statearg_overridden_lines(&bundle->overridden);
}

void mf_bundlearg_unverified_beside(const struct mf_bundlearg *bundle)
{
    if (!bundle->gate.verified)
        fputs("UNVERIFIED\n", stderr);
}

static void print_signers(const struct mf_gate *gate)
{
    char key[17];
    for (size_t i = 0; i < gate->signer_count; i++) {
        const struct mf_gate_signer *s = &gate->signers[i];
        mf_keyid_text(s->key.id, key);
        mf_output_line("signed by  %s%s%.*s", key, s->name.n ? " " : "", MF_FMT(s->name));
        mf_output_line("comment    %.*s", MF_FMT(s->comment));
    }
}

void mf_bundlearg_lines(const struct mf_bundlearg *bundle)
{
    const struct mf_gate *gate = &bundle->gate;
    const struct mf_manifest *m = &gate->manifest;
    char id[MF_HEX_SIZE(32)];
    if (gate->verified)
        print_signers(gate);
    else
        mf_output_line("signed by  nobody was checked");
    if (bundle->trust_version)
        mf_output_line("trust      version %" PRIu64 ", %zu of %" PRIu64 " signatures needed", bundle->trust_version,
                       gate->signer_count, gate->threshold);
    if (bundle->trust_version && m->channel.n)
        mf_output_line("channel    %.*s, counter %" PRIu64, MF_FMT(m->channel), m->counter);
    mf_hex(m->id.b, sizeof(m->id.b), id);
    mf_output_line("bundle id  %s", id);
    mf_output_line("level      %s", mf_level_name(m->level));
}

void mf_bundlearg_words(const char *label, const struct mf_str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mf_output_line("%-10s %.*s", i ? "" : label, MF_FMT(words[i]));
}

void mf_bundlearg_statement_lines(const struct mf_manifest *m, bool channel)
{
    char size[MF_OUTPUT_SIZE];
    mf_bundlearg_words("platforms", m->platforms, m->platform_count);
    mf_bundlearg_words("tags", m->tags, m->tag_count);
    mf_bundlearg_words("toolchains", m->toolchains, m->toolchain_count);
    if (m->channel.n && channel)
        mf_output_line("channel    %.*s, counter %" PRIu64, MF_FMT(m->channel), m->counter);
    if (m->created.n)
        mf_output_line("created    %.*s", MF_FMT(m->created));
    if (m->expires.n)
        mf_output_line("expires    %.*s", MF_FMT(m->expires));
    for (size_t i = 0; i < m->attachment_count; i++)
        mf_output_line("attachment %.*s (%s)", MF_FMT(m->attachments[i].name),
                       mf_output_size(m->attachments[i].size, size));
}

void mf_bundlearg_difference_line(const struct mf_manifest *m)
{
    if (mf_manifest_is_difference(m))
        mf_output_line("difference %zu of them are left out, because the far side holds them", mf_bundlearg_held(m));
}

static json_t *signer_json(const struct mf_gate_signer *s)
{
    char key[17];
    json_t *object = json_object();
    mf_keyid_text(s->key.id, key);
    if (s->name.n)
        mf_output_set(&object, "name", mf_output_string(s->name));
    mf_output_set(&object, "key_id", json_string(key));
    mf_output_set(&object, "trusted_comment", mf_output_string(s->comment));
    return object;
}

/* What a trust document had to say. */
static json_t *trust_json(const struct mf_bundlearg *bundle)
{
    const struct mf_gate *gate = &bundle->gate;
    json_t *object = json_object(), *signers = json_array();
    for (size_t i = 0; i < gate->signer_count; i++)
        mf_output_append(&signers, signer_json(&gate->signers[i]));
    mf_output_set(&object, "version", json_integer((json_int_t)bundle->trust_version));
    mf_output_set(&object, "threshold", json_integer((json_int_t)gate->threshold));
    mf_output_set(&object, "signers", signers);
    mf_output_set(&object, "channel", mf_output_string(gate->manifest.channel));
    mf_output_set(&object, "counter", json_integer((json_int_t)gate->manifest.counter));
    return object;
}

json_t *mf_bundlearg_json(const struct mf_bundlearg *bundle)
{
    const struct mf_gate *gate = &bundle->gate;
    char id[MF_HEX_SIZE(32)], manifest[MF_HEX_SIZE(32)];
    mf_hex(gate->manifest.id.b, sizeof(gate->manifest.id.b), id);
    mf_hex(gate->manifest_sha256.b, sizeof(gate->manifest_sha256.b), manifest);
    json_t *object = json_object();
    json_t *signer = gate->verified ? signer_json(&gate->signers[0]) : json_null();
    mf_output_set(&object, "verified", json_boolean(gate->verified));
    mf_output_set(&object, "bundle", mf_output_string(mf_str(bundle->name)));
    mf_output_set(&object, "id", json_string(id));
    mf_output_set(&object, "manifest_sha256", json_string(manifest));
    mf_output_set(&object, "signer", signer);
    if (bundle->trust_version)
        mf_output_set(&object, "trust", trust_json(bundle));
    if (bundle->overridden.count)
        mf_output_set(&object, "overridden", mf_statearg_overridden_json(&bundle->overridden));
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

size_t mf_bundlearg_held(const struct mf_manifest *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->module_count; i++)
        n += m->modules[i].form == MF_FORM_HELD;
    return n;
}
