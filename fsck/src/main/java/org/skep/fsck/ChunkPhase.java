package org.skep.fsck;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.fsck.Servers.Place;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.ListCopiesRequest;
import org.skep.wire.message.PatternKind;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.StatChunksRequest;

/// Whether each chunk file belongs to a file, and stands where the file's layout has it. An inode
/// is there before its first chunk file, its layout never changes, and its id is never used again;
/// so what is asked after the chunk file was seen is certain, once the removal of a file's chunks
/// is over.
final class ChunkPhase {
  private static final String NAME = "chunks";
  private static final int COUNT_MAX = 1000;
  private static final int KEPT_MAX = 100_000;

  private final Servers servers;
  private final Report report;
  private long visited;

  ChunkPhase(Servers servers, Report report) {
    this.servers = servers;
    this.report = report;
  }

  private record Case(Damage damage, ChunkId chunk, boolean rightOneThere, String text) {}

  void run() throws NoAnswerException {
    for (Target target : servers.map().targetsOf(NodeKind.STORAGE)) {
      check(new Place(false, target.id()), false);
    }
    for (BuddyGroup group : servers.map().groupsOf(NodeKind.STORAGE)) {
      check(new Place(true, group.id()), false);
      if (Servers.incomplete(servers.map(), group) == null) {
        check(new Place(true, group.id()), true);
      }
    }
  }

  private void check(Place place, boolean secondary) throws NoAnswerException {
    List<Case> cases = new ArrayList<>();
    try {
      ByteString cursor = ByteString.EMPTY;
      boolean end = false;
      while (!end) {
        ListChunksReply page = page(place, secondary, cursor);
        if (!page.getEnd() && page.getCursor().equals(cursor)) {
          throw new NoAnswerException(place.text() + ": its list does not go on", 0);
        }
        check(place, page.getChunksList(), cases);
        cursor = page.getCursor();
        end = page.getEnd();
        visited += page.getChunksCount();
        report.progress(NAME, visited, -1);
      }
    } catch (NoAnswerException e) {
      report.gap("chunk files on " + place.text() + ": " + e.reason());
    }
    settle(place, cases);
  }

  private ListChunksReply page(Place place, boolean secondary, ByteString cursor)
      throws NoAnswerException {
    if (secondary) {
      return servers.storage(
          place,
          Operations.LIST_COPIES,
          ListCopiesRequest.newBuilder().setCursor(cursor).setCountMax(COUNT_MAX).build());
    }
    return servers.storage(
        place,
        Operations.LIST_CHUNKS,
        ListChunksRequest.newBuilder().setCursor(cursor).setCountMax(COUNT_MAX).build());
  }

  private void check(Place place, List<ChunkId> chunks, List<Case> cases) throws NoAnswerException {
    Map<Long, LayoutMessage> layouts = layouts(chunks);
    for (ChunkId chunk : chunks) {
      LayoutMessage layout = layouts.get(chunk.getInode());
      if (layout == null || !fits(place, chunk, layout)) {
        examine(place, chunk, cases);
      }
    }
  }

  private Map<Long, LayoutMessage> layouts(List<ChunkId> chunks) throws NoAnswerException {
    Map<Long, LayoutMessage> layouts = new HashMap<>();
    List<Integer> shards = servers.shards();
    List<Long> inodes = chunks.stream().map(ChunkId::getInode).distinct().toList();
    for (var part : Servers.byShard(inodes, inode -> inode).entrySet()) {
      if (shards.contains(part.getKey())) {
        GetAttributesReply reply =
            servers.shard(
                part.getKey(),
                Operations.GET_ATTRIBUTES,
                GetAttributesRequest.newBuilder().addAllInodes(part.getValue()).build());
        for (Attributes attributes : reply.getAttributesList()) {
          layouts.put(attributes.getInode(), attributes.getLayout());
        }
      }
    }
    return layouts;
  }

  private static boolean fits(Place place, ChunkId chunk, LayoutMessage layout) {
    boolean mirrored = layout.getKind() == PatternKind.BUDDY_MIRROR;
    return mirrored == place.group()
        && chunk.getStripe() < layout.getStripesCount()
        && layout.getStripes(chunk.getStripe()) == place.id();
  }

