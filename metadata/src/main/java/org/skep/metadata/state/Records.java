package org.skep.metadata.state;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Reads a shard's state. What it gives is what was applied last; who needs several values that fit
/// together holds the inode's lock. Any thread may call it.
public final class Records {
  private static final int ENTRY_BYTES = 17;
  private static final int COOKIE_NAME_AT = 9;

  private final KeyValueStore store;

  public Records(KeyValueStore store) {
    this.store = store;
  }

  /// Visits one key and its value.
  public interface Visitor {
    /// @return whether to go on
    boolean visit(byte[] key, byte[] value) throws DiskException;
  }

  /// An entry found by its cookie.
  public record ListedEntry(ByteString name, long inode, int type, long cookie) {}

  public @Nullable InodeRecord inode(long inode) throws DiskException {
    return get(Table.INODES, Keys.of(inode), InodeRecord.parser());
  }

  public boolean exists(long inode) throws DiskException {
    return store.get(Table.INODES, Keys.of(inode)) != null;
  }

  public @Nullable NamedInode entry(long directory, ByteString name) throws DiskException {
    byte[] value = store.get(Table.ENTRIES, Keys.of(directory, name));
    if (value == null) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(value);
    return new NamedInode(in.getLong(), in.get(), in.getLong());
  }

  public byte @Nullable [] xattr(long inode, ByteString name) throws DiskException {
    return store.get(Table.XATTRS, Keys.of(inode, name));
  }

  public OpeningRecord opening(long inode, long client) throws DiskException {
    OpeningRecord opening = get(Table.OPENINGS, Keys.of(inode, client), OpeningRecord.parser());
    return opening == null ? OpeningRecord.getDefaultInstance() : opening;
  }

  /// All openings of an inode, over all clients.
  public OpeningRecord openings(long inode) throws DiskException {
    OpeningRecord.Builder sum = OpeningRecord.newBuilder();
    byte[] prefix = Keys.of(inode);
    scan(
        Table.OPENINGS,
        prefix,
        Keys.after(prefix),
        (key, value) -> {
          OpeningRecord opening = parse(value, OpeningRecord.parser());
          sum.setReaders(sum.getReaders() + opening.getReaders());
          sum.setWriters(sum.getWriters() + opening.getWriters());
          return true;
        });
    return sum.build();
  }

  public byte @Nullable [] get(Table table, byte[] key) throws DiskException {
    return store.get(table, key);
  }

  public <M extends MessageLite> @Nullable M get(Table table, byte[] key, Parser<M> parser)
      throws DiskException {
    byte[] value = store.get(table, key);
    return value == null ? null : parse(value, parser);
  }

  /// Visits the keys from `from` to before `to`, in order, until the visitor has enough.
  public void scan(Table table, byte[] from, byte[] to, Visitor visitor) throws DiskException {
    try (Cursor cursor = store.scan(table, from, to)) {
      boolean more = true;
      while (more && cursor.next()) {
        more = visitor.visit(cursor.key(), cursor.value());
      }
    }
  }

  /// The value of the table ENTRIES.
  public static byte[] entryValue(NamedInode entry) {
    return ByteBuffer.allocate(ENTRY_BYTES)
        .putLong(entry.inode())
        .put((byte) entry.type())
        .putLong(entry.cookie())
        .array();
  }

  /// The value of the table COOKIES.
  public static byte[] cookieValue(long inode, int type, ByteString name) {
    ByteBuffer value = ByteBuffer.allocate(COOKIE_NAME_AT + name.size());
    value.putLong(inode).put((byte) type);
    name.copyTo(value);
    return value.array();
  }

  /// Key and value of the table ENTRIES as an entry.
  public static ListedEntry named(byte[] key, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value);
    return new ListedEntry(Keys.name(key), in.getLong(), in.get(), in.getLong());
  }

  /// Key and value of the table COOKIES as an entry.
  public static ListedEntry listed(byte[] key, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value);
    return new ListedEntry(
        ByteString.copyFrom(value, COOKIE_NAME_AT, value.length - COOKIE_NAME_AT),
        in.getLong(),
        in.get(),
        Keys.number(key, 8));
  }

  /// @throws IllegalStateException if the store holds something that was never written
  public static <M extends MessageLite> M parse(byte[] value, Parser<M> parser) {
    try {
      return parser.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("damaged record in the store", e);
    }
  }
}
