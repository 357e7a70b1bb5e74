package org.skep.client.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.skep.cluster.Ids;

/// Which batches of the shards hold changes that this client was told of and no fsync has covered
/// yet, for each inode: a fsync asks whether they are still there. Any thread may call it.
///
/// Of each life of a shard (batch numbers with the same upper 32 bits) the greatest number stands
/// for all, as a shard loses the last batches first.
///
/// Limits: 16,384 inodes, some 2 MB. Of those that were pushed out the numbers are kept together,
/// so that a loss is told to the first fsync that asks at that shard only. 16 lives an inode; with
/// more of them, all without a fsync, the loss is taken for certain.
final class UnsyncedChanges {
  static final int INODES_MAX = 16_384;
  static final int LIVES_MAX = 16;

  private static final int LIFE_BITS = 32;
  private static final long[] NONE = {};

  // All guarded by this.
  private final LinkedHashMap<Long, long[]> byInode = new LinkedHashMap<>();
  // By shard: of all its inodes, of inodes that were pushed out, and what is durable.
  private final Map<Integer, long[]> all = new HashMap<>();
  private final Map<Integer, long[]> pushedOut = new HashMap<>();
  private final Map<Integer, Long> durable = new HashMap<>();

  /// A change of the inode was answered.
  synchronized void add(long inode, long batch) {
    int shard = Ids.shardOf(inode);
    byInode.put(inode, with(byInode.getOrDefault(inode, NONE), batch));
    all.put(shard, with(all.getOrDefault(shard, NONE), batch));
    if (byInode.size() > INODES_MAX) {
      pushOutEldest();
    }
  }

  private void pushOutEldest() {
    Map.Entry<Long, long[]> eldest = byInode.pollFirstEntry();
    int shard = Ids.shardOf(eldest.getKey());
    long[] into = pushedOut.getOrDefault(shard, NONE);
    for (long batch : notDurable(shard, eldest.getValue())) {
      into = with(into, batch);
    }
    pushedOut.put(shard, into);
  }

  /// What a fsync of the inode has to ask for.
  synchronized List<Long> of(long inode) {
    int shard = Ids.shardOf(inode);
    long[] asked = byInode.getOrDefault(inode, NONE);
    for (long batch : pushedOut.getOrDefault(shard, NONE)) {
      asked = with(asked, batch);
    }
    return notDurable(shard, asked);
  }

  /// What a sync of the whole shard has to ask for.
  synchronized List<Long> ofShard(int shard) {
    return notDurable(shard, all.getOrDefault(shard, NONE));
  }

  private List<Long> notDurable(int shard, long[] batches) {
    long upTo = durable.getOrDefault(shard, 0L);
    List<Long> rest = new ArrayList<>();
    for (long batch : batches) {
      if (life(batch) != life(upTo) || batch > upTo) {
        rest.add(batch);
      }
    }
    return rest;
  }

  /// The shard has answered a fsync of the inode: the batches that were asked for are durable, or
  /// their loss is told now.
  ///
  /// @param upTo all batches of its life up to this one are durable
  synchronized void answered(long inode, List<Long> asked, long upTo) {
    int shard = Ids.shardOf(inode);
    durable.merge(shard, upTo, Math::max);
    drop(byInode, inode, asked);
    drop(pushedOut, shard, asked);
  }

  /// As [#answered], for a sync of the whole shard. Each inode's own fsync tells of its losses once
  /// more.
  synchronized void answeredShard(int shard, List<Long> asked, long upTo) {
    durable.merge(shard, upTo, Math::max);
    drop(all, shard, asked);
  }

  private static <K> void drop(Map<K, long[]> from, K key, List<Long> asked) {
    long[] batches = from.get(key);
    if (batches == null) {
      return;
    }
    long[] rest =
        Arrays.stream(batches)
            .filter(batch -> asked.stream().noneMatch(a -> life(a) == life(batch) && a >= batch))
            .toArray();
    if (rest.length == 0) {
      from.remove(key);
    } else {
      from.put(key, rest);
    }
  }

  private static long[] with(long[] batches, long batch) {
    for (int i = 0; i < batches.length; i++) {
      if (life(batches[i]) == life(batch)) {
        if (batches[i] >= batch) {
          return batches;
        }
        long[] raised = batches.clone();
        raised[i] = batch;
        return raised;
      }
    }
    if (batches.length == LIVES_MAX) {
      // A number that no shard has given out.
      return new long[] {Long.MAX_VALUE};
    }
    long[] longer = Arrays.copyOf(batches, batches.length + 1);
    longer[batches.length] = batch;
    return longer;
  }

  private static long life(long batch) {
    return batch >>> LIFE_BITS;
  }
}
