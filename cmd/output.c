#include "cmd/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/progress.h"
#include "formats/base/unicode.h"
#include "formats/cjson.h"

static bool line_lost; /* for want of memory */

void mf_output_line(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    char *masked = n < 0 ? NULL : malloc(4 * (size_t)n + 1);
    if (masked) {
        mf_mask(text, (size_t)n, masked, 4 * (size_t)n + 1);
        mf_progress_hide();
        puts(masked);
    } else {
        line_lost = true;
    }
    free(masked);
    if (n >= 0)
        free(text);
}

void mf_output_bytes(struct mf_str bytes)
{
    mf_progress_hide();
    if (bytes.n > 0)
        fwrite(bytes.p, 1, bytes.n, stdout);
}

void mf_output_set(json_t **object, const char *key, json_t *value)
{
    if (!*object) {
        json_decref(value);
        return;
    }
    if (!value || json_object_set_new(*object, key, value) < 0) {
        json_decref(*object);
        *object = NULL;
    }
}

void mf_output_append(json_t **array, json_t *value)
{
    if (!*array) {
        json_decref(value);
        return;
    }
    if (!value || json_array_append_new(*array, value) < 0) {
        json_decref(*array);
        *array = NULL;
    }
}

json_t *mf_output_string(struct mf_str s)
{
    if (mf_utf8_valid(s))
        return json_stringn(s.p ? s.p : "", s.n);
    char *masked = malloc(4 * s.n + 1);
    if (!masked)
        return NULL;
    size_t n = mf_mask(s.p, s.n, masked, 4 * s.n + 1);
    json_t *value = json_stringn(masked, n);
    free(masked);
    return value;
}

int mf_output_json(json_t *document, struct mf_err *err)
{
    char *text = document ? mf_cjson_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
    json_decref(document);
    if (!text)
        return mf_err_nomem(err);
    puts(text);
    free(text);
    return 0;
}

int mf_output_close(struct mf_err *err)
{
    bool failed = ferror(stdout);
    errno = 0;
    if (fclose(stdout) != 0)
        return mf_err_errno(err, errno, "write standard output");
    if (line_lost)
        return mf_err_nomem(err);
    return failed ? mf_err_set(err, MF_E_IO, "standard output could not be written") : 0;
}

const char *mf_output_size(uint64_t bytes, char out[MF_OUTPUT_SIZE])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(out, MF_OUTPUT_SIZE, "%" PRIu64 " bytes", bytes);
        return out;
    }
    size_t unit = 0;
    double value = (double)bytes / 1000;
    for (; value >= 999.95 && unit + 1 < MF_COUNT(units); unit++)
        value /= 1000;
    snprintf(out, MF_OUTPUT_SIZE, "%.1f %s", value, units[unit]);
    return out;
}
