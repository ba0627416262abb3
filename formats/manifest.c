#include "formats/manifest.h"

#include "formats/manifestfields.h"

#define FIELDS(table) .fields = (table), .count = MF_COUNT(table)
#define AT(type, member) .at = offsetof(struct type, member)
#define COUNT_AT(type, member) .count_at = offsetof(struct type, member)

static const struct mf_field root_fields[] = {
    {"path", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_root, module.path)},
    {"version", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_root, module.version)},
    {"go_mod", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_root, go_mod)},
    {"go_sum", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_root, go_sum)},
    {"go_work", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_root, go_work)},
    {"go_work_sum", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_root, go_work_sum)},
};
static const struct mf_object root = {FIELDS(root_fields), .size = sizeof(struct mf_manifest_root)};

#define STRINGS(field, when, record, list, number)                                                                     \
    {                                                                                                                  \
        field, MF_FIELD_STRINGS, when, AT(record, list), COUNT_AT(record, number)                                      \
    }

#define RUN_TEXT(member, when)                                                                                         \
    {                                                                                                                  \
#member, MF_FIELD_STR, when, AT(mf_manifest_run, member)                                                       \
    }

static const struct mf_field run_fields[] = {
    RUN_TEXT(command, MF_WHEN_ALWAYS), RUN_TEXT(ran, MF_WHEN_SET), RUN_TEXT(platform, MF_WHEN_SET),
    RUN_TEXT(result, MF_WHEN_ALWAYS),  RUN_TEXT(why, MF_WHEN_SET),
};
static const struct mf_object run = {FIELDS(run_fields), .size = sizeof(struct mf_manifest_run), .open = true};

static const struct mf_field rehearsed_fields[] = {
    {"go", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_root, rehearsed.go)},
    {"platform", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_root, rehearsed.platform)},
    {"time", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_root, rehearsed.time)},
    {"tool", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_root, rehearsed.tool)},
    STRINGS("settings", MF_WHEN_SET, mf_manifest_root, rehearsed.settings, rehearsed.setting_count),
    {"runs", MF_FIELD_LIST, MF_WHEN_ALWAYS, AT(mf_manifest_root, rehearsed.runs),
     COUNT_AT(mf_manifest_root, rehearsed.run_count), .object = &run},
};
static const struct mf_object rehearsed = {FIELDS(rehearsed_fields), .size = sizeof(struct mf_manifest_root),
                                           .open = true};

static const struct mf_field promise_fields[] = {
    STRINGS("commands", MF_WHEN_ALWAYS, mf_manifest_root, commands, command_count),
    STRINGS("missing_sums", MF_WHEN_SET, mf_manifest_root, missing_sums, missing_sum_count),
    {"rehearsed", MF_FIELD_OBJECT, MF_WHEN_SET, AT(mf_manifest_root, rehearsed.go), .object = &rehearsed},
};
static const struct mf_object root_statement = {FIELDS(promise_fields), .size = sizeof(struct mf_manifest_root),
                                                .open = true};

/* only_mod comes first: what else is there depends on it. */
static const struct mf_field module_fields[] = {
    {"only_mod", MF_FIELD_TRUE, MF_WHEN_SET, AT(mf_manifest_module, only_mod)},
    {"path", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_module, id.path)},
    {"version", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_module, id.version)},
    {"mod_h1", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_module, mod_h1)},
    {"h1", MF_FIELD_STR, MF_WHEN_CONTENTS, AT(mf_manifest_module, h1)},
    {"size", MF_FIELD_U64, MF_WHEN_CONTENTS, AT(mf_manifest_module, size)},
    {"files", MF_FIELD_U64, MF_WHEN_CONTENTS, AT(mf_manifest_module, files)},
};
static const struct mf_object module_content = {FIELDS(module_fields), .size = sizeof(struct mf_manifest_module)};

static const struct mf_field origin_fields[] = {
    {"time", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, time)},
    {"source", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, source)},
    {"zip_sha256", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, zip_sha256)},
    {"log_index", MF_FIELD_INDEX, MF_WHEN_SET, AT(mf_manifest_module, record)},
    {"not_covered", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, not_covered)},
    {"retracted", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, retracted)},
    {"deprecated", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest_module, deprecated)},
};
static const struct mf_object module_provenance = {FIELDS(origin_fields), .size = sizeof(struct mf_manifest_module),
                                                   .open = true};

static const struct mf_field place_fields[] = {
    {"mod", MF_FIELD_SPAN, MF_WHEN_ALWAYS, AT(mf_manifest_module, mod)},
    {"form", MF_FIELD_FORM, MF_WHEN_CONTENTS, AT(mf_manifest_module, form)},
    {"full", MF_FIELD_FORM, MF_WHEN_HELD, AT(mf_manifest_module, full)},
    {"content", MF_FIELD_SPAN, MF_WHEN_CARRIED, AT(mf_manifest_module, content)},
};
static const struct mf_object module_payload = {FIELDS(place_fields), .size = sizeof(struct mf_manifest_module)};

static const struct mf_field attachment_fields[] = {
    {"name", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_attachment, name)},
    {"media_type", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_attachment, media_type)},
    {"size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_manifest_attachment, size)},
    {"sha256", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_attachment, sha256)},
};
static const struct mf_object attachment = {FIELDS(attachment_fields), .size = sizeof(struct mf_manifest_attachment)};

static const struct mf_field base_module_fields[] = {
    {"path", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_base_module, id.path)},
    {"version", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_base_module, id.version)},
    {"h1", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_base_module, h1)},
};
static const struct mf_object base_module = {FIELDS(base_module_fields), .size = sizeof(struct mf_base_module)};

static const struct mf_field frame_base_fields[] = {
    {"prefix_size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_frame, base.prefix_size)},
    {"prefix_sha256", MF_FIELD_DIGEST, MF_WHEN_ALWAYS, AT(mf_frame, base.prefix_sha256)},
    {"modules", MF_FIELD_LIST, MF_WHEN_ALWAYS, AT(mf_frame, base.modules), COUNT_AT(mf_frame, base.module_count),
     .object = &base_module},
};
static const struct mf_object frame_base = {FIELDS(frame_base_fields), .size = sizeof(struct mf_frame)};

static const struct mf_field frame_fields[] = {
    {"base", MF_FIELD_SIZED, MF_WHEN_SET, AT(mf_frame, base.prefix_size), .object = &frame_base},
    {"offset", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_frame, offset)},
    {"raw_size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_frame, raw_size)},
    {"size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_frame, size)},
    {"raw_sha256", MF_FIELD_DIGEST, MF_WHEN_ALWAYS, AT(mf_frame, raw_sha256)},
    {"sha256", MF_FIELD_DIGEST, MF_WHEN_ALWAYS, AT(mf_frame, sha256)},
};
static const struct mf_object frame = {FIELDS(frame_fields), .size = sizeof(struct mf_frame)};

#define RECORDS(field, kind, list, number, of)                                                                         \
    {                                                                                                                  \
        field, kind, MF_WHEN_ALWAYS, AT(mf_manifest, list), COUNT_AT(mf_manifest, number), .object = (of)              \
    }

static const struct mf_field content_fields[] = {
    {"go", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest, go)},
    {"level", MF_FIELD_LEVEL, MF_WHEN_ALWAYS, AT(mf_manifest, level)},
    STRINGS("platforms", MF_WHEN_ALWAYS, mf_manifest, platforms, platform_count),
    STRINGS("tags", MF_WHEN_ALWAYS, mf_manifest, tags, tag_count),
    STRINGS("toolchains", MF_WHEN_ALWAYS, mf_manifest, toolchains, toolchain_count),
    RECORDS("roots", MF_FIELD_LIST, roots, root_count, &root),
    RECORDS("modules", MF_FIELD_LIST, modules, module_count, &module_content),
};
const struct mf_object mf_manifest_content = {FIELDS(content_fields), .size = sizeof(struct mf_manifest)};

static const struct mf_field statement_fields[] = {
    {"channel", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest, channel)},
    {"counter", MF_FIELD_U64, MF_WHEN_SET, AT(mf_manifest, counter)},
    {"created", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest, created)},
    {"expires", MF_FIELD_STR, MF_WHEN_SET, AT(mf_manifest, expires)},
    STRINGS("queries", MF_WHEN_ALWAYS, mf_manifest, queries, query_count),
    RECORDS("roots", MF_FIELD_JOIN, roots, root_count, &root_statement),
    {"tool", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest, tool)},
    {"zstd", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest, zstd)},
};
static const struct mf_object statement = {FIELDS(statement_fields), .size = sizeof(struct mf_manifest), .open = true};

static const struct mf_field provenance_fields[] = {
    {"tree_head", MF_FIELD_TEXT, MF_WHEN_SET, AT(mf_manifest, tree_head)},
    RECORDS("modules", MF_FIELD_JOIN, modules, module_count, &module_provenance),
};
static const struct mf_object provenance = {FIELDS(provenance_fields), .size = sizeof(struct mf_manifest),
                                            .open = true};

static const struct mf_field older_fields[] = {
    {"root", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest_older, root)},
    {"size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_manifest_older, size)},
};
static const struct mf_object older = {FIELDS(older_fields), .size = sizeof(struct mf_manifest_older)};