  private void examine(Place place, ChunkId chunk, List<Case> cases) throws NoAnswerException {
    if (cases.size() >= KEPT_MAX) {
      report.gap("more than " + KEPT_MAX + " wrong chunk files on " + place.text());
      return;
    }
    ExaminedInode inode = servers.examine(chunk.getInode());
    if (inode.getBusy() || inode.getGarbage()) {
      return;
    }
    if (!inode.getExists()) {
      cases.add(
          new Case(
              Damage.CHUNK_WITHOUT_FILE,
              chunk,
              false,
              "belongs to inode " + Ids.text(chunk.getInode()) + ", which is missing"));
    } else if (!fits(place, chunk, inode.getSummary().getLayout())) {
      LayoutMessage layout = inode.getSummary().getLayout();
      cases.add(
          new Case(
              Damage.CHUNK_MISPLACED,
              chunk,
              isRightOneThere(chunk, layout),
              "stripe %d of inode %s, whose layout is %s %s"
                  .formatted(
                      chunk.getStripe(),
                      Ids.text(chunk.getInode()),
                      layout.getKind() == PatternKind.BUDDY_MIRROR ? "groups" : "targets",
                      layout.getStripesList())));
    }
  }

  private boolean isRightOneThere(ChunkId chunk, LayoutMessage layout) {
    if (chunk.getStripe() >= layout.getStripesCount()) {
      return true;
    }
    Place right = Place.of(layout.getKind(), layout.getStripes(chunk.getStripe()));
    try {
      return servers.isKnown(right) && exists(right, chunk);
    } catch (NoAnswerException e) {
      return false;
    }
  }

  private boolean exists(Place place, ChunkId chunk) throws NoAnswerException {
    return servers
        .storage(
            place, Operations.STAT_CHUNKS, StatChunksRequest.newBuilder().addChunks(chunk).build())
        .getChunksList()
        .stream()
        .anyMatch(stat -> stat.getExists());
  }

  private void settle(Place place, List<Case> found) {
    List<Case> cases = found.stream().filter(one -> isStillThere(place, one)).toList();
    boolean orphans = mayRepair(Damage.CHUNK_WITHOUT_FILE, cases);
    boolean misplaced = mayRepair(Damage.CHUNK_MISPLACED, cases);
    for (Case one : cases) {
      boolean repair =
          one.damage == Damage.CHUNK_WITHOUT_FILE ? orphans : misplaced && one.rightOneThere;
      String where =
          "chunk file %016x-%d on %s"
              .formatted(one.chunk.getInode(), one.chunk.getStripe(), place.text());
      if (repair) {
        remove(place, one, where);
      } else {
        String why =
            one.damage == Damage.CHUNK_MISPLACED && !one.rightOneThere
                ? "the right one is missing: move it there by hand, if it is this file's"
                : report.whyLeft(one.damage);
        report.add(Finding.left(one.damage, where, one.text, why));
      }
    }
  }

  private boolean mayRepair(Damage damage, List<Case> cases) {
    return report.mayRepair(
        damage, (int) cases.stream().filter(one -> one.damage == damage).count());
  }

  /// Its file may have been removed since, and its chunks with it.
  private boolean isStillThere(Place place, Case one) {
    if (one.damage != Damage.CHUNK_WITHOUT_FILE || place.group()) {
      // Of a group, the secondary may be the one that has it.
      return true;
    }
    try {
      return exists(place, one.chunk);
    } catch (NoAnswerException e) {
      return true;
    }
  }

  private void remove(Place place, Case one, String where) {
    try {
      var _ =
          servers.storage(
              place,
              Operations.REMOVE_CHUNKS,
              RemoveChunksRequest.newBuilder().addChunks(one.chunk).build());
      report.add(Finding.repaired(one.damage, where, one.text, "removed"));
    } catch (NoAnswerException e) {
      report.add(Finding.left(one.damage, where, one.text, "not removed: " + e.reason()));
    }
  }
}
