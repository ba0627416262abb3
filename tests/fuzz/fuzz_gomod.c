/* go.mod files, both ways of reading them. */
#include "formats/gomod.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int mode = MF_GOMOD_MAIN; mode <= MF_GOMOD_DEP; mode++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
        struct mf_str text = {(const char *)data, size};
        struct mf_gomod mod;
        struct mf_err err;
        if (mf_gomod_parse(&mod, text, (enum mf_gomod_mode)mode, "go.mod", &arena, &err) < 0)
            continue;
        for (size_t i = 0; i < mod.require_count; i++)
            if (mf_module_check(mod.requires[i].module, &err) < 0)
                break;
    }
    return 0;
}
