/// What clients do in a run, and how it is seen whether the cluster did right: [Workload]s in the
/// shape set-up, run, check, on a [Scene].
@NullMarked
package org.skep.simulation.workload;

import org.jspecify.annotations.NullMarked;
