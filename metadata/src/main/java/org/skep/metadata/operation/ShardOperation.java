package org.skep.metadata.operation;

import com.google.protobuf.MessageLite;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.RefusedException;
import org.skep.runtime.port.DiskException;

/// Serves one kind of request at a shard. Any number of threads may run it at once.
@FunctionalInterface
public interface ShardOperation<Q extends MessageLite, R extends MessageLite> {

  /// @param request parsed; its values are not yet checked
  /// @return the reply; that of a change was written down together with it
  /// @throws RefusedException the failure that is the answer; nothing was changed then
  R run(Q request, Call call) throws RefusedException, DiskException, InterruptedException;

  /// The inodes of this shard that the answer tells of, and nothing else: only their latest changes
  /// have to be at the secondary before it leaves. For operations that change nothing.
  ///
  /// @param reply null if it was refused
  /// @return null: it may tell of anything
  default long @Nullable [] seen(Q request, @Nullable R reply) {
    return null;
  }
}
