package org.skep.metadata.chunk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.metadata.record.GarbageRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes the chunks of files that are gone: the background job of the table GARBAGE. A record
/// stays until all its chunks are removed; a target that is away holds up only its own files. Used
/// by one thread.
public final class ChunkRemoval {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkRemoval.class);

  /// How many files are taken at a time: as many chunks fit in one request.
  private static final int FILES = 1000;

  private static final int CHUNKS = 1000;

  private final Shard shard;
  private final Chunks chunks;
  private final AtomicLong rounds = new AtomicLong();

  private record Stripe(PatternKind kind, int target) implements Comparable<Stripe> {
    @Override
    public int compareTo(Stripe other) {
      int byKind = Integer.compare(kind.getNumber(), other.kind.getNumber());
      return byKind != 0 ? byKind : Integer.compare(target, other.target);
    }
  }

  public ChunkRemoval(Shard shard, Chunks chunks) {
    this.shard = shard;
    this.chunks = chunks;
  }

  /// Goes through all garbage once.
  ///
  /// @return whether nothing is left of what was there when it began
  public boolean runOnce() throws DiskException, InterruptedException {
    boolean all = true;
    byte[] from = Keys.first();
    // A target that failed is left alone for the rest of the round.
    Set<Stripe> away = new TreeSet<>();
    while (true) {
      Map<Long, LayoutMessage> files = next(from);
      if (files.isEmpty()) {
        long _ = rounds.incrementAndGet();
        return all;
      }
      // A removal that a crash of the host undoes must find its chunks.
      long _ = shard.sync();
      long last = 0;
      for (long inode : files.keySet()) {
        last = inode;
      }
      all &= remove(files, away);
      from = Keys.of(last + 1);
    }
  }

  /// How often it has gone through all garbage. Any thread may ask.
  public long rounds() {
    return rounds.get();
  }

  private Map<Long, LayoutMessage> next(byte[] from) throws DiskException {
    Map<Long, LayoutMessage> files = new LinkedHashMap<>();
    shard
        .records()
        .scan(
            Table.GARBAGE,
            from,
            Keys.end(),
            (key, value) -> {
              GarbageRecord record = Records.parse(value, GarbageRecord.parser());
              files.put(Keys.number(key, 0), record.getLayout());
              return files.size() < FILES;
            });
    return files;
  }

  private boolean remove(Map<Long, LayoutMessage> files, Set<Stripe> away)
      throws DiskException, InterruptedException {
    Map<Stripe, List<ChunkId>> byStripe = new TreeMap<>();
    files.forEach((inode, layout) -> {
      for (int i = 0; i < layout.getStripesCount(); i++) {
        byStripe
            .computeIfAbsent(
                new Stripe(layout.getKind(), layout.getStripes(i)), key -> new ArrayList<>())
            .add(ChunkId.newBuilder().setInode(inode).setStripe(i).build());
      }
    });
    for (Map.Entry<Stripe, List<ChunkId>> work : byStripe.entrySet()) {
      if (!away.contains(work.getKey()) && !remove(work.getKey(), work.getValue())) {
        away.add(work.getKey());
      }
    }
    Draft draft = shard.draft();
    boolean all = true;
    for (Map.Entry<Long, LayoutMessage> file : files.entrySet()) {
      if (isAway(file.getValue(), away)) {
        all = false;
      } else {
        draft.batch().delete(Table.GARBAGE, Keys.of(file.getKey()));
      }
    }
    if (!draft.isEmpty()) {
      shard.apply(draft, false);
    }
    return all;
  }

  private static boolean isAway(LayoutMessage layout, Set<Stripe> away) {
    return layout.getStripesList().stream()
        .anyMatch(target -> away.contains(new Stripe(layout.getKind(), target)));
  }

  private boolean remove(Stripe stripe, List<ChunkId> all) throws InterruptedException {
    for (int at = 0; at < all.size(); at += CHUNKS) {
      List<ChunkId> some = all.subList(at, Math.min(all.size(), at + CHUNKS));
      Failure failure = chunks.remove(stripe.kind, stripe.target, some);
      if (failure != null) {
        LOG.debug("chunks not removed target={} reason={}", stripe.target, failure.detail());
        return false;
      }
    }
    return true;
  }
}
