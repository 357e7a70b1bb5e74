package org.skep.metadata.resync;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.check.SecondaryDigests;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.RangeDigest;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;

/// The secondary of a pair, asked for digests, in one epoch and one life of its process. Equal as
/// long as these are. Any thread may call it.
public record PairDigests(GroupMember member, int shard, long epoch, long process)
    implements SecondaryDigests {

  /// Null if the member is not the primary of a pair now.
  public static @Nullable PairDigests of(GroupMember member) {
    GroupView view = member.view();
    return view.role() == Role.PRIMARY_OF_PAIR
        ? new PairDigests(member, view.groupId(), view.epoch(), view.buddyIncarnation())
        : null;
  }

  @Override
  public List<RangeDigest> of(List<KeyRange> ranges) throws IOException {
    GroupView view = member.view();
    if (!equals(of(member))) {
      throw new IOException("a newer map says: " + view.text());
    }
    return new ReplicaLine(member, view, () -> {}).digests(ranges);
  }
}
