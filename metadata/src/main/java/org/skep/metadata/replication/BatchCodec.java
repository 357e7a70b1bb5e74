package org.skep.metadata.replication;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.wire.Failure;

/// Batches as bytes, in the log and on the wire.
///
/// ```
/// format 1 | step | step ...
/// put           1 | table 1 | key length 2 | key | value length 4 | value
/// delete        2 | table 1 | key length 2 | key
/// delete range  3 | table 1 | key length 2 | from | key length 2 | to
/// ```
///
/// Numbers are big-endian. The log itself is never in a batch.
public final class BatchCodec {
  private static final int FORMAT = 1;
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int DELETE_RANGE = 3;
  private static final int KEY_BYTES_MAX = 0xFFFF;

  private static final Table[] TABLES = {
    Table.META,
    Table.INODES,
    Table.ENTRIES,
    Table.COOKIES,
    Table.XATTRS,
    Table.OPENINGS,
    Table.ORPHANS,
    Table.GARBAGE,
    Table.TRUNCATIONS,
    Table.LOCKS,
    Table.SESSIONS,
    Table.REPLIES,
    Table.INTENTS,
    Table.DECISIONS
  };

  private BatchCodec() {}

  /// The number of a table on disk and on the wire, from 1.
  ///
  /// @throws IllegalArgumentException for the log, which stays where it is
  public static int number(Table table) {
    if (table == Table.LOG) {
      throw new IllegalArgumentException("the log is not for others");
    }
    return table.ordinal() + 1;
  }

  /// The table of that number.
  ///
  /// @throws RefusedException malformed, if there is none
  public static Table table(int number) throws RefusedException {
    if (number < 1 || number > TABLES.length) {
      throw malformed("table " + number);
    }
    return TABLES[number - 1];
  }

  /// @throws IllegalArgumentException if a step is about the log, or a key has more than 65,535
  ///   bytes
  public static byte[] encode(Batch batch) {
    Writer writer = new Writer();
    writer.bytes.write(FORMAT);
    batch.replay(writer);
    return writer.bytes.toByteArray();
  }

  private static final class Writer implements Batch.Sink<RuntimeException> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      begin(PUT, table);
      key(key);
      bytes.write(value.length >>> 24);
      bytes.write(value.length >>> 16);
      bytes.write(value.length >>> 8);
      bytes.write(value.length);
      bytes.writeBytes(value);
    }

    @Override
    public void delete(Table table, byte[] key) {
      begin(DELETE, table);
      key(key);
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      begin(DELETE_RANGE, table);
      key(from);
      key(to);
    }

    private void begin(int kind, Table table) {
      bytes.write(kind);
      bytes.write(number(table));
    }

    private void key(byte[] key) {
      if (key.length > KEY_BYTES_MAX) {
        throw new IllegalArgumentException("key of " + key.length + " bytes");
      }
      bytes.write(key.length >>> 8);
      bytes.write(key.length);
      bytes.writeBytes(key);
    }
  }

  /// Hands all steps of an encoded batch to `sink`, in order. All is checked before the first step.
  ///
  /// @throws RefusedException malformed
  public static <E extends Exception> void replay(byte[] encoded, Batch.Sink<E> sink)
      throws RefusedException, E {
    decode(encoded).replay(sink);
  }

  /// @throws RefusedException malformed
  public static Batch decode(byte[] encoded) throws RefusedException {
    ByteBuffer from = ByteBuffer.wrap(encoded);
    Batch batch = new Batch();
    try {
      int format = from.get();
      if (format != FORMAT) {
        throw malformed("format " + format);
      }
      while (from.hasRemaining()) {
        step(from, batch);
      }
    } catch (BufferUnderflowException e) {
      throw malformed(encoded.length + " bytes are too few");
    }
    return batch;
  }

  private static void step(ByteBuffer from, Batch into) throws RefusedException {
    int kind = from.get();
    Table table = table(from.get());
    byte[] key = key(from);
    switch (kind) {
      case PUT -> into.put(table, key, bytes(from, from.getInt()));
      case DELETE -> into.delete(table, key);
      case DELETE_RANGE -> into.deleteRange(table, key, key(from));
      default -> throw malformed("step of kind " + kind);
    }
  }

  private static byte[] key(ByteBuffer from) throws RefusedException {
    return bytes(from, Short.toUnsignedInt(from.getShort()));
  }

  private static byte[] bytes(ByteBuffer from, int length) throws RefusedException {
    if (length < 0 || length > from.remaining()) {
      throw malformed("length " + length + " with " + from.remaining() + " bytes left");
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }

  private static RefusedException malformed(String what) {
    return new RefusedException(Failure.malformed("batch: " + what));
  }
}
