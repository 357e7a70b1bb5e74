package org.skep.fsck;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.skep.wire.Operations;
import org.skep.wire.message.InodeSummary;
import org.skep.wire.message.ScanEntriesReply;
import org.skep.wire.message.ScanEntriesRequest;
import org.skep.wire.message.ScanInodesReply;
import org.skep.wire.message.ScanInodesRequest;

/// Whether entries and inodes fit together over all shards. A pass takes as many inodes as memory
/// allows, in the order of their ids, and counts the entries of all shards that lead to them. What
/// does not fit is a suspect, which [NameExamination] looks at again.
final class NamePhase {
  private static final String NAME = "names";
  private static final int COUNT_MAX = 10_000;
  private static final int TYPE_SHIFT = 12;

  /// More than this in one pass is for another check.
  private static final int SUSPECTS_MAX = 1_000_000;

  private final Servers servers;
  private final Report report;
  private final InodeTable table;
  private final NameExamination examination;
  private final Set<Long> suspects = new TreeSet<>(Long::compareUnsigned);
  private long visited;
  private boolean tooMany;

  // Where the next pass begins: in this shard of the list, behind this inode.
  private int shardAt;
  private long after;

  NamePhase(Servers servers, Report report, Settings settings, Names names, LostAndFound lost) {
    this.servers = servers;
    this.report = report;
    table = new InodeTable(settings.inodesMax());
    examination = new NameExamination(servers, report, names, lost);
  }

  void run() throws NoAnswerException, InterruptedException {
    List<Integer> shards = servers.shards();
    long first = 0;
    while (first != -1) {
      table.clear();
      suspects.clear();
      readInodes(shards);
      boolean last = shardAt == shards.size();
      long until = last ? -1 : table.inode(table.size() - 1);
      countNames(shards, first, until);
      addSuspects();
      examination.examine(suspects);
      first = last ? -1 : until + 1;
    }
    if (tooMany) {
      report.gap("names: more than " + SUSPECTS_MAX + " inodes look wrong: check again");
    }
  }

  private void readInodes(List<Integer> shards) throws NoAnswerException {
    while (shardAt < shards.size() && !table.isFull()) {
      ScanInodesReply reply =
          servers.shard(
              shards.get(shardAt),
              Operations.SCAN_INODES,
              ScanInodesRequest.newBuilder()
                  .setWhat(ScanInodesRequest.What.NAMED)
                  .setAfter(after)
                  .setCountMax(COUNT_MAX)
                  .build());
      Servers.check(reply.getEnd() || reply.getLast() != after, shards.get(shardAt));
      boolean all = true;
      for (InodeSummary inode : reply.getInodesList()) {
        if (table.isFull()) {
          all = false;
          break;
        }
        after = inode.getInode();
        table.add(
            inode.getInode(), inode.getMode() >>> TYPE_SHIFT, inode.getLinks(), inode.getParent());
      }
      if (all) {
        after = reply.getLast();
      }
      if (all && reply.getEnd()) {
        shardAt++;
        after = 0;
      }
      visited += reply.getInodesCount();
      report.progress(NAME, visited, permille(shardAt, shards.size(), reply.getPermille()));
    }
  }

  private static int permille(int shards, int of, int inShard) {
    return Math.min(1000, (shards * 1000 + inShard) / Math.max(1, of));
  }

  private void countNames(List<Integer> shards, long first, long last) throws NoAnswerException {
    for (int shard : shards) {
      ByteString cursor = ByteString.EMPTY;
      boolean end = false;
      while (!end) {
        ScanEntriesReply reply =
            servers.shard(
                shard,
                Operations.SCAN_ENTRIES,
                ScanEntriesRequest.newBuilder()
                    .setCursor(cursor)
                    .setCountMax(COUNT_MAX)
                    .setFirstTarget(first)
                    .setLastTarget(last)
                    .build());
        boolean fits =
            reply.getDirectoriesCount() == reply.getTargetsCount()
                && reply.getTypes().size() == reply.getTargetsCount()
                && (reply.getEnd() || !reply.getCursor().equals(cursor));
        Servers.check(fits, shard);
        for (int i = 0; i < reply.getTargetsCount(); i++) {
          count(reply.getTargets(i), reply.getDirectories(i), reply.getTypes().byteAt(i));
        }
        cursor = reply.getCursor();
        end = reply.getEnd();
        visited += reply.getTargetsCount();
        report.progress(NAME, visited, -1);
      }
    }
  }

  private void count(long target, long directory, int type) {
    int index = table.find(target);
    if (index < 0) {
      suspect(target);
    } else {
      table.named(index, directory, type);
    }
  }

  private void addSuspects() {
    long root = servers.map().rootInode();
    for (int i = 0; i < table.size(); i++) {
      if (table.isSuspect(i, root)) {
        suspect(table.inode(i));
      }
    }
  }

  private void suspect(long inode) {
    if (suspects.size() < SUSPECTS_MAX) {
      suspects.add(inode);
    } else {
      tooMany = true;
    }
  }

  /// In pieces that one walk can look for.
  static List<List<Long>> pieces(Iterable<Long> inodes) {
    List<List<Long>> pieces = new ArrayList<>();
    for (long inode : inodes) {
      if (pieces.isEmpty() || pieces.getLast().size() == Names.TARGETS_MAX) {
        pieces.add(new ArrayList<>());
      }
      pieces.getLast().add(inode);
    }
    return pieces;
  }
}
