package org.skep.storage.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Clock;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkListing;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.StorageTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares the chunk files of a target with the inodes the shards have, and removes those without
/// one. Safe while files are made and written: an inode is there before its first chunk file, ids
/// are never used again, and the shard is asked after the chunk file was seen. Files of a shard
/// that can't answer stay until the next sweep.
public final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private static final int BATCH_CHUNKS_MAX = 1000;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final Clock clock;
  private final LivingInodes living;
  private final int chunksPerSecondMax;

  /// What a sweep did.
  ///
  /// @param skipped whose shard could not answer
  public record Result(long seen, long removed, long skipped) {
    Result plus(Result other) {
      return new Result(seen + other.seen, removed + other.removed, skipped + other.skipped);
    }
  }

  /// @param chunksPerSecondMax how fast a sweep may go, so that it does not disturb
  public Sweep(Clock clock, LivingInodes living, int chunksPerSecondMax) {
    if (chunksPerSecondMax < 1) {
      throw new IllegalArgumentException("a sweep of " + chunksPerSecondMax + " chunks a second");
    }
    this.clock = clock;
    this.living = living;
    this.chunksPerSecondMax = chunksPerSecondMax;
  }

  /// The chunk files that are swept.
  interface Content {
    ChunkListing list(ChunkListing.Cursor cursor, int countMax) throws IOException;

    void remove(ChunkKey key) throws IOException;
  }

  /// Sweeps what the target has alone, on the calling thread.
  ///
  /// @throws IOException if its disk fails; the rest is left to the next sweep
  public Result run(StorageTarget target) throws IOException, InterruptedException {
    return run("target " + target.id(), own(target.chunks()));
  }

  private static Content own(ChunkStore chunks) {
    return new Content() {
      @Override
      public ChunkListing list(ChunkListing.Cursor cursor, int countMax) throws IOException {
        return chunks.list(cursor, countMax);
      }

      @Override
      public void remove(ChunkKey key) throws IOException {
        chunks.remove(key);
      }
    };
  }

  /// Sweeps what the target has with its group, on both members, if it is the primary; else nothing
  /// is seen.
  ///
  /// @throws IOException if its disk fails, or it is no longer the primary; the rest is left to the
  ///   next sweep
  public Result runGroup(StorageTarget target) throws IOException, InterruptedException {
    StorageTarget.Membership membership = target.membership();
    Role role = membership == null ? Role.NONE : membership.member().view().role();
    if (membership == null || (role != Role.PRIMARY_OF_PAIR && role != Role.PRIMARY_ALONE)) {
      return new Result(0, 0, 0);
    }
    return run("group " + membership.member().view().groupId(), new GroupContent(membership));
  }

  private Result run(String name, Content content) throws IOException, InterruptedException {
    Set<Integer> silentShards = new HashSet<>();
    Result sum = new Result(0, 0, 0);
    ChunkListing.Cursor cursor = ChunkListing.Cursor.START;
    boolean end = false;
    while (!end) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      ChunkListing listing = content.list(cursor, BATCH_CHUNKS_MAX);
      sum = sweep(name, content, listing.chunks(), silentShards, sum);
      cursor = listing.cursor();
      end = listing.end();
      if (!end) {
        clock.sleepNanos(listing.chunks().size() * SECOND_NANOS / chunksPerSecondMax);
      }
    }
    if (sum.removed > 0 || sum.skipped > 0) {
      LOG.info(
          "{}: sweep done seen={} removed={} skipped={}", name, sum.seen, sum.removed, sum.skipped);
    }
    return sum;
  }

  private Result sweep(
      String name, Content content, List<ChunkKey> chunks, Set<Integer> silentShards, Result before)
      throws IOException, InterruptedException {
    SortedMap<Integer, List<ChunkKey>> byShard = new TreeMap<>();
    for (ChunkKey key : chunks) {
      byShard.computeIfAbsent(Ids.shardOf(key.inode()), shard -> new ArrayList<>()).add(key);
    }
    long removed = 0;
    long skipped = 0;
    for (var entry : byShard.entrySet()) {
      Set<Long> alive = silentShards.contains(entry.getKey()) ? null : ask(entry);
      if (alive == null) {
        silentShards.add(entry.getKey());
        skipped += entry.getValue().size();
        continue;
      }
      for (ChunkKey key : entry.getValue()) {
        if (!alive.contains(key.inode())) {
          LOG.debug("{}: removing chunk file {}: its inode is gone", name, key);
          content.remove(key);
          removed++;
        }
      }
    }
    return new Result(
        before.seen + chunks.size(), before.removed + removed, before.skipped + skipped);
  }

  private @Nullable Set<Long> ask(Map.Entry<Integer, List<ChunkKey>> chunksOfShard)
      throws InterruptedException {
    List<Long> inodes = chunksOfShard.getValue().stream().map(ChunkKey::inode).distinct().toList();
    return living.of(chunksOfShard.getKey(), inodes);
  }
}
