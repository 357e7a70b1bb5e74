package org.skep.client.system;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.client.call.Servers;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.ManagementUnreachableException;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.route.Router;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;

/// The servers behind a [Router]. Any thread may call it.
public final class RoutedServers implements Servers {
  private static final long FOR_EVER_NANOS = Long.MAX_VALUE / 4;
  private static final long BRIEF_NANOS = 2_000_000_000L;
  private static final long REPLY_NANOS = 5_000_000_000L;

  private final Router router;
  private final ManagementCaller management;
  private final MapSource maps;
  private final long waitNanos;

  /// @param waitNanos how long a request to management may wait; 0: for ever
  public RoutedServers(Router router, ManagementCaller management, MapSource maps, long waitNanos) {
    this.router = router;
    this.management = management;
    this.maps = maps;
    this.waitNanos = waitNanos == 0 ? FOR_EVER_NANOS : waitNanos;
  }

  @Override
  public ClusterMap map() {
    return maps.current();
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> shard(
      int shard, Operation<Q, R> operation, Q request, long sequence, long mark) {
    return router.callShard(shard, operation, request, sequence, mark);
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> shardBriefly(
      int shard, Operation<Q, R> operation, Q request) {
    return router.callShard(shard, operation, request, 0, 0, BRIEF_NANOS);
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> storage(
      boolean group,
      int id,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn) {
    return router.callStorage(group, id, operation, request, bulkOut, bulkIn);
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> readGroup(
      int id, long turn, Operation<Q, R> operation, Q request, @Nullable ByteBuffer bulkIn) {
    BuddyGroup group = maps.current().group(NodeKind.STORAGE, id);
    return group == null
        ? router.callStorage(true, id, operation, request, null, bulkIn)
        : router.readStorage(id, operation, request, bulkIn, member(group, turn));
  }

  /// By the members' ids, not their roles: what a member has in its page cache stays of use when
  /// the roles change.
  static int member(BuddyGroup group, long turn) {
    if (!group.isPair()) {
      return group.primary();
    }
    return (turn & 1) == 0
        ? Math.min(group.primary(), group.secondary())
        : Math.max(group.primary(), group.secondary());
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> management(
      Operation<Q, R> operation, Q request) {
    try {
      return management.call(operation, request, REPLY_NANOS, waitNanos);
    } catch (ManagementUnreachableException e) {
      return new Answer.Refused<>(
          Failure.errno(Errno.EIO.number(), String.valueOf(e.getMessage())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Refused<>(
          Failure.errno(Errno.EINTR.number(), "interrupted while waiting for management"));
    }
  }
}
