package org.skep.fsck;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.fsck.Servers.Place;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkComparison;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.CompareChunksReply;
import org.skep.wire.message.CompareChunksRequest;
import org.skep.wire.message.CompareShardReply;
import org.skep.wire.message.CompareShardRequest;
import org.skep.wire.message.EqualizeChunkRequest;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.ListCopiesRequest;
import org.skep.wire.message.StatChunksReply;
import org.skep.wire.message.StatChunksRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TableRange;

/// Whether the members of each pair have the same. The primaries compare, with what they compare
/// locked, so that nothing has to be looked at again.
final class CopyPhase {
  private static final String NAME = "copies";
  private static final int COUNT_MAX = 500;
  private static final int KEPT_MAX = 100_000;

  private final Servers servers;
  private final Report report;
  private final Settings settings;
  private long visited;

  CopyPhase(Servers servers, Report report, Settings settings) {
    this.servers = servers;
    this.report = report;
    this.settings = settings;
  }

  private record Case(ChunkId chunk, ChunkComparison comparison) {
    private Damage damage() {
      return switch (comparison.getResult()) {
        case ONLY_PRIMARY, ONLY_SECONDARY -> Damage.COPY_MISSING;
        default -> Damage.COPIES_DIFFER;
      };
    }

    private String text() {
      return switch (comparison.getResult()) {
        case ONLY_PRIMARY -> "is missing on the secondary";
        case ONLY_SECONDARY -> "is missing on the primary";
        case LENGTHS ->
            "has %d bytes on the primary, %d on the secondary"
                .formatted(comparison.getPrimaryLength(), comparison.getSecondaryLength());
        case CONTENT -> "differs in the 64 KiB from byte " + comparison.getOffset() + " on";
        case EQUAL, UNRECOGNIZED -> "";
      };
    }
  }

  void run() throws NoAnswerException {
    ClusterMap map = servers.map();
    for (BuddyGroup group : map.groupsOf(NodeKind.STORAGE)) {
      String why = Servers.incomplete(map, group);
      if (why == null) {
        compareChunks(new Place(true, group.id()));
      } else {
        report.gap("copies were not compared: " + why);
      }
    }
    for (BuddyGroup group : map.groupsOf(NodeKind.METADATA)) {
      if (group.isPair()) {
        compareShard(map, group);
      }
    }
  }

  // --- storage groups ---------------------------------------------------------------------------

  private void compareChunks(Place group) {
    List<Case> cases = new ArrayList<>();
    try {
      ofPrimary(group, cases);
      ofSecondary(group, cases);
    } catch (NoAnswerException e) {
      report.gap("copies in " + group.text() + ": " + e.reason());
    }
    settle(group, cases);
  }

  private void ofPrimary(Place group, List<Case> cases) throws NoAnswerException {
    ByteString cursor = ByteString.EMPTY;
    boolean end = false;
    while (!end) {
      ListChunksReply page =
          servers.storage(
              group,
              Operations.LIST_CHUNKS,
              ListChunksRequest.newBuilder().setCursor(cursor).setCountMax(COUNT_MAX).build());
      goesOn(group, page, cursor);
      compare(group, page.getChunksList(), cases);
      cursor = page.getCursor();
      end = page.getEnd();
    }
  }

  private static void goesOn(Place group, ListChunksReply page, ByteString cursor)
      throws NoAnswerException {
    if (!page.getEnd() && page.getCursor().equals(cursor)) {
      throw new NoAnswerException(group.text() + ": its list does not go on", 0);
    }
  }

  /// Those that the primary lacks.
  private void ofSecondary(Place group, List<Case> cases) throws NoAnswerException {
    ByteString cursor = ByteString.EMPTY;
    boolean end = false;
    while (!end) {
      ListChunksReply page =
          servers.storage(
              group,
              Operations.LIST_COPIES,
              ListCopiesRequest.newBuilder().setCursor(cursor).setCountMax(COUNT_MAX).build());
      goesOn(group, page, cursor);
      List<ChunkId> chunks = page.getChunksList();
      StatChunksReply here =
          servers.storage(
              group,
              Operations.STAT_CHUNKS,
              StatChunksRequest.newBuilder().addAllChunks(chunks).build());
      List<ChunkId> missing = new ArrayList<>();
      for (int i = 0; i < Math.min(chunks.size(), here.getChunksCount()); i++) {
        if (!here.getChunks(i).getExists()) {
          missing.add(chunks.get(i));
        }
      }
      compare(group, missing, cases);
      cursor = page.getCursor();
      end = page.getEnd();
    }
  }

