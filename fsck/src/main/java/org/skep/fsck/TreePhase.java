package org.skep.fsck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.skep.cluster.Ids;
import org.skep.wire.Operations;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.InodeSummary;
import org.skep.wire.message.ScanInodesReply;
import org.skep.wire.message.ScanInodesRequest;

/// Directories that lie in themselves: each knows its parent, and following the parents never ends.
/// They can't be reached from the root.
final class TreePhase {
  private static final String NAME = "circles";
  private static final int COUNT_MAX = 10_000;

  /// 17 bytes of memory each.
  private static final int DIRECTORIES_MAX = 16_000_000;

  private static final int FIRST = 1 << 12;
  private static final int ATTEMPTS = 4;
  private static final long PAUSE_NANOS = 500_000_000L;

  private static final byte UNKNOWN = 0;
  private static final byte ON_THE_WAY = 1;
  private static final byte DONE = 2;

  private final Servers servers;
  private final Report report;
  private final Names names;
  private final LostAndFound lost;
  private long[] ids = new long[FIRST];
  private long[] parents = new long[FIRST];
  private int size;

  TreePhase(Servers servers, Report report, Names names, LostAndFound lost) {
    this.servers = servers;
    this.report = report;
    this.names = names;
    this.lost = lost;
  }

  void run() throws NoAnswerException, InterruptedException {
    for (int shard : servers.shards()) {
      read(shard);
    }
    byte[] state = new byte[size];
    for (int i = 0; i < size; i++) {
      List<Long> circle = follow(i, state);
      if (!circle.isEmpty() && isStill(circle)) {
        settle(circle);
      }
    }
  }

  private void read(int shard) throws NoAnswerException {
    long after = 0;
    boolean end = false;
    while (!end) {
      ScanInodesReply reply =
          servers.shard(
              shard,
              Operations.SCAN_INODES,
              ScanInodesRequest.newBuilder()
                  .setWhat(ScanInodesRequest.What.DIRECTORIES)
                  .setAfter(after)
                  .setCountMax(COUNT_MAX)
                  .build());
      Servers.check(reply.getEnd() || reply.getLast() != after, shard);
      for (InodeSummary inode : reply.getInodesList()) {
        add(inode.getInode(), inode.getParent());
      }
      after = reply.getLast();
      end = reply.getEnd();
      report.progress(NAME, size, reply.getPermille());
    }
  }

  private void add(long inode, long parent) throws NoAnswerException {
    if (size == DIRECTORIES_MAX) {
      throw new NoAnswerException("there are more than " + DIRECTORIES_MAX + " directories", 0);
    }
    if (size == ids.length) {
      int bigger = (int) Math.min(DIRECTORIES_MAX, 2L * size);
      ids = Arrays.copyOf(ids, bigger);
      parents = Arrays.copyOf(parents, bigger);
    }
    ids[size] = inode;
    parents[size++] = parent;
  }

  private int find(long inode) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(ids[middle], inode);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /// Goes up from a directory to the first one whose way is known.
  ///
  /// @return the circle that it came into, if it is a new one
  private List<Long> follow(int from, byte[] state) {
    List<Integer> way = new ArrayList<>();
    List<Long> circle = new ArrayList<>();
    int at = from;
    while (at >= 0 && state[at] == UNKNOWN) {
      state[at] = ON_THE_WAY;
      way.add(at);
      // The root is its own parent.
      at = parents[at] == ids[at] ? -1 : find(parents[at]);
    }
    if (at >= 0 && state[at] == ON_THE_WAY) {
      for (int i = way.indexOf(at); i < way.size(); i++) {
        circle.add(ids[way.get(i)]);
      }
    }
    for (int visited : way) {
      state[visited] = DONE;
    }
    return circle;
  }

  /// Whether the circle is there at one moment: its members are the same in two looks.
  private boolean isStill(List<Long> circle) throws NoAnswerException, InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        servers.pause(PAUSE_NANOS << attempt);
      }
      Map<Long, ExaminedInode> first = examine(circle);
      Map<Long, ExaminedInode> second = examine(circle);
      boolean still = true;
      boolean clear = true;
      for (int i = 0; i < circle.size(); i++) {
        ExaminedInode now = first.getOrDefault(circle.get(i), ExaminedInode.getDefaultInstance());
        ExaminedInode then = second.getOrDefault(circle.get(i), now);
        long parent = circle.get((i + 1) % circle.size());
        clear &= !now.getBusy() && !then.getBusy() && now.getVersion() == then.getVersion();
        still &= now.getExists() && now.getSummary().getParent() == parent;
      }
      if (clear) {
        return still;
      }
    }
    report.gap(
        "a circle of directories with %s, which change all the time"
            .formatted(Ids.text(circle.getFirst())));
    return false;
  }

  private Map<Long, ExaminedInode> examine(List<Long> circle) throws NoAnswerException {
    Map<Long, ExaminedInode> examined = new LinkedHashMap<>();
    for (List<Long> piece : NamePhase.pieces(circle)) {
      examined.putAll(servers.examine(piece));
    }
    return examined;
  }

  private void settle(List<Long> circle) throws NoAnswerException {
    long moved = new TreeSet<>(circle).first();
    String where = "inode " + Ids.text(moved);
    String text =
        "lies in a circle of %d directories: %s"
            .formatted(
                circle.size(),
                String.join(", ", circle.stream().limit(10).map(Ids::text).toList()));
    if (!report.mayRepair(Damage.CIRCLE, 1)) {
      report.add(Finding.left(Damage.CIRCLE, where, text, report.whyLeft(Damage.CIRCLE)));
      return;
    }
    List<Names.Name> found = names.find(List.of(moved)).of(moved);
    try {
      if (found.size() != 1) {
        report.add(Finding.left(Damage.CIRCLE, where, text, "it has " + found.size() + " names"));
        return;
      }
      String path = lost.move(found.getFirst(), moved);
      report.add(Finding.repaired(Damage.CIRCLE, where, text, "is now " + path));
    } catch (NoAnswerException e) {
      report.add(Finding.left(Damage.CIRCLE, where, text, "not repaired: " + e.reason()));
    }
  }
}
