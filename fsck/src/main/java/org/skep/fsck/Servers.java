package org.skep.fsck;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.route.Router;
import org.skep.runtime.route.Sequencer;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.ExamineReply;
import org.skep.wire.message.ExamineRequest;
import org.skep.wire.message.ExaminedEntry;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.PatternKind;

/// The servers of a cluster, asked one question after the other.
final class Servers {
  /// As many as one EXAMINE may ask for.
  static final int EXAMINED_MAX = 1000;

  private static final long WAIT_NANOS = 30_000_000_000L;
  private static final long LONG_WAIT_NANOS = 600_000_000_000L;
  private static final long PARTING_NANOS = 2_000_000_000L;

  private final Clock clock;
  private final Router router;
  private final MapSource maps;
  private final Sequencer sequencer = new Sequencer();
  private final TreeSet<Integer> asked = new TreeSet<>();

  Servers(Clock clock, Router router, MapSource maps) {
    this.clock = clock;
    this.router = router;
    this.maps = maps;
  }

  Clock clock() {
    return clock;
  }

  ClusterMap map() {
    return maps.current();
  }

  List<Integer> shards() {
    return map().groupsOf(NodeKind.METADATA).stream().map(BuddyGroup::id).sorted().toList();
  }

  /// Asks a shard; for what does no harm when it is repeated.
  <Q extends MessageLite, R extends MessageLite> R shard(
      int shard, Operation<Q, R> operation, Q request) throws NoAnswerException {
    asked.add(shard);
    return reply(
        "metadata shard " + shard,
        operation,
        router.callShard(shard, operation, request, 0, 0, WAIT_NANOS));
  }

  /// Asks a shard for a change that is made once, however often it is asked.
  <Q extends MessageLite, R extends MessageLite> R change(
      int shard, Operation<Q, R> operation, Q request) throws NoAnswerException {
    asked.add(shard);
    long sequence = sequencer.begin();
    try {
      long mark = sequencer.completedBelow();
      return reply(
          "metadata shard " + shard,
          operation,
          router.callShard(shard, operation, request, sequence, mark, WAIT_NANOS));
    } finally {
      sequencer.end(sequence);
    }
  }

  /// Asks a storage target or group.
  <Q extends MessageLite, R extends MessageLite> R storage(
      Place place, Operation<Q, R> operation, Q request) throws NoAnswerException {
    boolean takesLong = operation.equals(Operations.EQUALIZE_CHUNK);
    return reply(
        place.text(),
        operation,
        router.callStorage(
            place.group(),
            place.id(),
            operation,
            request,
            null,
            null,
            takesLong ? LONG_WAIT_NANOS : WAIT_NANOS));
  }

  private static <R extends MessageLite> R reply(
      String who, Operation<?, R> operation, Answer<R> answer) throws NoAnswerException {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) ->
          throw new NoAnswerException(
              who + ": " + operation.name() + ": " + failure.detail(), failure.errno());
    };
  }

  /// A storage target, or a group.
  record Place(boolean group, int id) implements Comparable<Place> {
    static Place of(PatternKind kind, int id) {
      return new Place(kind == PatternKind.BUDDY_MIRROR, id);
    }

    String text() {
      return "storage " + (group ? "group " : "target ") + id;
    }

    @Override
    public int compareTo(Place other) {
      int byKind = Boolean.compare(group, other.group);
      return byKind != 0 ? byKind : Integer.compare(id, other.id);
    }
  }

  /// Whether the map has it.
  boolean isKnown(Place place) {
    return place.group
        ? map().group(NodeKind.STORAGE, place.id) != null
        : map().target(NodeKind.STORAGE, place.id) != null;
  }

  /// Examines inodes of any shards, at most [#EXAMINED_MAX].
  ///
  /// @return in the order of the ids; an inode of a shard that is not in the map does not exist
  Map<Long, ExaminedInode> examine(Collection<Long> inodes) throws NoAnswerException {
    Map<Long, ExaminedInode> examined = new LinkedHashMap<>();
    List<Integer> known = shards();
    for (var part : byShard(inodes, inode -> inode).entrySet()) {
      if (!known.contains(part.getKey())) {
        part.getValue().forEach(inode -> examined.put(inode, ExaminedInode.getDefaultInstance()));
        continue;
      }
      ExamineRequest request = ExamineRequest.newBuilder().addAllInodes(part.getValue()).build();
      ExamineReply reply = shard(part.getKey(), Operations.EXAMINE, request);
      check(reply.getInodesCount() == part.getValue().size(), part.getKey());
      for (int i = 0; i < part.getValue().size(); i++) {
        examined.put(part.getValue().get(i), reply.getInodes(i));
      }
    }
    return examined;
  }

  ExaminedInode examine(long inode) throws NoAnswerException {
    ExaminedInode examined = examine(List.of(inode)).get(inode);
    return examined == null ? ExaminedInode.getDefaultInstance() : examined;
  }

  /// Examines entries of any directories, at most [#EXAMINED_MAX].
  Map<EntryKey, ExaminedEntry> examineEntries(Collection<EntryKey> entries)
      throws NoAnswerException {
    Map<EntryKey, ExaminedEntry> examined = new LinkedHashMap<>();
    for (var part : byShard(entries, EntryKey::getParent).entrySet()) {
      ExamineRequest request = ExamineRequest.newBuilder().addAllEntries(part.getValue()).build();
      ExamineReply reply = shard(part.getKey(), Operations.EXAMINE, request);
      check(reply.getEntriesCount() == part.getValue().size(), part.getKey());
      for (int i = 0; i < part.getValue().size(); i++) {
        examined.put(part.getValue().get(i), reply.getEntries(i));
      }
    }
    return examined;
  }

  static void check(boolean fits, int shard) throws NoAnswerException {
    if (!fits) {
      throw new NoAnswerException(
          "metadata shard " + shard + " answers another question than was asked", 0);
    }
  }

  static <T> SortedMap<Integer, List<T>> byShard(Collection<T> things, Function<T, Long> inode) {
    SortedMap<Integer, List<T>> byShard = new TreeMap<>();
    for (T thing : things) {
      byShard.computeIfAbsent(Ids.shardOf(inode.apply(thing)), _ -> new ArrayList<>()).add(thing);
    }
    return byShard;
  }

  /// Waits, so that what is under way can end.
  void pause(long nanos) throws InterruptedException {
    clock.sleepNanos(nanos);
  }

  /// Why a member pair of a group is not complete, or null if it is.
  static @Nullable String incomplete(ClusterMap map, BuddyGroup group) {
    if (!group.isPair()) {
      return map.describe(group) + " has one member";
    }
    var secondary = map.target(group.kind(), group.secondary());
    boolean good = secondary != null && secondary.consistency() == Consistency.GOOD;
    return good ? null : map.describe(group);
  }

  /// Ends this client's sessions.
  void leave() {
    for (int shard : asked) {
      var _ =
          router.callShard(
              shard,
              Operations.END_SESSION,
              EndSessionRequest.getDefaultInstance(),
              0,
              0,
              PARTING_NANOS);
    }
  }
}
