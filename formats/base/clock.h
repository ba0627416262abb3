/* The monotonic clock: for durations and time-outs, not for dates. */
#ifndef MF_CLOCK_H
#define MF_CLOCK_H

#include <stdint.h>

/* Microseconds, or milliseconds, since some moment of this boot. */
int64_t mf_clock_us(void);
int64_t mf_clock_ms(void);

#endif
