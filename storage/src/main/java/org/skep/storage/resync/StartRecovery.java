package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.Range;
import org.skep.mirror.range.Recovery;
import org.skep.runtime.port.Memory;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;

/// Makes the secondary of a pair equal where this primary, or the one before it, was interrupted:
/// the ranges of the activity log, 512 at most, before anything is served.
public final class StartRecovery implements Recovery {
  private static final Equalizer.Guard ALONE =
      new Equalizer.Guard() {
        @Override
        public void pace(long bytes) throws InterruptedException {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
        }

        @Override
        public Equalizer.Locked lock(Item item, Range range) {
          return () -> {};
        }

        @Override
        public void equal(ItemRange range) {}

        @Override
        public void compared(long bytes) {}

        @Override
        public void sent(long bytes) {}
      };

  private final ChunkStore store;
  private volatile @Nullable GroupMember member;

  /// @param store of what the group has
  public StartRecovery(ChunkStore store) {
    this.store = store;
  }

  /// Which member it is for, before that is started.
  public void of(GroupMember recovering) {
    member = recovering;
  }

  @Override
  public void makeEqual(GroupView view, List<ItemRange> ranges)
      throws IOException, InterruptedException {
    GroupMember asking = member;
    if (asking == null) {
      throw new IllegalStateException("no member is named");
    }
    Map<Item, List<Range>> byItem = new TreeMap<>();
    for (ItemRange range : ranges) {
      byItem.computeIfAbsent(range.item(), missing -> new ArrayList<>()).add(range.range());
    }
    Secondary secondary = new Secondary(asking, view);
    ByteBuffer memory = Memory.allocate(Equalizer.STEP_BYTES);
    Equalizer equalizer = new Equalizer(store, secondary, ALONE, memory);
    try {
      for (Map.Entry<Item, List<Range>> entry : byItem.entrySet()) {
        Item item = entry.getKey();
        makeEqual(equalizer, new ChunkKey(item.id(), item.part()), entry.getValue());
      }
    } catch (InterruptedResyncException e) {
      throw new IOException(e.reason());
    }
  }

  private static void makeEqual(Equalizer equalizer, ChunkKey key, List<Range> ranges)
      throws IOException, InterruptedResyncException, InterruptedException {
    long length = equalizer.lengths(key);
    for (Range range : ranges) {
      long end = Math.min(range.end(), length);
      if (range.start() < end) {
        equalizer.walk(key, new Range(range.start(), end), true);
      }
    }
  }
}
