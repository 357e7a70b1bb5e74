/// Advisory locks: fcntl(2) byte ranges and flock(2), for the whole cluster.
///
/// * [LockTable] is the pure value: which locks one inode has, who conflicts, what a change does.
/// * [LockCodec] is how one lock stands in the store: a key and a value for each range, so that a
///   change of one range of a hundred thousand writes three small records.
/// * [HeldLocks] are those of a shard, in memory and in the store.
/// * [LockWaits] holds who waits for what, in order, and finds circles.
///
/// Traps: the two families never meet. A POSIX lock belongs to a *process* (for the server: the
/// owner number its kernel sends), not to an open file, and closing any descriptor of the file
/// drops it; that is the client's business, which asks to release. A flock conversion drops the old
/// lock even if the new one is refused, as on Linux. OFD locks come as fcntl locks with an owner of
/// their own, so circles among them are refused with EDEADLK too (Linux would wait for ever).
@NullMarked
package org.skep.metadata.lock;

import org.jspecify.annotations.NullMarked;
