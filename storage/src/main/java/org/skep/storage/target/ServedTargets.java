package org.skep.storage.target;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.mirror.EpochGuard;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;

/// Finds the target a request is for, if it may be served. Any thread may call it; serves nothing
/// (RETRY) until [#open].
public final class ServedTargets {

  private record Opened(EpochGuard guard, SortedMap<Integer, StorageTarget> targets) {}

  private volatile @Nullable Opened opened;

  /// The process is registered: requests are served from now on.
  public void open(EpochGuard guard, Collection<StorageTarget> targets) {
    SortedMap<Integer, StorageTarget> byId = new TreeMap<>();
    for (StorageTarget target : targets) {
      if (byId.put(target.id(), target) != null) {
        throw new IllegalArgumentException("two directories are target " + target.id());
      }
    }
    opened = new Opened(guard, byId);
  }

  public List<StorageTarget> all() {
    Opened now = opened;
    return now == null ? List.of() : List.copyOf(now.targets.values());
  }

  /// The target of a request that is not for a group.
  ///
  /// @throws RefusedException if it is not served here, or not in the request's epoch
  public StorageTarget find(FrameHeader header, NodeKind role) throws RefusedException {
    StorageTarget target = admit(header, role).targets.get(header.destination());
    if (target == null) {
      throw new RefusedException(
          Failure.notServed("no directory here is storage target " + header.destination(), 0));
    }
    return served(target);
  }

  /// The member of the group that the request is for; whether it may serve it is the member's to
  /// say.
  ///
  /// @param role of who asks
  /// @throws RefusedException if none is served here, or not in the request's epoch
  public StorageTarget findMember(FrameHeader header, NodeKind role) throws RefusedException {
    Opened now = admit(header, role);
    boolean forwarded = (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
    StorageTarget other = null;
    for (StorageTarget target : now.targets.values()) {
      StorageTarget.Membership membership = target.membership();
      if (membership != null && membership.member().view().groupId() == header.destination()) {
        if (membership.member().view().role().isSecondary() == forwarded) {
          return served(target);
        }
        other = target;
      }
    }
    if (other == null) {
      throw new RefusedException(
          Failure.retry("storage group " + header.destination() + " is not yet known here"));
    }
    return served(other);
  }

  private Opened admit(FrameHeader header, NodeKind role) throws RefusedException {
    Opened now = opened;
    if (now == null) {
      throw new RefusedException(Failure.retry("the storage server is starting"));
    }
    Failure refusal = now.guard.check(header, role);
    if (refusal != null) {
      throw new RefusedException(refusal);
    }
    return now;
  }

  private static StorageTarget served(StorageTarget target) throws RefusedException {
    String fault = target.fault();
    if (fault != null) {
      throw new RefusedException(
          Failure.notServed("storage target " + target.id() + " serves no more: " + fault, 0));
    }
    return target;
  }
}
