/// The cluster's state behind its log: [ClusterMachine] holds and applies, [ClusterLog] submits,
/// [RecordCodec] turns commands, results and states into the records of the log.
@NullMarked
package org.skep.management.machine;

import org.jspecify.annotations.NullMarked;
