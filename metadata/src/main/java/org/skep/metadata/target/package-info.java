/// A metadata target as a member of its shard: what it is now (primary, secondary, spare), and how
/// a request finds it. See docs/design/shards.md.
@NullMarked
package org.skep.metadata.target;

import org.jspecify.annotations.NullMarked;
