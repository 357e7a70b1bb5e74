/// The storage server: chunk files on one or more targets.
///
/// [StorageServer] builds the real ports; [StorageService] runs on any. A request comes through
/// `runtime`'s RpcServer to its class in `operation`, which finds its target in `target` and asks
/// the target's `ChunkStore` in `chunk`. `sweep` removes what nobody owns.
@NullMarked
package org.skep.storage;

import org.jspecify.annotations.NullMarked;
