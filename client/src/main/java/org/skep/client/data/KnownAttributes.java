package org.skep.client.data;

import org.skep.runtime.port.Clock;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Time;

/// What the shard said of an inode last. Answers may come out of order: `data_version` tells which
/// is newer. Guarded by the gate of the file.
final class KnownAttributes {
  private final Clock clock;
  private Attributes latest;
  private long size;
  private long heardNanos;

  KnownAttributes(Clock clock, Attributes first) {
    this.clock = clock;
    this.latest = first;
    this.size = first.getSize();
    this.heardNanos = clock.nanoTime();
  }

  /// Takes an answer: a newer one replaces what is known, one of the same version may be older and
  /// does not let the file shrink.
  void accept(Attributes answer) {
    long version = answer.getDataVersion();
    if (version < latest.getDataVersion()) {
      return;
    }
    size = version > latest.getDataVersion() ? answer.getSize() : Math.max(size, answer.getSize());
    latest = answer;
    heardNanos = clock.nanoTime();
  }

  /// Takes the answer to a truncate: nothing that is known is newer.
  void replace(Attributes answer) {
    size = answer.getSize();
    latest = answer;
    heardNanos = clock.nanoTime();
  }

  /// The file reaches at least that far, as an answer without attributes tells.
  void reaches(long end) {
    size = Math.max(size, end);
  }

  /// The shard was told of a reading.
  void readAt(Time atime) {
    latest = latest.toBuilder().setAtime(atime).build();
  }

  long size() {
    return size;
  }

  Attributes latest() {
    return latest;
  }

  boolean olderThan(long nanos) {
    return clock.nanoTime() - heardNanos > nanos;
  }
}
