package org.skep.metadata.transaction;

import com.google.protobuf.MessageLite;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.state.RefusedException;
import org.skep.runtime.port.DiskException;

/// An operation that changes the tree, perhaps on several shards. One object serves one request; it
/// is used by one thread, and from its start again when something came in between.
///
/// @param <R> its reply
public interface TreeChange<R extends MessageLite> {

  /// Finds out, without locks, what is to be locked.
  Scouting scout(Reads reads) throws RefusedException, DiskException, InterruptedException;

  /// Looks at the directories above, under the rename lock and before the other locks. Only if
  /// [Scouting#renameLock].
  default void checkTree(Reads reads)
      throws RefusedException, DiskException, InterruptedException {}

  /// Decides, under all locks.
  ///
  /// @return null if what was scouted is not true any more
  /// @throws RefusedException the failure that is the answer
  @Nullable Plan<R> decide(Seen seen) throws RefusedException, DiskException;
}
