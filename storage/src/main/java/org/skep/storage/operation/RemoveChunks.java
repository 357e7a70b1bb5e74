package org.skep.storage.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.mirror.range.MemberRequests;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveChunksRequest;

/// REMOVE_CHUNKS: of files that nobody has a name for or open. After a failure some may be removed;
/// the request is repeated then.
public final class RemoveChunks extends ChunkOperation<RemoveChunksRequest, Empty> {
  private static final int CHUNKS_MAX = 1000;

  public RemoveChunks(ServedTargets targets) {
    super(targets, Access.CHANGE);
  }

  @Override
  Outcome<Empty> serve(RemoveChunksRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    List<ChunkKey> keys = keys(request);
    target.countOther();
    for (ChunkKey key : keys) {
      target.chunks().remove(key);
    }
    return Outcome.done(Empty.getDefaultInstance());
  }

  @Override
  Outcome<Empty> serve(RemoveChunksRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    List<ChunkKey> keys = keys(request);
    group.target().countOther();
    for (ChunkKey key : keys) {
      remove(group.turn(), group.membership(), key);
    }
    return Outcome.done(Empty.getDefaultInstance());
  }

  /// Removes one chunk file of a group, on both members.
  public static void remove(Turn turn, StorageTarget.Membership membership, ChunkKey key)
      throws IOException, MemberRefusal {
    RemoveChunksRequest one =
        RemoveChunksRequest.newBuilder()
            .addChunks(ChunkId.newBuilder().setInode(key.inode()).setStripe(key.stripe()))
            .build();
    Empty _ =
        membership
            .replica()
            .requests()
            .change(
                turn,
                new MemberRequests.Change<>(
                    Mirrored.item(key),
                    Range.ALL,
                    ForwardedRequest.of(Operations.REMOVE_CHUNKS, one)),
                () -> {
                  membership.chunks().remove(key);
                  return Empty.getDefaultInstance();
                },
                null);
  }

  private static List<ChunkKey> keys(RemoveChunksRequest request) throws RefusedException {
    if (request.getChunksCount() > CHUNKS_MAX) {
      throw RequestChecks.malformed("removal of " + request.getChunksCount() + " chunks");
    }
    List<ChunkKey> keys = new ArrayList<>(request.getChunksCount());
    for (ChunkId chunk : request.getChunksList()) {
      keys.add(RequestChecks.key(chunk));
    }
    return keys;
  }
}
