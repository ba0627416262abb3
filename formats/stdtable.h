/* The table behind formats/stdlist.h, written by tools/gen-stdlist.sh. */
#ifndef MF_STDTABLE_H
#define MF_STDTABLE_H

#include "formats/base/macros.h"

struct mf_stdtable_entry {
    const char *path;
    unsigned since; /* N of the first release go1.N that has it; 0: go1, or not known */
};

extern const struct mf_stdtable_entry mf_stdtable[]; /* in bytewise order of paths */
extern const size_t mf_stdtable_count;
extern const unsigned mf_stdtable_release; /* N of the newest release that the table knows */

#endif
