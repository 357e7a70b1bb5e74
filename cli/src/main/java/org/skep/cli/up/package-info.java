/// `skep up` and `skep down`: a whole cluster on this host. [UpDirectory] is its directory,
/// [ClusterPlan] says who is to run where, [OneProcess] and [ManyProcesses] run it.
@NullMarked
package org.skep.cli.up;

import org.jspecify.annotations.NullMarked;
