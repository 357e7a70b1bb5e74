package org.skep.metadata.lock;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// How one lock stands in the store, big-endian:
///
/// ```
/// key:    | inode 8 | family 1 | client 8 | owner 8 | start 8 |
/// value:  | format 1 (= 1) | exclusive 1 | end 8 | pid 4 |
/// ```
public final class LockCodec {
  private static final byte FORMAT = 1;
  private static final int KEY_BYTES = 33;
  private static final int VALUE_BYTES = 14;

  private LockCodec() {}

  /// Behind all keys.
  static byte[] end() {
    byte[] end = new byte[KEY_BYTES + 1];
    Arrays.fill(end, (byte) 0xFF);
    return end;
  }

  public static byte[] key(long inode, HeldLock lock) {
    return ByteBuffer.allocate(KEY_BYTES)
        .putLong(inode)
        .put((byte) lock.family().ordinal())
        .putLong(lock.owner().client())
        .putLong(lock.owner().number())
        .putLong(lock.start())
        .array();
  }

  public static byte[] value(HeldLock lock) {
    return ByteBuffer.allocate(VALUE_BYTES)
        .put(FORMAT)
        .put((byte) (lock.exclusive() ? 1 : 0))
        .putLong(lock.end())
        .putInt(lock.pid())
        .array();
  }

  public static long inode(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  /// @throws IllegalStateException if the record is not one of this format
  public static HeldLock decode(byte[] key, byte[] value) {
    if (key.length != KEY_BYTES || value.length != VALUE_BYTES || value[0] != FORMAT) {
      throw new IllegalStateException(
          "lock record of " + key.length + " and " + value.length + " bytes");
    }
    ByteBuffer name = ByteBuffer.wrap(key).position(8);
    int family = name.get();
    if (family < 0 || family >= LockFamily.values().length || (value[1] & ~1) != 0) {
      throw new IllegalStateException("lock record of family " + family + ", type " + value[1]);
    }
    ByteBuffer body = ByteBuffer.wrap(value).position(2);
    LockOwner owner = new LockOwner(LockFamily.values()[family], name.getLong(), name.getLong());
    try {
      return new HeldLock(owner, value[1] == 1, name.getLong(), body.getLong(), body.getInt());
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("lock record with a wrong range", e);
    }
  }
}
