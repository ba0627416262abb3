/* Part of programs that are built with AddressSanitizer, and of no others. Its
 * search for leaks when the program ends takes a process of its own and ptrace,
 * which the sandbox does not leave (verify/sandbox.h): it is made only by
 * commands that have not entered. The tests named leaks/ run the same code
 * without the sandbox, to the end of the search. */
#include <sanitizer/lsan_interface.h>
#include <sys/prctl.h>

/* LeakSanitizer asks this before it searches. */
int __lsan_is_turned_off(void) /* NOLINT(bugprone-reserved-identifier) */
{
    /* 1 in the sandbox, -1 behind its filter */
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0;
}
