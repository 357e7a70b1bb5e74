package org.skep.metadata.target;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.replication.ReplicationWatch;
import org.skep.metadata.replication.ShardReplica;
import org.skep.metadata.resync.Leader;
import org.skep.metadata.resync.ResyncJob;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpaceGuard;
import org.skep.metadata.state.ShardEndedException;
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
  private final Retirement retirement;
  private final Doubt doubt = new Doubt();
  private final Gate gate;
  private final AtomicLong served = new AtomicLong();
  private final PrimarySide primary;
  private final SecondarySide secondary;
  // set once, before the member starts
  private @Nullable GroupMember member;
  private @Nullable ResyncJob resync;
  // guarded by gate
  private boolean begun;
  private @Nullable IOException failure;

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
    primary =
        new PrimarySide(
            id, store, around, rootPattern, new SpaceGuard(disk, around.ports().clock()));
    secondary = new SecondarySide(store, disk, life);
    retirement = new Retirement(around.ports().clock());
    gate = new Gate(around.ports().clock());
  }

  /// Before the member starts.
  public void join(GroupMember asMember, ResyncJob resyncOfGroup) {
    member = asMember;
    resync = resyncOfGroup;
    primary.join(asMember, watch(asMember, resyncOfGroup));
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
    return primary.primacy();
  }

  /// The shard it serves as a primary; null if it is none.
  public @Nullable ShardHost host() {
    Primacy now = primary.primacy();
    return now == null ? null : now.host();
  }

  /// Whether the map has the shard as the root's.
  boolean isRoot(int shard) {
    return primary.isRoot(shard);
  }

  /// For a resync; null if it is not the primary.
  public @Nullable Leader leader() {
    Primacy now = primary.primacy();
    return now == null ? null : now.leader();
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

  SecondarySide secondary() {
    return secondary;
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
    Primacy old = primary.primacy();
    if (old != null && !old.stays(next)) {
      primary.drop();
      if (next.groupId() != old.shard().id()) {
        // What was given up is gone; another shard may come to be served here.
        retirement.undo();
      }
    }
    secondary.leave();
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
        primary.lead(next);
        yield true;
      }
      case SECONDARY, SECONDARY_STALE -> {
        secondary.follow();
        yield true;
      }
      case PRIMARY_UNFIT, NONE -> false;
    };
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

  private ReplicationWatch watch(GroupMember ofGroup, ResyncJob resyncOfGroup) {
    return new ReplicationWatch() {
      @Override
      public void secondaryFails(String reason) {
        GroupView now = ofGroup.view();
        if (now.role() == Role.PRIMARY_OF_PAIR) {
          ofGroup.forwarder().complainForGood(now, reason);
        } else {
          resyncOfGroup.broken(reason);
        }
      }

      @Override
      public void diskFails(DiskException reason) {
        diskFailed(String.valueOf(reason.getMessage()));
      }
    };
  }

  /// What the store holds is not known any more. Nobody counts on that while a resync runs: its
  /// next attempt finds it out.
  void diskFailed(String why) {
    GroupView now = member().view();
    boolean counts = secondary.broke() || now.role() != Role.SECONDARY_STALE;
    if (counts && now.buddy() != null) {
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
    primary.begins();
  }

  /// The secondary's process is another one: it says anew what it has.
  @Override
  public void renewed(GroupView view) {
    primary.renewed(view);
  }

  @Override
  public void ends(GroupView next) {
    primary.ends(next);
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
    Primacy now = primary.primacy();
    if (now != null && view.buddy() != null) {
      report.setBuddyMisses(view.role() == Role.PRIMARY_ALONE && now.buddyMisses());
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
    primary.close();
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

  /// What the primary is answered when the disk failed, or was full.
  Failure replicaFailed(ShardReplica failed, DiskException e) {
    LOG.warn("target {}: the secondary's disk: {}", id, e.getMessage());
    ShardReplica now = secondary.replica();
    boolean broken = failed.isBroken() || (now != null && now.isBroken());
    if (broken || e.errno() != Errno.ENOSPC.number()) {
      diskFailed(String.valueOf(e.getMessage()));
    }
    return Failure.errno(e.errno(), "metadata target " + id + ": " + e.getMessage());
  }
}
