package org.skep.management.heartbeat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;

/// Which members of pairs get no lease, and what is to happen once they hold none. Part of
/// [Heartbeats], whose monitor guards it.
///
/// A member gets a lease only if all of these hold; so whoever is taken out of the in-sync set by a
/// change of the map has had no lease since before the change, and gets none before it knows of it:
///
/// * the map does not say Offline of it;
/// * it has the map in which its group got its present epoch, or a newer one;
/// * it is not *suspended*: an event waits for it to drop its lease;
/// * it is not *in doubt*: it is being called Offline at this moment.
final class Fences {

  record Key(NodeKind kind, int id) {}

  /// A member that is to drop its lease.
  static final class Suspension {
    final long epoch;
    private final long mapVersion;
    // what to submit when it has dropped its lease; null: somebody waits for that
    private @Nullable GroupEvent event;
    private final boolean ofComplaint;
    // how many wait for it to be fenced
    private int waiting;
    private boolean fenced;

    Suspension(long epoch, long mapVersion, @Nullable GroupEvent event, boolean ofComplaint) {
      this.epoch = epoch;
      this.mapVersion = mapVersion;
      this.event = event;
      this.ofComplaint = ofComplaint;
    }

    boolean isFenced() {
      return fenced;
    }

    @Nullable GroupEvent event() {
      return event;
    }
  }

  /// @param mapVersion of the first map that was seen with this epoch
  private record Begin(long epoch, long mapVersion) {}

  private final Map<Key, Suspension> suspensions = new HashMap<>();
  private final Set<Key> inDoubt = new HashSet<>();
  private final Map<Key, Begin> epochs = new HashMap<>();
  private long lookedAtVersion;

  void clear() {
    suspensions.clear();
    inDoubt.clear();
    epochs.clear();
    lookedAtVersion = 0;
  }

  static Key key(Target target) {
    return new Key(target.kind(), target.id());
  }

  /// Looks for groups with another epoch. What is not in the map any more is forgotten.
  void look(ClusterMap map) {
    if (map.version() <= lookedAtVersion) {
      return;
    }
    lookedAtVersion = map.version();
    epochs.keySet().removeIf(key -> map.group(key.kind(), key.id()) == null);
    inDoubt.removeIf(key -> map.target(key.kind(), key.id()) == null);
    suspensions.keySet().removeIf(key -> map.target(key.kind(), key.id()) == null);
    for (BuddyGroup group : map.groups()) {
      if (!group.isPair()) {
        continue;
      }
      Key key = new Key(group.kind(), group.id());
      Begin known = epochs.get(key);
      if (known == null || known.epoch() != group.epoch()) {
        epochs.put(key, new Begin(group.epoch(), map.version()));
      }
    }
  }

  /// Whether a map of this version has the group's present epoch. Asked after [#look].
  boolean knows(BuddyGroup group, long mapVersion) {
    Begin begin = epochs.get(new Key(group.kind(), group.id()));
    return begin != null && mapVersion >= begin.mapVersion();
  }

  void doubt(Target target) {
    inDoubt.add(key(target));
  }

  void settle(NodeKind kind, int targetId) {
    inDoubt.remove(new Key(kind, targetId));
  }

  boolean isInDoubt(Target target) {
    return inDoubt.contains(key(target));
  }

  /// The member is to drop its lease, for this epoch of its group.
  Suspension suspend(
      Target target,
      BuddyGroup group,
      long mapVersion,
      @Nullable GroupEvent event,
      boolean ofComplaint) {
    Suspension present = suspension(target, group);
    if (present != null) {
      return present;
    }
    Suspension suspension = new Suspension(group.epoch(), mapVersion, event, ofComplaint);
    suspensions.put(key(target), suspension);
    return suspension;
  }

  /// The member's suspension, or null. One of a former epoch is over.
  @Nullable Suspension suspension(Target target, BuddyGroup group) {
    Suspension suspension = suspensions.get(key(target));
    if (suspension != null && suspension.epoch != group.epoch()) {
      suspensions.remove(key(target));
      return null;
    }
    return suspension;
  }

  /// The same for somebody who waits for it and calls [#release] in the end.
  Suspension suspendFor(Target target, BuddyGroup group, long mapVersion) {
    Suspension suspension = suspend(target, group, mapVersion, null, false);
    suspension.waiting++;
    return suspension;
  }

  /// @param toSubmit with the member's next heartbeat, or null
  void release(Target target, Suspension suspension, @Nullable GroupEvent toSubmit) {
    suspension.waiting--;
    if (toSubmit != null) {
      suspension.event = toSubmit;
    }
    removeUnneeded(target, suspension);
  }

  /// The primary has nothing to complain of any more.
  void appease(Target target) {
    Suspension suspension = suspensions.get(key(target));
    if (suspension != null && suspension.ofComplaint) {
      suspension.event = null;
      removeUnneeded(target, suspension);
    }
  }

  private void removeUnneeded(Target target, Suspension suspension) {
    if (suspension.waiting == 0 && suspension.event == null) {
      suspensions.remove(key(target), suspension);
    }
  }

  /// The member says that it holds no lease. It counts only if it can have heard of the suspension.
  ///
  /// @param mapVersion that it has
  void dropped(Suspension suspension, long mapVersion) {
    suspension.fenced |= mapVersion >= suspension.mapVersion;
  }
}
