/// How a primary that is alone brings its shard's secondary up to date: by the log, or by a copy
/// that is compared by digests. See docs/design/shards.md.
@NullMarked
package org.skep.metadata.resync;

import org.jspecify.annotations.NullMarked;
