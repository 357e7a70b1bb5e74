package org.skep.metadata.replication;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Reads the content that the members of a shard share: all tables but the log, without the few
/// keys that are each store's own. Any thread may call it.
public final class ContentReader {
  private final KeyValueStore store;

  /// The beginning of a range.
  ///
  /// @param range what was read of it
  /// @param isLast whether that was all
  public record Piece(
      KeyRange range, List<StoredEntry> entries, RangeDigest digest, boolean isLast) {

    /// Of all keys and values.
    public long bytes() {
      return entries.stream().mapToLong(StoredEntry::bytes).sum();
    }
  }

  public ContentReader(KeyValueStore store) {
    this.store = store;
  }

  /// The tables that are shared.
  public static Set<Table> tables() {
    return EnumSet.complementOf(EnumSet.of(Table.LOG));
  }

  /// Whether the key is each store's own, and never copied.
  static boolean isOwn(Table table, byte[] key) {
    return table == Table.META
        && (Arrays.equals(key, Keys.batchNumber()) || Arrays.equals(key, Keys.copying()));
  }

  /// The present value of a key.
  public StoredEntry read(TableKey key) throws DiskException {
    return new StoredEntry(key.table(), key.key(), store.get(key.table(), key.key()));
  }

  /// The digest of a range; [RangeDigest#TOO_MANY] if it has more keys than that.
  public RangeDigest digest(KeyRange range, int keysMax) throws DiskException {
    Digest digest = new Digest();
    try (Cursor cursor = store.scan(range.table(), range.from(), range.to())) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        if (isOwn(range.table(), key)) {
          continue;
        }
        if (digest.keys == keysMax) {
          return RangeDigest.TOO_MANY;
        }
        digest.add(key, cursor.value());
      }
    }
    return digest.finish();
  }

  /// Reads from the beginning of a range on: at most `keysMax` keys, and `bytesMax` or one key.
  public Piece piece(KeyRange range, int keysMax, long bytesMax) throws DiskException {
    Digest digest = new Digest();
    List<StoredEntry> entries = new ArrayList<>();
    long bytes = 0;
    try (Cursor cursor = store.scan(range.table(), range.from(), range.to())) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        if (isOwn(range.table(), key)) {
          continue;
        }
        byte[] value = cursor.value();
        bytes += key.length + value.length;
        if (entries.size() == keysMax || (!entries.isEmpty() && bytes > bytesMax)) {
          KeyRange read = new KeyRange(range.table(), range.from(), key);
          return new Piece(read, entries, digest.finish(), false);
        }
        digest.add(key, value);
        entries.add(new StoredEntry(range.table(), key, value));
      }
    }
    return new Piece(range, entries, digest.finish(), true);
  }

  private static final class Digest {
    private final MessageDigest sha = sha();
    private long keys;

    private static MessageDigest sha() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }

    private void add(byte[] key, byte[] value) {
      sha.update(ByteBuffer.allocate(8).putInt(key.length).putInt(value.length).flip());
      sha.update(key);
      sha.update(value);
      keys++;
    }

    private RangeDigest finish() {
      return new RangeDigest(ByteBuffer.wrap(sha.digest()).getLong(), keys, false);
    }
  }
}