static const struct mf_field sumdb_fields[] = {
    {"name", MF_FIELD_STR, MF_WHEN_ALWAYS, AT(mf_manifest, sumdb_name)},
    {"range", MF_FIELD_SPAN, MF_WHEN_ALWAYS, AT(mf_manifest, sumdb)},
    RECORDS("older", MF_FIELD_LIST, older, older_count, &older),
};
static const struct mf_object sumdb = {FIELDS(sumdb_fields), .size = sizeof(struct mf_manifest)};

static const struct mf_field payload_fields[] = {
    {"size", MF_FIELD_U64, MF_WHEN_ALWAYS, AT(mf_manifest, payload_size)},
    {"base", MF_FIELD_SPAN, MF_WHEN_SET, AT(mf_manifest, base)},
    {"sumdb", MF_FIELD_OBJECT, MF_WHEN_SET, AT(mf_manifest, sumdb_name), .object = &sumdb},
    RECORDS("attachments", MF_FIELD_LIST, attachments, attachment_count, &attachment),
    RECORDS("modules", MF_FIELD_JOIN, modules, module_count, &module_payload),
};
static const struct mf_object payload = {FIELDS(payload_fields), .size = sizeof(struct mf_manifest)};

static const struct mf_field document_fields[] = {
    {"content", MF_FIELD_OBJECT, MF_WHEN_ALWAYS, .object = &mf_manifest_content},
    {"statement", MF_FIELD_OBJECT, MF_WHEN_ALWAYS, .object = &statement},
    {"provenance", MF_FIELD_OBJECT, MF_WHEN_ALWAYS, .object = &provenance},
    {"payload", MF_FIELD_OBJECT, MF_WHEN_ALWAYS, .object = &payload},
    RECORDS("frames", MF_FIELD_LIST, frames, frame_count, &frame),
};
const struct mf_object mf_manifest_document = {FIELDS(document_fields), .size = sizeof(struct mf_manifest)};

static const char *const level_names[] = {"build", "test", "tidy", "all"};

const char *mf_level_name(enum mf_level level)
{
    return level_names[level];
}

bool mf_level_parse(struct mf_str name, enum mf_level *out)
{
    for (size_t i = 0; i < MF_COUNT(level_names); i++) {
        if (mf_str_eq(name, mf_str(level_names[i]))) {
            *out = (enum mf_level)i;
            return true;
        }
    }
    return false;
}

const char *const mf_manifest_features[MF_FEATURE_COUNT] = {"files", "held", "prefix", "zip"};

static const enum mf_feature form_features[] = {
    [MF_FORM_FILES] = MF_FEATURE_FILES, [MF_FORM_ZIP] = MF_FEATURE_ZIP, [MF_FORM_HELD] = MF_FEATURE_HELD};

const char *mf_manifest_form_name(enum mf_form form)
{
    return form == MF_FORM_NONE ? NULL : mf_manifest_features[form_features[form]];
}

bool mf_manifest_form_parse(struct mf_str name, enum mf_form *out)
{
    for (enum mf_form form = MF_FORM_FILES; form <= MF_FORM_HELD; form++)
        if (mf_str_eq(name, mf_str(mf_manifest_form_name(form)))) {
            *out = form;
            return true;
        }
    return false;
}

bool mf_manifest_expects(const struct mf_field *f, const struct mf_manifest_module *m)
{
    switch (f->when) {
    case MF_WHEN_CONTENTS:
        return !m->only_mod;
    case MF_WHEN_CARRIED:
        return !m->only_mod && m->form != MF_FORM_HELD;
    case MF_WHEN_HELD:
        return m->form == MF_FORM_HELD;
    case MF_WHEN_ALWAYS:
    case MF_WHEN_SET:
        break;
    }
    return true;
}

void mf_manifest_uses(const struct mf_manifest *m, bool uses[MF_FEATURE_COUNT])
{
    memset(uses, 0, MF_FEATURE_COUNT);
    for (size_t i = 0; i < m->module_count; i++)
        if (m->modules[i].form != MF_FORM_NONE)
            uses[form_features[m->modules[i].form]] = true;
    for (size_t i = 0; i < m->frame_count; i++)
        uses[MF_FEATURE_PREFIX] |= m->frames[i].base.prefix_size > 0;
}

bool mf_manifest_is_difference(const struct mf_manifest *m)
{
    bool uses[MF_FEATURE_COUNT];
    mf_manifest_uses(m, uses);
    return uses[MF_FEATURE_HELD] || uses[MF_FEATURE_PREFIX];
}

bool mf_manifest_is_exempt(const struct mf_manifest_module *m)
{
    return mf_str_ends(m->not_covered, MF_LIT("matches it"));
}

long mf_manifest_find(const struct mf_manifest *m, struct mf_module id)
{
    const struct mf_manifest_module *found = mf_module_find(m->modules, m->module_count, sizeof(*found), id);
    return found ? found - m->modules : -1;
}
