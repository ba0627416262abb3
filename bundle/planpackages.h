/* The packages of a root, as a step of planning: follows imports, refuses what
 * go would stumble over, and notes the go.sum lines that go will miss. For
 * bundle/plan*.c alone. */
#ifndef MF_PLANPACKAGES_H
#define MF_PLANPACKAGES_H

#include "bundle/plan.h"

/* Walks the packages of g, a graph of one of the plan's roots, at `level`
 * (build, test or tidy). MF_E_CLOSURE with file, line and column where a main
 * module imports what no module provides, or several; such an import in a
 * dependency is counted in the plan. Otherwise the errors of packages.h. */
int mf_planpackages_close(struct mf_plan *plan, const struct mf_graph *g, enum mf_level level, struct mf_packages *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Ends planning with *why; of held content a MF_E_CLOSURE is listed in the plan
 * instead, and 0 returned. */
int mf_planpackages_refuse(struct mf_plan *plan, const struct mf_err *why, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Level all is planned without looking at packages; what is wrong with them, or
 * with the sums of their modules, is found here, once the zips are known. Does
 * nothing at other levels. The errors of mf_planpackages_close. */
int mf_planpackages_check_all(struct mf_plan *plan, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif
