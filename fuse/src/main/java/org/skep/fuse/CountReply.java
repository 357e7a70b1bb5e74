package org.skep.fuse;

/// Takes one number as an answer: bytes written or copied, an offset found. 0 at first.
public final class CountReply {
  private long value;

  CountReply() {}

  public CountReply value(long value) {
    this.value = value;
    return this;
  }

  CountReply clear() {
    value = 0;
    return this;
  }

  long value() {
    return value;
  }
}
