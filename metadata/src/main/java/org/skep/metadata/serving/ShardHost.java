package org.skep.metadata.serving;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.check.Checking;
import org.skep.metadata.check.SecondaryDigests;
import org.skep.metadata.chunk.ChunkRemoval;
import org.skep.metadata.chunk.Chunks;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.operation.Placement;
import org.skep.metadata.operation.ShardOperations;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.session.LeaseReaper;
import org.skep.metadata.session.Sessions;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Participant;
import org.skep.metadata.transaction.Peers;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.port.Threads;
import org.skep.runtime.route.MapSource;

/// One shard with everything that belongs to it. After it was made, interrupted changes are locked
/// and requests may come; the background jobs finish them once [#start] was called.
public final class ShardHost {
  private static final long TRANSACTIONS_NANOS = 500_000_000L;
  private static final long CHUNKS_NANOS = 1_000_000_000L;

  private final Shard shard;
  private final HeldLocks locks;
  private final Coordinator coordinator;
  private final Participant participant;
  private final Truncations truncations;
  private final ChunkRemoval removal;
  private final ShardOperations operations;
  private final LeaseReaper reaper;
  private final BackgroundJob transactionJob;
  private final BackgroundJob truncationJob;
  private final BackgroundJob removalJob;
  private boolean started;

  /// What a shard needs from the process around it.
  public record Surroundings(
      Ports ports, MapSource maps, Placement placement, Peers peers, Chunks chunks) {}

  /// A shard without a secondary.
  public ShardHost(Surroundings around, int shardId, KeyValueStore store, SpaceGuard space)
      throws DiskException, InterruptedException {
    this(around, new Shard(shardId, store, around.ports.clock()), space, () -> null);
  }

  /// @param shard in a life that has just begun
  /// @param space says when the disk is nearly full
  /// @param secondary the pair's second member while it has everything, else null
  public ShardHost(
      Surroundings around,
      Shard shard,
      SpaceGuard space,
      Supplier<? extends @Nullable SecondaryDigests> secondary)
      throws DiskException, InterruptedException {
    this.shard = shard;
    int shardId = shard.id();
    Ports ports = around.ports;
    locks = new HeldLocks(shard.records(), ports.clock());
    Sessions sessions = new Sessions(shard, locks);
    OutsideCalls outside = new OutsideCalls(shard, around.peers, around.chunks);
    coordinator = new Coordinator(shard, outside, around.maps, ports.chance());
    participant = new Participant(shard, outside, around.maps);
    truncations = new Truncations(shard, outside);
    removal = new ChunkRemoval(shard, outside);
    operations =
        new ShardOperations(
            shard,
            around.placement,
            truncations,
            coordinator,
            participant,
            space::isFull,
            locks,
            sessions);
    Checking.addTo(
        operations,
        shard,
        around.peers,
        locks,
        truncations,
        coordinator,
        removal::rounds,
        new ContentReader(shard.store()),
        secondary::get);
    reaper = new LeaseReaper(sessions, locks.waits(), ports.clock());
    transactionJob =
        new BackgroundJob(
            "transactions-" + shardId, TRANSACTIONS_NANOS, ports.clock(), this::settle);
    truncationJob =
        new BackgroundJob(
            "truncations-" + shardId, CHUNKS_NANOS, ports.clock(), this::finishTruncations);
    removalJob =
        new BackgroundJob("chunk-removal-" + shardId, CHUNKS_NANOS, ports.clock(), this::clean);
    participant.start();
    truncations.start();
    coordinator.start();
  }

  private void settle() throws DiskException, InterruptedException {
    boolean _ = coordinator.deliver();
    boolean _ = participant.inquire();
  }

  private void finishTruncations() throws DiskException, InterruptedException {
    boolean _ = truncations.runOnce();
  }

  private void clean() throws DiskException, InterruptedException {
    boolean _ = removal.runOnce();
    // What nobody waits for, as the first batch of a life, is not left here alone for long.
    shard.awaitAcknowledged();
  }

  /// Starts the background jobs; nothing happens if they were started. By one thread, which ends
  /// the host as well.
  public void start(Threads threads) {
    if (started) {
      return;
    }
    started = true;
    transactionJob.start(threads);
    truncationJob.start(threads);
    removalJob.start(threads);
    reaper.start(threads);
  }

  /// The shard's life is over: it changes nothing any more, who waits goes with RETRY, the jobs
  /// come to their end. Does not block, and waits for nobody: [#stop] does.
  public void end() {
    shard.end();
    shard.locks().end();
    locks.waits().end();
    transactionJob.end();
    truncationJob.end();
    removalJob.end();
    reaper.end();
  }

  /// Whether no job of it is running any more.
  public boolean isQuiet() {
    return !transactionJob.isRunning()
        && !truncationJob.isRunning()
        && !removalJob.isRunning()
        && !reaper.isRunning();
  }

  /// Ends it, and returns when its jobs have ended.
  public void stop() throws InterruptedException {
    end();
    transactionJob.stop();
    truncationJob.stop();
    removalJob.stop();
    reaper.stop();
  }

  public Shard shard() {
    return shard;
  }

  public ShardOperations operations() {
    return operations;
  }

  /// One round of all background jobs, on the calling thread; for tests that run without threads.
  ///
  /// @return whether nothing is left to do
  public boolean settleAll() throws DiskException, InterruptedException {
    boolean told = coordinator.deliver();
    boolean known = participant.inquire();
    boolean cut = truncations.runOnce();
    boolean clean = removal.runOnce();
    return told && known && cut && clean;
  }
}
