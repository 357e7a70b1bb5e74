/// What a shard does about the chunks of its files: cuts them when a file is truncated, removes
/// them when it is gone. Both are written down first and survive restarts.
@NullMarked
package org.skep.metadata.chunk;

import org.jspecify.annotations.NullMarked;