  private void compare(Place group, List<ChunkId> chunks, List<Case> cases)
      throws NoAnswerException {
    int at = 0;
    long offset = 0;
    while (at < chunks.size()) {
      CompareChunksReply reply =
          servers.storage(
              group,
              Operations.COMPARE_CHUNKS,
              CompareChunksRequest.newBuilder()
                  .addAllChunks(chunks.subList(at, chunks.size()))
                  .setOffset(offset)
                  .setLengthsOnly(!settings.content())
                  .build());
      boolean progress = reply.getDoneCount() > 0 || reply.getNextOffset() > offset;
      if (!progress || reply.getDoneCount() > chunks.size() - at) {
        throw new NoAnswerException(group.text() + ": the comparison does not go on", 0);
      }
      for (ChunkComparison one : reply.getDoneList()) {
        add(new Case(chunks.get(at++), one), cases);
      }
      offset = reply.getNextOffset();
      visited += reply.getDoneCount();
      report.progress(NAME, visited, -1);
    }
  }

  private void add(Case one, List<Case> cases) throws NoAnswerException {
    if (one.comparison.getResult() == ChunkComparison.Result.EQUAL) {
      return;
    }
    if (cases.size() >= KEPT_MAX) {
      report.gap("more than " + KEPT_MAX + " chunk files differ");
    } else if (servers.examine(one.chunk.getInode()).getExists()) {
      cases.add(one);
    }
  }

  private void settle(Place group, List<Case> cases) {
    for (Damage damage : List.of(Damage.COPY_MISSING, Damage.COPIES_DIFFER)) {
      List<Case> some = cases.stream().filter(one -> one.damage() == damage).toList();
      boolean repair = report.mayRepair(damage, some.size());
      for (Case one : some) {
        String where =
            "chunk file %016x-%d (inode %s) of %s"
                .formatted(
                    one.chunk.getInode(),
                    one.chunk.getStripe(),
                    Ids.text(one.chunk.getInode()),
                    group.text());
        if (repair) {
          equalize(group, one, where);
        } else {
          report.add(Finding.left(damage, where, one.text(), report.whyLeft(damage)));
        }
      }
    }
  }

  private void equalize(Place group, Case one, String where) {
    boolean fromSecondary = one.comparison.getResult() == ChunkComparison.Result.ONLY_SECONDARY;
    try {
      var _ =
          servers.storage(
              group,
              Operations.EQUALIZE_CHUNK,
              EqualizeChunkRequest.newBuilder()
                  .setChunk(one.chunk)
                  .setFromSecondary(fromSecondary)
                  .build());
      var _ =
          servers.storage(
              group,
              Operations.SYNC_CHUNK,
              SyncChunkRequest.newBuilder().setChunk(one.chunk).build());
      report.add(
          Finding.repaired(
              one.damage(),
              where,
              one.text(),
              fromSecondary ? "copied to the primary" : "copied to the secondary"));
    } catch (NoAnswerException e) {
      report.add(Finding.left(one.damage(), where, one.text(), "not copied: " + e.reason()));
    }
  }

  // --- metadata groups --------------------------------------------------------------------------

  private void compareShard(ClusterMap map, BuddyGroup group) {
    String why = Servers.incomplete(map, group);
    try {
      ByteString cursor = ByteString.EMPTY;
      boolean end = why != null;
      while (!end) {
        CompareShardReply reply =
            servers.shard(
                group.id(),
                Operations.COMPARE_SHARD,
                CompareShardRequest.newBuilder().setCursor(cursor).build());
        if (!reply.getCompared()) {
          why = "metadata group " + group.id() + " has no second member that has everything";
          break;
        }
        Servers.check(reply.getEnd() || !reply.getCursor().equals(cursor), group.id());
        for (TableRange range : reply.getDifferingList()) {
          differs(group, range);
        }
        if (reply.getUnsettled() > 0) {
          report.gap("parts of metadata group " + group.id() + " that change all the time");
        }
        cursor = reply.getCursor();
        end = reply.getEnd();
        visited += reply.getVisited();
        report.progress(NAME, visited, -1);
      }
    } catch (NoAnswerException e) {
      why = e.reason();
    }
    if (why != null) {
      report.gap("copies were not compared: " + why);
    }
  }

  private void differs(BuddyGroup group, TableRange range) {
    report.add(
        Finding.left(
            Damage.SHARD_COPIES_DIFFER,
            "metadata group " + group.id(),
            "members %d and %d differ in table %d"
                .formatted(group.primary(), group.secondary(), range.getTable()),
            "`skep ctl --startresync --nodetype=meta --mirrorgroupid=%d` makes the secondary like the primary"
                .formatted(group.id())));
  }
}
