/// The parts of a metadata server around its shards: background jobs, the way to other servers,
/// placement by free space.
@NullMarked
package org.skep.metadata.serving;

import org.jspecify.annotations.NullMarked;
