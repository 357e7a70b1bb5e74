package org.skep.client.data;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.call.Join;
import org.skep.client.call.Lanes;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;

/// What all files of a client use together. Any thread may call it.
public final class Io {
  private final Calls calls;
  private final Lanes lanes;
  private final Clock clock;
  private final DataSettings settings;
  private final AtomicLong lastProgressNanos;
  // When a request to the target of a lane last failed by waiting too long; one entry a target.
  private final ConcurrentHashMap<Long, Long> timedOut = new ConcurrentHashMap<>();

  public Io(Calls calls, Lanes lanes, Clock clock, DataSettings settings) {
    this.calls = calls;
    this.lanes = lanes;
    this.clock = clock;
    this.settings = settings;
    this.lastProgressNanos = new AtomicLong(clock.nanoTime());
  }

  /// A server took something that was held for it, or refused it.
  void progressed() {
    lastProgressNanos.set(clock.nanoTime());
  }

  /// When that was last, or when the client was made.
  long lastProgressNanos() {
    return lastProgressNanos.get();
  }

  Calls calls() {
    return calls;
  }

  Clock clock() {
    return clock;
  }

  DataSettings settings() {
    return settings;
  }

  /// What the shard says of the inode, or null if it is gone.
  @Nullable Attributes attributes(long inode) throws ErrnoException {
    GetAttributesReply reply =
        calls.read(
            inode,
            Operations.GET_ATTRIBUTES,
            GetAttributesRequest.newBuilder().addInodes(inode).build());
    return reply.getAttributesCount() == 1 ? reply.getAttributes(0) : null;
  }

  static ChunkId chunk(long inode, int stripe) {
    return ChunkId.newBuilder().setInode(inode).setStripe(stripe).build();
  }

  /// Runs the request on the stripe's lane; `ended` hears of its end, in that thread or this one.
  ///
  /// A request that was queued while another one to the same target waited in vain for the whole io
  /// timeout is not sent any more: else a full queue would multiply the configured wait.
  void submit(Lanes.Kind kind, Layout layout, int stripe, Join.Task request, Ended ended) {
    boolean group = layout.kind() == StripePattern.Kind.BUDDY_MIRROR;
    int id = layout.stripes().get(stripe);
    long queuedNanos = clock.nanoTime();
    lanes.submit(
        kind, group, id, () -> ended.ended(result(() -> bounded(group, id, queuedNanos, request))));
  }

  /// Runs a request to a shard that nobody waits for.
  void submitShard(long inode, Runnable task) {
    lanes.submit(Lanes.Kind.SHARD, true, Ids.shardOf(inode), task);
  }

  /// Hears of a request's end: null, or how it failed.
  interface Ended {
    void ended(@Nullable ErrnoException failure);
  }

  static @Nullable ErrnoException result(Join.Task request) {
    try {
      request.run();
      return null;
    } catch (ErrnoException e) {
      return e;
    }
  }

  private void bounded(boolean group, int id, long queuedNanos, Join.Task request)
      throws ErrnoException {
    long key = group ? -id : id;
    Long failedNanos = timedOut.get(key);
    if (failedNanos != null && failedNanos - queuedNanos > 0) {
      throw new ErrnoException(
          Errno.EIO.number(),
          (group ? "group " : "target ") + id + " did not answer an earlier request in time");
    }
    long startNanos = clock.nanoTime();
    try {
      request.run();
    } catch (ErrnoException e) {
      if (waitedInVain(startNanos)) {
        timedOut.put(key, clock.nanoTime());
      }
      throw e;
    }
  }

  /// Whether a request that failed now and was begun then has failed because its server was away.
  boolean waitedInVain(long startNanos) {
    long timeoutNanos = settings.ioTimeoutNanos();
    return timeoutNanos > 0 && clock.nanoTime() - startNanos >= timeoutNanos - timeoutNanos / 8;
  }

  /// Runs one request for each of the stripes, at the same time; the last one in this thread.
  ///
  /// @throws ErrnoException the first failure, after all have ended
  void onStripes(Lanes.Kind kind, Layout layout, List<Integer> stripes, StripeRequest request)
      throws ErrnoException {
    if (!stripes.isEmpty()) {
      begun(kind, layout, stripes, request).await();
    }
  }

  /// As [#onStripes], but an interrupt of this thread ends its wait, and the requests under way go
  /// on: they must use nothing that is the caller's, and do no harm when they end late.
  ///
  /// @throws ErrnoException the first failure, after all have ended; EINTR if interrupted
  void onStripesUnlessInterrupted(
      Lanes.Kind kind, Layout layout, List<Integer> stripes, StripeRequest request)
      throws ErrnoException {
    if (!stripes.isEmpty()) {
      begun(kind, layout, stripes, request).awaitUnlessInterrupted();
    }
  }

  private Join begun(Lanes.Kind kind, Layout layout, List<Integer> stripes, StripeRequest request) {
    Join join = new Join(clock);
    int last = stripes.size() - 1;
    for (int stripe : stripes.subList(0, last)) {
      join.add();
      submit(
          kind,
          layout,
          stripe,
          () -> request.send(stripe),
          failure ->
              join.run(() -> {
                if (failure != null) {
                  throw failure;
                }
              }));
    }
    join.add();
    join.run(() -> request.send(stripes.get(last)));
    return join;
  }

  /// A request to one stripe.
  interface StripeRequest {
    void send(int stripe) throws ErrnoException;
  }
}
