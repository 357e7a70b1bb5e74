package org.skep.storage.operation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkListing;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;

/// LIST_CHUNKS: chunk files in directory order, at most 10,000 at a time. An answer may hold fewer
/// than asked, even none, before the end.
public final class ListChunks extends ChunkOperation<ListChunksRequest, ListChunksReply> {
  private static final int COUNT_MAX = 10_000;
  private static final int CURSOR_BYTES_MAX = 64;

  public ListChunks(ServedTargets targets) {
    super(targets, Access.READ);
  }

  /// A target's own chunk files, or those of whatever groups it is and was in, whoever has the
  /// group's truth.
  @Override
  Outcome<ListChunksReply> serve(ListChunksRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkListing.Cursor cursor = cursor(request);
    target.countOther();
    StorageTarget.Membership membership = target.membership();
    if (request.getOfGroups() && membership == null) {
      throw RequestChecks.malformed("a list of what groups have, of a target that is in none");
    }
    return list(
        request,
        cursor,
        request.getOfGroups() && membership != null ? membership.chunks() : target.chunks());
  }

  /// A member's own chunk files: the primary's, or when forwarded the secondary's.
  @Override
  Outcome<ListChunksReply> serve(ListChunksRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException {
    ChunkListing.Cursor cursor = cursor(request);
    group.target().countOther();
    return list(request, cursor, group.chunks());
  }

  private static ChunkListing.Cursor cursor(ListChunksRequest request) throws RefusedException {
    int countMax = request.getCountMax();
    if (countMax < 1 || countMax > COUNT_MAX) {
      throw RequestChecks.malformed("a list of " + Integer.toUnsignedString(countMax) + " chunks");
    }
    ChunkListing.Cursor cursor =
        request.getCursor().size() > CURSOR_BYTES_MAX
            ? null
            : ChunkListing.Cursor.of(request.getCursor().toString(ISO_8859_1));
    if (cursor == null) {
      throw RequestChecks.malformed("a cursor of " + request.getCursor().size() + " bytes");
    }
    return cursor;
  }

  private static Outcome<ListChunksReply> list(
      ListChunksRequest request, ChunkListing.Cursor cursor, ChunkStore chunks) throws IOException {
    ChunkListing listing = chunks.list(cursor, request.getCountMax());
    ListChunksReply.Builder reply =
        ListChunksReply.newBuilder()
            .setEnd(listing.end())
            .setCursor(ByteString.copyFrom(listing.cursor().text(), ISO_8859_1));
    for (ChunkKey key : listing.chunks()) {
      reply.addChunks(ChunkId.newBuilder().setInode(key.inode()).setStripe(key.stripe()));
    }
    return Outcome.done(reply.build());
  }
}
