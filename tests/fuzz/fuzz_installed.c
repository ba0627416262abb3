/* The record of an installed tree: there is one text for each record. */
#include "tests/fuzz/fuzzkit.h"
#include "verify/installed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(MF_INSTALLED_MAX);
    struct mf_str text = fuzz_text(data, size);
    struct mf_err err = {0};
    if (mf_installed_parse(text, &record, &err) < 0) {
        CHECK(err.code == MF_E_DAMAGED);
        return 0;
    }
    for (size_t i = 0; i < record.count; i++) {
        CHECK(mf_module_check(record.modules[i].id, &err) == 0);
        CHECK(mf_installed_find(&record, record.modules[i].id) == &record.modules[i]);
    }
    CHECK(mf_installed_text(&record, &again, &err) == 0 && mf_str_eq(mf_buf_view(&again), text));
    return 0;
}
