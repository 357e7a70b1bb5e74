/// What management says of the cluster: [ManagementConnection] asks, [ClusterStatus] is the answer.
@NullMarked
package org.skep.cli.status;

import org.jspecify.annotations.NullMarked;
