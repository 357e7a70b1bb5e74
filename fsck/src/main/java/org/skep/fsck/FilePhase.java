package org.skep.fsck;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.fsck.Servers.Place;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkComparison;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkStat;
import org.skep.wire.message.CompareChunksReply;
import org.skep.wire.message.CompareChunksRequest;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.InodeSummary;
import org.skep.wire.message.RecordDamage;
import org.skep.wire.message.ScanInodesReply;
import org.skep.wire.message.ScanInodesRequest;
import org.skep.wire.message.StatChunksReply;
import org.skep.wire.message.StatChunksRequest;

/// Whether the chunk files of each file are there, and not longer than its size allows.
///
/// A chunk file that is not there is a hole, unless the file has none: when the space that was last
/// told of it (which covers the whole file) reaches its size; or when no chunk file at all is left
/// of a file that had some space.
final class FilePhase {
  private static final String NAME = "files";
  private static final int FILES_MAX = 500;
  private static final int CHUNKS_MAX = 1000;
  private static final int ATTEMPTS = 5;
  private static final long PAUSE_NANOS = 300_000_000L;
  private static final int KEPT_MAX = 100_000;

  private final Servers servers;
  private final Report report;
  private final Names names;
  private final Set<Place> silent = new HashSet<>();
  private final Map<Place, Long> unknown = new TreeMap<>();
  private final List<Case> cases = new ArrayList<>();
  private long visited;

  FilePhase(Servers servers, Report report, Names names) {
    this.servers = servers;
    this.report = report;
    this.names = names;
  }

  /// A stripe of a file.
  private record Stripe(long inode, int number) {
    private ChunkId id() {
      return ChunkId.newBuilder().setInode(inode).setStripe(number).build();
    }
  }

  private record Case(Damage damage, long inode, long size, Place place, int stripe, String text) {}

  void run() throws NoAnswerException, InterruptedException {
    for (int shard : servers.shards()) {
      try {
        check(shard);
      } catch (NoAnswerException e) {
        report.gap("files of shard " + shard + ": " + e.reason());
      }
    }
    unknown.forEach((place, count) ->
        report.add(
            Finding.left(
                Damage.TARGET_UNKNOWN,
                place.text(),
                "has chunks of " + count + " files, and is not in the cluster map",
                report.whyLeft(Damage.TARGET_UNKNOWN))));
    settle();
  }

  private void check(int shard) throws NoAnswerException, InterruptedException {
    long after = 0;
    boolean end = false;
    while (!end) {
      ScanInodesReply reply =
          servers.shard(
              shard,
              Operations.SCAN_INODES,
              ScanInodesRequest.newBuilder()
                  .setWhat(ScanInodesRequest.What.WITH_CHUNKS)
                  .setAfter(after)
                  .setCountMax(FILES_MAX)
                  .build());
      Servers.check(reply.getEnd() || reply.getLast() != after, shard);
      check(reply.getInodesList());
      after = reply.getLast();
      end = reply.getEnd();
      visited += reply.getInodesCount();
      report.progress(NAME, visited, reply.getPermille());
    }
  }

  private void check(List<InodeSummary> files) throws NoAnswerException, InterruptedException {
    Map<Stripe, ChunkStat> stats = stats(files);
    for (InodeSummary file : files) {
      if (!suspicions(file, stats, false).isEmpty()) {
        examine(file.getInode());
      }
    }
  }

  /// The chunk files of these files, but those on targets that don't answer.
  private Map<Stripe, ChunkStat> stats(List<InodeSummary> files) {
    Map<Place, List<Stripe>> byPlace = new TreeMap<>();
    for (InodeSummary file : files) {
      for (int i = 0; i < file.getLayout().getStripesCount(); i++) {
        Place place = place(file, i);
        if (!servers.isKnown(place)) {
          unknown.merge(place, 1L, Long::sum);
        } else if (!silent.contains(place)) {
          byPlace
              .computeIfAbsent(place, _ -> new ArrayList<>())
              .add(new Stripe(file.getInode(), i));
        }
      }
    }
    Map<Stripe, ChunkStat> stats = new HashMap<>();
    byPlace.forEach((place, stripes) -> {
      try {
        stat(place, stripes, stats);
      } catch (NoAnswerException e) {
        silent.add(place);
        report.gap("files on " + place.text() + ": " + e.reason());
      }
    });
    return stats;
  }

  private void stat(Place place, List<Stripe> stripes, Map<Stripe, ChunkStat> stats)
      throws NoAnswerException {
    for (int at = 0; at < stripes.size(); at += CHUNKS_MAX) {
      List<Stripe> some = stripes.subList(at, Math.min(stripes.size(), at + CHUNKS_MAX));
      StatChunksRequest request =
          StatChunksRequest.newBuilder()
              .addAllChunks(some.stream().map(Stripe::id).toList())
              .build();
      StatChunksReply reply = servers.storage(place, Operations.STAT_CHUNKS, request);
      if (reply.getChunksCount() != some.size()) {
        throw new NoAnswerException(place.text() + " answers another question", 0);
      }
      for (int i = 0; i < some.size(); i++) {
        stats.put(some.get(i), reply.getChunks(i));
      }
    }
  }

  private static Place place(InodeSummary file, int stripe) {
    return Place.of(file.getLayout().getKind(), file.getLayout().getStripes(stripe));
  }

