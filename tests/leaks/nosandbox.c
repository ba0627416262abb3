/* In the place of verify/sandbox.c in a program that only the tests named leaks/
 * run: LeakSanitizer cannot work in the sandbox (cmd/leakcheck.c). */
#include <stdio.h>

#include "verify/sandbox.h"

int mf_sandbox_enter(const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
{
    (void)places;
    (void)count;
    (void)err;
    return 0;
}

void mf_sandbox_describe(char *out, size_t cap)
{
    snprintf(out, cap, "none: this is a test");
}
