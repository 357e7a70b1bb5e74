package org.skep.metadata.state;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Keys of the tables: numbers in 8 bytes, big-endian, then a name's bytes.
public final class Keys {

  static final byte[] FORMAT = {1};
  static final byte[] BATCH_NUMBER = {2};
  static final byte[] COUNTER = {3};
  static final byte[] STARTS = {4};
  static final byte[] LIVES = {5};
  static final byte[] COPYING = {6};

  private Keys() {}

  /// In META: format and shard.
  public static byte[] format() {
    return FORMAT.clone();
  }

  /// In META: the number of the last batch. Not part of the content that two members share, but of
  /// each store.
  public static byte[] batchNumber() {
    return BATCH_NUMBER.clone();
  }

  /// In META: the lives.
  public static byte[] lives() {
    return LIVES.clone();
  }

  /// In META: there while a secondary's content is being replaced. Not part of the content that
  /// members share.
  public static byte[] copying() {
    return COPYING.clone();
  }

  public static byte[] of(long first) {
    return ByteBuffer.allocate(8).putLong(first).array();
  }

  public static byte[] of(long first, long second) {
    return ByteBuffer.allocate(16).putLong(first).putLong(second).array();
  }

  public static byte[] of(long first, long second, long third) {
    return ByteBuffer.allocate(24).putLong(first).putLong(second).putLong(third).array();
  }

  public static byte[] of(long first, ByteString name) {
    ByteBuffer key = ByteBuffer.allocate(8 + name.size()).putLong(first);
    name.copyTo(key);
    return key.array();
  }

  /// The number at byte `at`.
  public static long number(byte[] key, int at) {
    return ByteBuffer.wrap(key).getLong(at);
  }

  /// What follows the first number.
  public static ByteString name(byte[] key) {
    return ByteString.copyFrom(key, 8, key.length - 8);
  }

  /// The smallest key that is greater than all that begin with `prefix`.
  ///
  /// @throws IllegalArgumentException if there is none, as the prefix is all ones
  public static byte[] after(byte[] prefix) {
    byte[] end = prefix.clone();
    for (int i = end.length - 1; i >= 0; i--) {
      end[i]++;
      if (end[i] != 0) {
        return end;
      }
    }
    throw new IllegalArgumentException("no key after " + Arrays.toString(prefix));
  }

  /// From the start of a table...
  public static byte[] first() {
    return new byte[0];
  }

  /// ...to behind its end: no key begins with this many ones.
  public static byte[] end() {
    byte[] end = new byte[25];
    Arrays.fill(end, (byte) 0xFF);
    return end;
  }
}
