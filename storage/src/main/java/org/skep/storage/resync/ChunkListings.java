package org.skep.storage.resync;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkListing;
import org.skep.storage.chunk.ChunkStore;

/// The chunk files that either member has, each once, in directory order. What is made or removed
/// meanwhile may be there or not. For one thread.
final class ChunkListings {
  private static final int LIST_MAX = 1000;
  private static final Comparator<ChunkKey> ORDER =
      Comparator.comparing(key -> key.path(ChunkStore.MIRRORED));

  private final Source here;
  private final Source there;

  ChunkListings(ChunkStore store, Secondary secondary) {
    here = new Here(store);
    there = new There(secondary);
  }

  /// The next one, or null at the end.
  @Nullable ChunkKey next() throws IOException, InterruptedResyncException {
    ChunkKey first = here.peek();
    ChunkKey second = there.peek();
    if (first == null && second == null) {
      return null;
    }
    int order = first == null ? 1 : second == null ? -1 : ORDER.compare(first, second);
    if (order <= 0) {
      here.skip();
    }
    if (order >= 0) {
      there.skip();
    }
    return order <= 0 ? first : second;
  }

  /// One member's.
  private abstract static class Source {
    final Deque<ChunkKey> found = new ArrayDeque<>();
    boolean end;
    private @Nullable ChunkKey last;

    /// Finds some more, or the end.
    abstract void more() throws IOException, InterruptedResyncException;

    @Nullable ChunkKey peek() throws IOException, InterruptedResyncException {
      while (found.isEmpty() && !end) {
        more();
      }
      ChunkKey next = found.peek();
      if (next != null && last != null && ORDER.compare(last, next) >= 0) {
        throw new InterruptedResyncException("a member lists " + next + " after " + last);
      }
      return next;
    }

    void skip() {
      last = found.poll();
    }
  }

  private static final class Here extends Source {
    private final ChunkStore store;
    private ChunkListing.Cursor cursor = ChunkListing.Cursor.START;

    Here(ChunkStore store) {
      this.store = store;
    }

    @Override
    void more() throws IOException {
      ChunkListing listing = store.list(cursor, LIST_MAX);
      found.addAll(listing.chunks());
      cursor = listing.cursor();
      end = listing.end();
    }
  }

  private static final class There extends Source {
    private final Secondary secondary;
    private ByteString cursor = ByteString.EMPTY;

    There(Secondary secondary) {
      this.secondary = secondary;
    }

    @Override
    void more() throws IOException, InterruptedResyncException {
      Secondary.Listing listing = secondary.list(cursor);
      if (!listing.end() && listing.cursor().equals(cursor)) {
        throw new InterruptedResyncException("the secondary's list does not go on");
      }
      found.addAll(listing.chunks());
      cursor = listing.cursor();
      end = listing.end();
    }
  }
}
