package org.skep.metadata.target;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.ReplicationWatch;
import org.skep.metadata.replication.Replicator;
import org.skep.metadata.resync.PairDigests;
import org.skep.metadata.resync.SecondaryLine;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpaceGuard;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.KeyValueStore;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.wire.message.PatternMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a [MetadataTarget] does as the primary of its shard: opens a life of the shard, keeps it
/// from one term to the next, and drops it. Owns the [Primacy].
///
/// The member's thread makes and drops it; any thread may look at it.
final class PrimarySide {
  private static final Logger LOG = LoggerFactory.getLogger(PrimarySide.class);

  private final int id;
  private final TargetStore store;
  private final ShardHost.Surroundings around;
  private final PatternMessage rootPattern;
  private final SpaceGuard space;
  // set once, before the member starts
  private @Nullable GroupMember member;
  private @Nullable ReplicationWatch watch;
  // written by the member's thread only
  private volatile @Nullable Primacy primacy;
  // guarded by itself
  private final List<ShardHost> ended = new ArrayList<>();
  // the process of the secondary that is waited for; used by the member's thread only
  private long secondaryProcess;

  /// @param id of the target
  /// @param rootPattern of the root directory, if it is made here
  PrimarySide(
      int id,
      TargetStore store,
      ShardHost.Surroundings around,
      PatternMessage rootPattern,
      SpaceGuard space) {
    this.id = id;
    this.store = store;
    this.around = around;
    this.rootPattern = rootPattern;
    this.space = space;
  }

  /// Before the member starts.
  ///
  /// @param toldOf hears what fails in any life of the shard
  void join(GroupMember asMember, ReplicationWatch toldOf) {
    member = asMember;
    watch = toldOf;
  }

  private GroupMember member() {
    return Objects.requireNonNull(member, "no member was joined");
  }

  /// Null if the target is no primary.
  @Nullable Primacy primacy() {
    return primacy;
  }

  boolean isRoot(int shard) {
    return around.maps().current().rootShard() == shard;
  }

  /// Nothing of the last life of the shard is on its way into the store when this returns.
  void drop() {
    Primacy old = primacy;
    if (old == null) {
      return;
    }
    old.host().end();
    old.shard().awaitQuiet();
    if (old.shard().isBroken()) {
      store.broke();
    }
    synchronized (ended) {
      ended.removeIf(ShardHost::isQuiet);
      ended.add(old.host());
    }
    primacy = null;
  }

  /// It is the primary of that view, in which the last life goes on if there is one.
  void lead(GroupView next) throws IOException, InterruptedException {
    Primacy now = primacy;
    if (now == null) {
      now = open(next);
      primacy = now;
    }
    Replicator replicator = now.replicator();
    if (next.buddy() == null) {
      replicator.off();
    } else if (next.role() == Role.PRIMARY_OF_PAIR) {
      require(now, next);
    } else {
      if (replicator.mode() == Replicator.Mode.REQUIRED) {
        primacy = new Primacy(now.host(), now.store(), replicator, now.shard().latestBatch());
      }
      replicator.alone();
    }
  }

  private void require(Primacy now, GroupView view) {
    secondaryProcess = view.buddyIncarnation();
    now.replicator().require(new SecondaryLine(member(), view, now.shard()::latestBatch));
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
    return Objects.requireNonNull(watch, "no member was joined");
  }

  /// The term begins.
  void begins() {
    Primacy now = primacy;
    if (now != null) {
      now.host().start(around.ports().threads());
    }
  }

  /// A newer view of the term: a secondary's process that is another one says anew what it has.
  void renewed(GroupView view) {
    Primacy now = primacy;
    if (now != null
        && view.role() == Role.PRIMARY_OF_PAIR
        && view.buddyIncarnation() != secondaryProcess) {
      require(now, view);
    }
  }

  /// The term ends: this life of the shard changes nothing any more, unless it goes on.
  void ends(GroupView next) {
    Primacy now = primacy;
    if (now != null && !now.stays(next)) {
      now.host().end();
    }
  }

  /// After the member was stopped: waits for what is left of the shard's lives.
  void close() throws InterruptedException {
    drop();
    List<ShardHost> hosts;
    synchronized (ended) {
      hosts = List.copyOf(ended);
    }
    for (ShardHost host : hosts) {
      host.stop();
    }
  }
}
