package org.skep.metadata.transaction;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;

/// Reads without a transaction's locks, here and on other shards. Waits for changes that are being
/// made, and never holds a lock afterwards.
public final class Reads {
  private static final long WAIT_NANOS = 5_000_000_000L;

  /// A tree deeper than this is taken for a circle that should not be.
  private static final int DEPTH_MAX = 1_000_000;

  private final Shard shard;
  private final Peers peers;

  Reads(Shard shard, Peers peers) {
    this.shard = shard;
    this.peers = peers;
  }

  /// The entry, or null; its cookie is 0 if it is on another shard.
  ///
  /// @throws RefusedException ENOENT, ENOTDIR because of the directory, RETRY
  public @Nullable NamedInode entry(long parent, ByteString name)
      throws RefusedException, DiskException, InterruptedException {
    if (shard.owns(parent)) {
      return shard.records().entry(parent, name);
    }
    LookupRequest request = LookupRequest.newBuilder().setParent(parent).setName(name).build();
    return switch (peers.call(Ids.shardOf(parent), Operations.LOOKUP, request, WAIT_NANOS)) {
      case Answer.Done<Entry>(Entry entry, int _, long _) ->
          new NamedInode(entry.getInode(), entry.getType(), 0);
      case Answer.Refused<Entry>(Failure failure) -> {
        boolean missing =
            failure.kind() == FailureMessage.Kind.ERRNO && failure.errno() == Errno.ENOENT.number();
        if (!missing) {
          throw new RefusedException(failure);
        }
        yield null;
      }
    };
  }

  /// Whether `ancestor` is `directory` itself or above it. Under the rename lock the answer stays
  /// true.
  ///
  /// @throws RefusedException ENOENT if the directory was removed, RETRY
  public boolean isAncestor(long ancestor, long directory)
      throws RefusedException, DiskException, InterruptedException {
    long at = directory;
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
      if (at == ancestor) {
        return true;
      }
      long parent = parent(at);
      if (parent == at) {
        return false;
      }
      at = parent;
    }
    throw new IllegalStateException("circle of directories above " + Ids.text(directory));
  }

  private long parent(long directory) throws RefusedException, DiskException, InterruptedException {
    if (shard.owns(directory)) {
      try (InodeLocks.Held _ = shard.lock(directory, false)) {
        InodeRecord record = Checks.directory(shard, directory);
        return record.getParent();
      }
    }
    ReadDirectoryRequest request =
        ReadDirectoryRequest.newBuilder()
            .setInode(directory)
            .setEntriesMax(1)
            .setBytesMax(1)
            .build();
    return switch (peers.call(
        Ids.shardOf(directory), Operations.READ_DIRECTORY, request, WAIT_NANOS)) {
      case Answer.Done<ReadDirectoryReply>(ReadDirectoryReply reply, int _, long _) -> {
        Checks.inode(reply.getParent());
        yield reply.getParent();
      }
      case Answer.Refused<ReadDirectoryReply>(Failure failure) ->
          throw new RefusedException(failure);
    };
  }
}
