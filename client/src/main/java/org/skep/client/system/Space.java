package org.skep.client.system;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.runtime.port.Clock;
import org.skep.wire.Operations;
import org.skep.wire.message.Kind;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetMessage;
import org.skep.wire.message.TargetStatus;

/// How much room the cluster has, as management heard of the servers last; asked for at most once a
/// second. Any thread may call it.
final class Space {
  private static final long AGE_NANOS = 1_000_000_000L;

  private final Calls calls;
  private final Clock clock;
  private volatile @Nullable Answer latest;

  private record Answer(SpaceMessage space, long nanos) {}

  Space(Calls calls, Clock clock) {
    this.calls = calls;
    this.clock = clock;
  }

  SpaceMessage space() throws ErrnoException {
    Answer known = latest;
    if (known != null && clock.nanoTime() - known.nanos() < AGE_NANOS) {
      return known.space();
    }
    StatusReply reply = calls.management(Operations.STATUS, StatusRequest.getDefaultInstance());
    SpaceMessage space = total(reply);
    latest = new Answer(space, clock.nanoTime());
    return space;
  }

  /// Bytes of all storage targets, inodes of all metadata targets but the spares that servers keep:
  /// those are on the same disks as others.
  static SpaceMessage total(StatusReply reply) {
    Set<Integer> spares =
        reply.getMap().getTargetsList().stream()
            .filter(TargetMessage::getKeptSpare)
            .map(TargetMessage::getId)
            .collect(Collectors.toSet());
    Map<Kind, SpaceMessage.Builder> totals = new HashMap<>();
    for (TargetStatus target : reply.getTargetsList()) {
      if (target.getKind() == Kind.METADATA && spares.contains(target.getReport().getTargetId())) {
        continue;
      }
      SpaceMessage space = target.getReport().getSpace();
      SpaceMessage.Builder total =
          totals.computeIfAbsent(target.getKind(), k -> SpaceMessage.newBuilder());
      total
          .setTotalBytes(total.getTotalBytes() + space.getTotalBytes())
          .setFreeBytes(total.getFreeBytes() + space.getFreeBytes())
          .setTotalInodes(total.getTotalInodes() + space.getTotalInodes())
          .setFreeInodes(total.getFreeInodes() + space.getFreeInodes());
    }
    SpaceMessage.Builder storage = totals.getOrDefault(Kind.STORAGE, SpaceMessage.newBuilder());
    SpaceMessage.Builder metadata = totals.getOrDefault(Kind.METADATA, SpaceMessage.newBuilder());
    return SpaceMessage.newBuilder()
        .setTotalBytes(storage.getTotalBytes())
        .setFreeBytes(storage.getFreeBytes())
        .setTotalInodes(metadata.getTotalInodes())
        .setFreeInodes(metadata.getFreeInodes())
        .build();
  }
}
