/// A metadata target as a member of its shard: what it is now (primary, secondary, spare), and how
/// a request finds it. [MetadataTarget] settles what it becomes; what it does then is the
/// [PrimarySide]'s and the [SecondarySide]'s. See docs/design/shards.md.
@NullMarked
package org.skep.metadata.target;

import org.jspecify.annotations.NullMarked;
