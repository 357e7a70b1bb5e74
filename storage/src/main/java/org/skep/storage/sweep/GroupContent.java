package org.skep.storage.sweep;

import java.io.IOException;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkListing;
import org.skep.storage.operation.RemoveChunks;
import org.skep.storage.target.StorageTarget;

/// The chunk files of a group at its primary, removed on both members.
record GroupContent(StorageTarget.Membership membership) implements Sweep.Content {

  @Override
  public ChunkListing list(ChunkListing.Cursor cursor, int countMax) throws IOException {
    return membership.chunks().list(cursor, countMax);
  }

  @Override
  public void remove(ChunkKey key) throws IOException {
    try (Turn turn = membership.member().enterAsPrimary()) {
      RemoveChunks.remove(turn, membership, key);
    } catch (MemberRefusal e) {
      throw new IOException(e.failure().detail(), e);
    }
  }
}
