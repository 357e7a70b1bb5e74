package org.skep.metadata.target;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.replication.ReplicationWatch;
import org.skep.metadata.replication.Replicator;
import org.skep.metadata.replication.ShardReplica;
import org.skep.metadata.resync.Leader;
import org.skep.metadata.resync.PairDigests;
import org.skep.metadata.resync.ResyncJob;
import org.skep.metadata.resync.SecondaryLine;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpaceGuard;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.ShardEndedException;
import org.skep.metadata.store.KeyValueStore;
import org.skep.mirror.Doubt;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Replica;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One metadata target of this process: its store, and what it is in its shard. The [Replica] of
/// its [GroupMember]. Any thread may call it, but [#close] once only.
///
/// | role | what there is |
/// | --- | --- |
/// | PRIMARY_ALONE, PRIMARY_OF_PAIR | a [ShardHost] with its [Replicator]; kept from one to the other |
/// | SECONDARY, SECONDARY_STALE | a [ShardReplica] |
/// | PRIMARY_UNFIT, NONE | nothing but the store |
///
/// Requests of clients and of other shards hold no turn of the member: a [Shard] that has ended
/// changes nothing and answers nothing, so the next term does not wait for those that are still on
/// their way. Requests of the primary to a secondary do hold one.
public final class MetadataTarget implements Replica {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataTarget.class);

  private final int id;
  private final Disk disk;
  private final TargetStore store;
  private final StoreLife life;
  private final ShardHost.Surroundings around;
  private final PatternMessage rootPattern;
  private final SpaceGuard space;
  private final Retirement retirement;
  private final Doubt doubt = new Doubt();
  private final Gate gate;
  private final AtomicLong served = new AtomicLong();
  // set once, before the member starts
  private @Nullable GroupMember member;
  private @Nullable ResyncJob resync;
  // written by the member's thread only
  private volatile @Nullable Primacy primacy;
  private volatile @Nullable ShardReplica replica;
  private volatile long begunDurability;
  private final List<ShardHost> ended = new ArrayList<>();
  // guarded by gate
  private boolean begun;
  private @Nullable IOException failure;
  // the process of the secondary that is waited for; used by the member's thread only
  private long secondaryProcess;

  /// What a primary has.
  ///
  /// @param missingFrom the number of the last batch that the secondary had when it was left behind
  record Primacy(ShardHost host, KeyValueStore store, Replicator replicator, long missingFrom) {

    Shard shard() {
      return host.shard();
    }

    private boolean stays(GroupView next) {
      return (next.role() == Role.PRIMARY_ALONE || next.role() == Role.PRIMARY_OF_PAIR)
          && next.groupId() == shard().id()
          && !shard().isBroken();
    }
  }

  /// @param life of the store, as it was found
  /// @param rootPattern of the root directory, if it is made here
  public MetadataTarget(
      int id,
      Disk disk,
      TargetStore store,
      StoreLife life,
      ShardHost.Surroundings around,
      PatternMessage rootPattern) {
    this.id = id;
    this.disk = disk;
    this.store = store;
    this.life = life;
    this.around = around;
    this.rootPattern = rootPattern;
    space = new SpaceGuard(disk, around.ports().clock());
    retirement = new Retirement(around.ports().clock());
    gate = new Gate(around.ports().clock());
  }

  /// Before the member starts.
  public void join(GroupMember asMember, ResyncJob resyncOfGroup) {
    member = asMember;
    resync = resyncOfGroup;
  }

  public int id() {
    return id;
  }

  /// @throws IllegalStateException before [#join]
  public GroupMember member() {
    GroupMember own = member;
    if (own == null) {
      throw new IllegalStateException("target " + id + " has no member");
    }
    return own;
  }

  /// @throws IllegalStateException before [#join]
  public ResyncJob resync() {
    ResyncJob own = resync;
    if (own == null) {
      throw new IllegalStateException("target " + id + " has no resync");
    }
    return own;
  }

  /// What it has as a primary; null if it is none.
  @Nullable Primacy primacy() {
    return primacy;
  }

  /// The shard it serves as a primary; null if it is none.
  public @Nullable ShardHost host() {
    Primacy now = primacy;
    return now == null ? null : now.host;
  }

  /// Whether the map has the shard as the root's.
  boolean isRoot(int shard) {
    return around.maps().current().rootShard() == shard;
  }

  /// For a resync; null if it is not the primary.
  public @Nullable Leader leader() {
    Primacy now = primacy;
    return now == null ? null : new Leader(now.shard(), now.store, now.replicator);
  }

  Retirement retirement() {
    return retirement;
  }

  StoreLife life() {
    return life;
  }

  TargetStore store() {
    return store;
  }

  // --- the member's terms ------------------------------------------------------------------------

  @Override
  public boolean prepare(GroupView before, GroupView next)
      throws IOException, InterruptedException {
    try {
      boolean serves = settle(before, next);
      settled(null);
      return serves;
    } catch (IOException e) {
      settled(e);
      throw e;
    }
  }

  private boolean settle(GroupView before, GroupView next)
      throws IOException, InterruptedException {
    Primacy old = primacy;
    if (old != null && !old.stays(next)) {
      drop(old);
      if (next.groupId() != old.shard().id()) {
        // What was given up is gone; another shard may come to be served here.
        retirement.undo();
      }
    }
    replica = null;
    if (next.role() == Role.NONE) {
      doubt.settled();
      return false;
    }
    begin(before, next);
    if (doubt.stands()) {
      return false;
    }
    return switch (next.role()) {
      case PRIMARY_OF_PAIR, PRIMARY_ALONE -> {
        lead(next);
        yield true;
      }
      case SECONDARY, SECONDARY_STALE -> {
        replica = ShardReplica.open(store.working());
        yield true;
      }
      case PRIMARY_UNFIT, NONE -> false;
    };
  }

  /// Nothing of the old life of the shard may be on its way into the store any more.
  private void drop(Primacy old) {
    old.host.end();
    old.shard().awaitQuiet();
    if (old.shard().isBroken()) {
      store.broke();
    }
    synchronized (ended) {
      ended.removeIf(ShardHost::isQuiet);
      ended.add(old.host);
    }
    primacy = null;
  }

  /// Settles what the store is worth.
  private void begin(GroupView before, GroupView next) throws IOException {
    if (next.buddy() == null) {
      // Nobody has more.
      life.forget();
      doubt.settled();
      return;
    }
    if (doubt.canSettle(before, next, life.unsure())) {
      if (next.role() == Role.PRIMARY_ALONE) {
        LOG.warn("target {}: acknowledged changes may be lost, and nobody has them", id);
      }
      life.begin();
      doubt.settled();
    } else if (!life.unsure()) {
      life.begin();
    }
  }

  private void lead(GroupView next) throws IOException, InterruptedException {
    Primacy now = primacy;
    if (now == null) {
      now = open(next);
      primacy = now;
    }
    Replicator replicator = now.replicator;
    if (next.buddy() == null) {
      replicator.off();
    } else if (next.role() == Role.PRIMARY_OF_PAIR) {
      require(now, next);
    } else {
      if (replicator.mode() == Replicator.Mode.REQUIRED) {
        primacy = new Primacy(now.host, now.store, replicator, now.shard().latestBatch());
      }
      replicator.alone();
    }
  }

  private void require(Primacy now, GroupView view) {
    secondaryProcess = view.buddyIncarnation();
    now.replicator.require(new SecondaryLine(member(), view, now.shard()::latestBatch));
  }

  /// As a restart does: a new life of the shard.
  private Primacy open(GroupView next) throws IOException, InterruptedException {
    int shardId = next.groupId();
    KeyValueStore opened = store.working();
    Replicator replicator =
        new Replicator(shardId, opened, around.ports().clock(), around.ports().threads(), watch());
    if (next.buddy() == null) {
      replicator.off();
    } else {
      replicator.alone();
    }
    Shard shard =
        new Shard(
            shardId,
            opened,
            around.ports().clock(),
            new WatchedReplication(replicator, member().forwarder()),
            id << 16 | around.ports().chance().nextInt(1 << 16));
    ShardHost host = new ShardHost(around, shard, space, () -> PairDigests.of(member()));
    if (isRoot(shardId)) {
      shard.makeRoot(rootPattern);
    }
    LOG.info("target {} leads {} life={}", id, next.text(), shard.incarnation());
    return new Primacy(host, opened, replicator, 0);
  }

  private ReplicationWatch watch() {
    return new ReplicationWatch() {
      @Override
      public void secondaryFails(String reason) {
        GroupView now = member().view();
        if (now.role() == Role.PRIMARY_OF_PAIR) {
          member().forwarder().complainForGood(now, reason);
        } else {
          resync().broken(reason);
        }
      }

      @Override
      public void diskFails(DiskException reason) {
        diskFailed(String.valueOf(reason.getMessage()));
      }
    };
  }

  /// What the store holds is not known any more.
  void diskFailed(String why) {
    GroupView now = member().view();
    store.broke();
    try {
      life.makeVoid();
    } catch (IOException e) {
      LOG.error("target {}: can't note that its store may lack changes: {}", id, e.getMessage());
    }
    if (now.buddy() != null) {
      doubt.raise(now);
      member().stepOut(now, why);
    }
  }

  @Override
  public void cannotPrepare(GroupView next, String why) {
    LOG.warn("target {}: still can't begin as {} of {}: {}", id, next.role(), next.text(), why);
    if (next.role() == Role.PRIMARY_OF_PAIR) {
      member().stepOut(next, why);
    }
  }

  @Override
  public void begins(GroupView view) {
    Primacy now = primacy;
    if (now != null) {
      now.host.start(around.ports().threads());
    }
  }

  /// The secondary's process is another one: it says anew what it has.
  @Override
  public void renewed(GroupView view) {
    Primacy now = primacy;
    if (now != null
        && view.role() == Role.PRIMARY_OF_PAIR
        && view.buddyIncarnation() != secondaryProcess) {
      require(now, view);
    }
  }

  @Override
  public void ends(GroupView next) {
    Primacy now = primacy;
    if (now != null && !now.stays(next)) {
      now.host.end();
    }
  }

  @Override
  public boolean unsure() {
    return doubt.stands();
  }

  @Override
  public void report(GroupView view, TargetReport.Builder report) {
    report.setTargetId(id).setOperations(served.get());
    try {
      Disk.Space room = disk.space();
      report.setSpace(
          SpaceMessage.newBuilder()
              .setTotalBytes(room.totalBytes())
              .setFreeBytes(room.freeBytes())
              .setTotalInodes(room.totalInodes())
              .setFreeInodes(room.freeInodes()));
    } catch (IOException e) {
      LOG.warn("space of target={} unknown reason={}", id, e.getMessage());
    }
    Primacy now = primacy;
    if (now != null && view.buddy() != null) {
      report.setBuddyMisses(
          view.role() == Role.PRIMARY_ALONE && now.shard().latestBatch() != now.missingFrom);
      report.setResyncing(resync().isRunning());
    }
  }

  // --- the beginning and the end -----------------------------------------------------------------

  private void settled(@Nullable IOException problem) {
    gate.lock();
    try {
      begun = true;
      failure = problem;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Whether a map has it in no shard: no term begins.
  private boolean isSpare() {
    GroupView view = member().view();
    return view.role() == Role.NONE && view.mapVersion() > 0;
  }

  /// Waits until its first term was prepared, if it is in a shard.
  ///
  /// @throws IOException why that failed
  /// @throws InterruptedException also if the member is stopped
  public void awaitPrepared() throws IOException, InterruptedException {
    gate.lock();
    try {
      while (!begun && !isSpare()) {
        if (member().stopping()) {
          throw new InterruptedException("stopped while starting");
        }
        long _ = gate.awaitNanos(100_000_000L);
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      gate.unlock();
    }
  }

  /// After the member was stopped and the last request has returned: waits for what is left of the
  /// shard's lives, and closes the store. Everything is on the disk then, which a mirrored target
  /// notes.
  public void close() throws IOException, InterruptedException {
    Primacy last = primacy;
    if (last != null) {
      drop(last);
    }
    List<ShardHost> hosts;
    synchronized (ended) {
      hosts = List.copyOf(ended);
    }
    for (ShardHost host : hosts) {
      host.stop();
    }
    boolean complete = store.close();
    if (complete) {
      disk.sync();
      life.markClean();
    }
  }

  // --- requests ----------------------------------------------------------------------------------

  /// Turns an answer that the secondary may know into one that may leave: this target is still the
  /// primary.
  <R extends MessageLite> Outcome<R> released(Primacy leading, Outcome<R> outcome) {
    served.incrementAndGet();
    if (outcome instanceof Outcome.Refused<R>(Failure refused)
        && refused.kind() != FailureMessage.Kind.ERRNO) {
      return outcome;
    }
    try {
      member().mayAnswer(member().view(), leading.shard().isPair());
      leading.shard().checkWorking();
      return outcome;
    } catch (MemberRefusal e) {
      return Outcome.refused(e.failure());
    } catch (ShardEndedException e) {
      return Outcome.refused(Failure.retry(String.valueOf(e.getMessage())));
    } catch (DiskException e) {
      return leading.shard().isPair()
          ? Outcome.refused(Failure.retry(String.valueOf(e.getMessage())))
          : outcome;
    }
  }

  // --- of a secondary: called with a turn of the member
  // --------------------------------------------

  /// The replica of a secondary; null if it is none.
  @Nullable ShardReplica replica() {
    return replica;
  }

  /// The replica, over a store that was opened anew if its disk had failed.
  synchronized ShardReplica freshReplica() throws DiskException {
    ShardReplica now = replica;
    if (now == null || store.isBroken()) {
      now = ShardReplica.open(store.working());
      replica = now;
    }
    return now;
  }

  /// What the primary is answered when the disk failed.
  Failure replicaFailed(DiskException e) {
    LOG.warn("target {}: the secondary's disk: {}", id, e.getMessage());
    if (e.errno() != Errno.ENOSPC.number()) {
      diskFailed(String.valueOf(e.getMessage()));
    }
    return Failure.errno(e.errno(), "metadata target " + id + ": " + e.getMessage());
  }

  /// The primary begins a resync of this target: what is told to it from now on can be trusted, if
  /// the disk does not fail.
  void resyncBegun() {
    begunDurability = disk.durability();
  }

  /// All is here, and on the disk.
  ///
  /// @throws DiskException if the disk may have lost some of it since [#resyncBegun]
  void resyncEnded() throws IOException {
    if (store.isBroken() || begunDurability != disk.durability()) {
      throw new DiskException(Errno.EIO.number(), "what was copied may be lost");
    }
    life.begin();
  }
}
