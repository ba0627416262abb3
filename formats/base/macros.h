/* Compiler attributes and small macros that every file may use.
 *
 * Nothing here allocates or can fail.
 */
#ifndef MF_MACROS_H
#define MF_MACROS_H

#include <stddef.h>
#include <stdint.h>

/* The caller must look at the result: ignoring it would hide a failure. */
#define MF_NODISCARD __attribute__((warn_unused_result))

/* No pointer argument may be NULL. */
#define MF_NONNULL __attribute__((nonnull))

/* The listed pointer arguments (counted from 1) may not be NULL. */
#define MF_NONNULL_ARGS(...) __attribute__((nonnull(__VA_ARGS__)))

/* Argument number f is a printf format for the arguments from a on. */
#define MF_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Call fn(&variable) when the variable leaves its scope; fn must accept the
 * variable's initial value. This is the one clean-up style of the code base. */
#define MF_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Number of elements of a true array. */
#define MF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Sizes, in bytes. */
#define MF_KIB ((size_t)1024)
#define MF_MIB ((size_t)1024 * 1024)

#endif