  /// What seems wrong with a file.
  ///
  /// @param written somebody has it open for writing: its chunk files may be longer than is known
  private List<Case> suspicions(InodeSummary file, Map<Stripe, ChunkStat> stats, boolean written) {
    Layout layout = layout(file);
    if (layout == null) {
      return List.of();
    }
    List<Case> found = new ArrayList<>();
    boolean dense = file.getSize() > 0 && file.getAllocatedBytes() >= file.getSize();
    boolean any = false;
    boolean complete = true;
    for (int i = 0; i < layout.stripes().size(); i++) {
      ChunkStat stat = stats.get(new Stripe(file.getInode(), i));
      complete &= stat != null;
      any |= stat != null && stat.getExists();
    }
    boolean nothingLeft = complete && !any && file.getAllocatedBytes() > 0 && file.getSize() > 0;
    for (int i = 0; i < layout.stripes().size(); i++) {
      ChunkStat stat = stats.get(new Stripe(file.getInode(), i));
      long needed = layout.chunkFileBytes(i, file.getSize());
      if (stat == null) {
        continue;
      }
      if (!stat.getExists() && needed > 0 && (dense || nothingLeft)) {
        found.add(
            newCase(
                Damage.CHUNK_MISSING,
                file,
                i,
                "its chunk file of stripe %d on %s is missing"
                    .formatted(i, place(file, i).text())));
      }
      if (stat.getExists() && stat.getLength() > needed && !written) {
        found.add(
            newCase(
                Damage.CHUNK_TOO_LONG,
                file,
                i,
                "its chunk file of stripe %d on %s has %d bytes, its size allows %d"
                    .formatted(i, place(file, i).text(), stat.getLength(), needed)));
      }
    }
    return found;
  }

  private static Case newCase(Damage damage, InodeSummary file, int stripe, String text) {
    return new Case(damage, file.getInode(), file.getSize(), place(file, stripe), stripe, text);
  }

  private static @Nullable Layout layout(InodeSummary file) {
    try {
      return MapCodec.of(file.getLayout());
    } catch (MalformedFrameException e) {
      return null;
    }
  }

  /// Looks again until the file is the same before and after its chunk files were looked at.
  private void examine(long inode) throws NoAnswerException, InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        servers.pause(PAUSE_NANOS << attempt);
      }
      ExaminedInode before = servers.examine(inode);
      if (!before.getExists() && !before.getBusy()) {
        return;
      }
      Map<Stripe, ChunkStat> stats =
          before.getBusy() ? Map.of() : stats(List.of(before.getSummary()));
      ExaminedInode after = servers.examine(inode);
      boolean atRest =
          !before.getBusy()
              && !after.getBusy()
              && !after.getTruncation()
              && before.getSummary().equals(after.getSummary());
      if (atRest) {
        boolean written = before.getWriters() > 0 || after.getWriters() > 0;
        for (Case one : suspicions(after.getSummary(), stats, written)) {
          add(one);
        }
        return;
      }
    }
    report.gap("file " + Ids.text(inode) + ", which is locked or changes all the time");
  }

  private void add(Case one) {
    if (one.damage == Damage.CHUNK_MISSING && one.place.group() && isOnSecondary(one)) {
      // The comparison of the copies tells that, and can repair it.
      return;
    }
    if (cases.size() < KEPT_MAX) {
      cases.add(one);
    } else {
      report.gap("more than " + KEPT_MAX + " files with missing or wrong chunk files");
    }
  }

  private boolean isOnSecondary(Case one) {
    try {
      CompareChunksReply reply =
          servers.storage(
              one.place,
              Operations.COMPARE_CHUNKS,
              CompareChunksRequest.newBuilder()
                  .addChunks(ChunkId.newBuilder().setInode(one.inode).setStripe(one.stripe))
                  .setLengthsOnly(true)
                  .build());
      return reply.getDoneCount() == 1
          && reply.getDone(0).getResult() == ChunkComparison.Result.ONLY_SECONDARY;
    } catch (NoAnswerException e) {
      // There is no second copy, or it can't be asked.
      return false;
    }
  }

  private void settle() throws NoAnswerException {
    Map<Long, String> described = new HashMap<>();
    for (List<Long> piece : NamePhase.pieces(cases.stream().map(Case::inode).distinct().toList())) {
      described.putAll(names.describe(piece));
    }
    int tooLong = (int) cases.stream().filter(one -> one.damage == Damage.CHUNK_TOO_LONG).count();
    boolean cut = report.mayRepair(Damage.CHUNK_TOO_LONG, tooLong);
    Set<Long> done = new HashSet<>();
    for (Case one : cases) {
      String where = described.getOrDefault(one.inode, "inode " + Ids.text(one.inode));
      if (one.damage != Damage.CHUNK_TOO_LONG || !cut) {
        report.add(Finding.left(one.damage, where, one.text, report.whyLeft(one.damage)));
      } else if (done.add(one.inode)) {
        cut(one, where);
      } else {
        report.add(Finding.repaired(one.damage, where, one.text, Damage.CHUNK_TOO_LONG.repair()));
      }
    }
  }

  private void cut(Case one, String where) {
    RecordDamage damage =
        RecordDamage.newBuilder()
            .setKind(RecordDamage.Kind.CHUNKS_TOO_LONG)
            .setInode(one.inode)
            .setNumber(one.size)
            .build();
    try {
      RecordPhase.repair(servers, report, Ids.shardOf(one.inode), damage, where, one.text);
    } catch (NoAnswerException e) {
      report.add(Finding.left(one.damage, where, one.text, "not repaired: " + e.reason()));
    }
  }
}
