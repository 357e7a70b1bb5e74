/// Ordered keys and values on disk: the port [KeyValueStore] and its RocksDB adapter.
@NullMarked
package org.skep.metadata.store;

import org.jspecify.annotations.NullMarked;
