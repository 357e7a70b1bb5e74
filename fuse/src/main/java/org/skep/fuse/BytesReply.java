package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// Takes bytes as an answer: the target of a symbolic link, the value of an extended attribute, the
/// list of attribute names (each followed by NUL). For attributes the kernel may ask for the length
/// alone, or give less room than needed: that's handled here, so the operation always gives all
/// bytes.
public final class BytesReply {
  private final MemorySegment memory;
  private final long base;
  private final long roomBytes;
  private long lengthBytes;

  BytesReply(MemorySegment memory, long base, long roomBytes) {
    this.memory = memory;
    this.base = base;
    this.roomBytes = roomBytes;
  }

  BytesReply clear() {
    lengthBytes = 0;
    return this;
  }

  /// Appends all of `bytes`, which are copied. More than 128 KiB in all is an
  /// IllegalArgumentException; Linux allows 64 KiB.
  public BytesReply append(byte[] bytes) {
    if (bytes.length > roomBytes - lengthBytes) {
      throw new IllegalArgumentException("reply of " + (lengthBytes + bytes.length) + " bytes");
    }
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, base + lengthBytes, bytes.length);
    lengthBytes += bytes.length;
    return this;
  }

  /// Appends a name and its NUL.
  public BytesReply appendName(byte[] name) {
    append(name);
    return append(NUL);
  }

  private static final byte[] NUL = {0};

  int lengthBytes() {
    return (int) lengthBytes;
  }
}
