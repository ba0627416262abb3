#include "formats/cjson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void accept(const char *text)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_cjson_release) json_t *value = NULL;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    if (mf_cjson_parse(mf_str(text), &value, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    assert_int_equal(mf_cjson_write(value, &out, &err), 0);
    assert_true(mf_str_eq(mf_str(text), mf_buf_view(&out)));
}

static void accept_slice(struct mf_str text)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_cjson_release) json_t *value = NULL;
    if (mf_cjson_parse(text, &value, &err) < 0)
        fail_msg("%s", err.text);
}

static void refuse_slice(struct mf_str text, const char *why)
{
    struct mf_err err = {0};
    json_t *value = NULL;
    if (mf_cjson_parse(text, &value, &err) == 0)
        fail_msg("accepted: %.*s", MF_FMT(text));
    assert_null(value);
    assert_int_equal(err.code, MF_E_DAMAGED);
    if (!strstr(err.text, why))
        fail_msg("%.*s: \"%s\" does not say \"%s\"", MF_FMT(text), err.text, why);
}

static void refuse(const char *text, const char *why)
{
    refuse_slice(mf_str(text), why);
}

static void test_accepted(void **state)
{
    (void)state;
    accept("{}");
    accept("[]");
    accept("{\"a\":1,\"b\":[true,false,null,\"x\"]}");
    accept("[0,-1,9007199254740991,-9007199254740991]");
    accept("[\"\",\"\\\"\\\\\",\"/\",\"caf\xc3\xa9\",\"\xf0\x9f\x98\x80\",\"one\\ntwo\"]");
    accept("{\"A\":1,\"_\":2,\"a\":3,\"aa\":4,\"ab\":5}");
    accept("[[[[[[[[]]]]]]]]");
    accept("[\"\xe2\x80\xa8\",\"\xc2\xa0\"]"); /* line separator, no-break space: as they are */
}

static void test_other_forms_of_a_value(void **state)
{
    (void)state;
    refuse("{ }", "canonical");
    refuse("{\"a\":1 }", "canonical");
    refuse("{}\n", "canonical");
    refuse("\xef\xbb\xbf{}", "byte");
    refuse("{\"b\":1,\"a\":2}", "canonical");
    refuse("{\"a\":1,\"a\":1}", "duplicate");
    refuse("[\"\\u0041\"]", "canonical");
    refuse("[\"\\u00e9\"]", "canonical");
    refuse("[\"\\u000A\"]", "canonical");
    refuse("[\"\\/\"]", "canonical");
    refuse("[-0]", "canonical");
    refuse("[01]", "byte");
    refuse("[+1]", "byte");
    refuse("[1.0]", "fraction");
    refuse("[1e2]", "fraction");
    refuse("[1E400]", "byte");
}

static void test_values_without_a_form(void **state)
{
    (void)state;
    refuse("[9007199254740992]", "2^53");
    refuse("[-9007199254740992]", "2^53");
    refuse("[99999999999999999999999]", "byte");
    refuse("[\"\\u0001\"]", "control");
    refuse("[\"\\t\"]", "control");
    refuse("[\"\\u001F\"]", "control");
    refuse("[\"\\u0000\"]", "byte");
    refuse("[\"\x7f\"]", "control");
    refuse("[\"\xc2\x85\"]", "control");
    refuse("{\"\xc3\xa9\":1}", "key");
    refuse("{\"a\\nb\":1}", "key");
    refuse("[\"\\ud800\"]", "byte");
    refuse("[\"\xff\"]", "byte");
    refuse("[\"\xc0\xaf\"]", "byte");
    refuse("[\"\xed\xa0\x80\"]", "byte");
}

static void test_not_json(void **state)
{
    (void)state;
    refuse("", "byte");
    refuse("1", "byte");
    refuse("\"x\"", "byte");
    refuse("{}{}", "byte");
    refuse("[1,]", "byte");
    refuse("{\"a\"}", "byte");
    refuse("[NaN]", "byte");
    refuse("{\"a\":1", "byte");
    refuse("]", "byte");
    refuse("[\"\\", "byte");
    refuse_slice((struct mf_str){NULL, 0}, "byte");
    refuse_slice((struct mf_str){"[]\0", 3}, "byte");
    refuse_slice((struct mf_str){"[\"a\0b\"]", 7}, "byte");
}

static void test_shape_is_bounded(void **state)
{
    (void)state;
    refuse("[[[[[[[[[]]]]]]]]]", "deep");
    refuse("{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}", "deep");
    size_t n = 1000 * 1000;
    char *open = malloc(n);
    char *many = malloc(n);
    assert_non_null(open);
    assert_non_null(many);
    memset(open, '[', n);
    for (size_t i = 0; i < n; i++)
        many[i] = ",0"[i % 2];
    many[0] = '[';
    refuse_slice((struct mf_str){open, n}, "deep");
    struct mf_err err = {0};
    json_t *value = NULL;
    assert_int_equal(mf_cjson_parse((struct mf_str){many, n}, &value, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    const size_t most = 2 * MF_CJSON_MARKS_MAX; /* "[0" and ",0" are a mark each */
    many[most] = ']';
    accept_slice((struct mf_str){many, most + 1});
    many[most] = ',';
    many[most + 1] = '0';
    many[most + 2] = ']';
    assert_int_equal(mf_cjson_parse((struct mf_str){many, most + 3}, &value, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    free(open);
    free(many);
    /* Brackets and commas inside of strings do not count. */
    accept("[\"[[[[[[[[[[[[\",\",,,,,,\\\"[[[[[[[[[[\"]");
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1,\"x\\\"y\\n\",{\"b\":true}],\"c\":null}";
    for (size_t n = 0; n < strlen(text); n++)
        refuse_slice((struct mf_str){text, n}, "byte");
    accept(text);
}

static void test_write_refuses(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(8);
    MF_CLEANUP(mf_cjson_release) json_t *real = json_real(1.5);
    assert_int_equal(mf_cjson_write(real, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    MF_CLEANUP(mf_cjson_release) json_t *longer = json_string("more than eight");
    assert_int_equal(mf_cjson_write(longer, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_other_forms_of_a_value),
        cmocka_unit_test(test_values_without_a_form),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_shape_is_bounded),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_write_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
