package org.skep.client;

import java.util.concurrent.TimeUnit;

/// How a client moves file data.
///
/// @param ioTimeoutNanos how long a request may wait for its server before it fails with EIO; 0:
///   for ever
/// @param writeBehindBytes how much written data the client holds until servers have it, in buffers
///   of 1 MiB; writers wait beyond. The process needs as much direct memory
///   (`-XX:MaxDirectMemorySize`)
/// @param windowExtents how many buffers of one file may be on their way
/// @param readAheadBytes how much is read ahead for each opening that reads sequentially; 0:
///   nothing
/// @param readAheadTotalBytes how much of it all openings hold together
/// @param threadsPerLane how many requests of one kind are on their way to one target
/// @param atime whether times of reading are kept (by the rule of relatime)
public record DataSettings(
    long ioTimeoutNanos,
    long writeBehindBytes,
    int windowExtents,
    long readAheadBytes,
    long readAheadTotalBytes,
    int threadsPerLane,
    boolean atime) {

  public static final DataSettings DEFAULT =
      new DataSettings(TimeUnit.SECONDS.toNanos(60), 256 << 20, 16, 0, 64 << 20, 3, true);

  public DataSettings {
    require(ioTimeoutNanos >= 0, "io timeout of " + ioTimeoutNanos + " ns");
    require(writeBehindBytes >= 2 << 20, "write-behind of " + writeBehindBytes + " bytes");
    require(windowExtents >= 1, "write window of " + windowExtents);
    require(readAheadBytes >= 0, "read-ahead of " + readAheadBytes + " bytes");
    require(readAheadTotalBytes >= 0, "read-ahead of " + readAheadTotalBytes + " bytes in all");
    require(threadsPerLane >= 1, threadsPerLane + " requests to one target");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException(what + " is too small");
    }
  }

  public DataSettings withIoTimeoutNanos(long nanos) {
    return new DataSettings(
        nanos,
        writeBehindBytes,
        windowExtents,
        readAheadBytes,
        readAheadTotalBytes,
        threadsPerLane,
        atime);
  }

  public DataSettings withWriteBehindBytes(long bytes) {
    return new DataSettings(
        ioTimeoutNanos,
        bytes,
        windowExtents,
        readAheadBytes,
        readAheadTotalBytes,
        threadsPerLane,
        atime);
  }

  public DataSettings withReadAheadBytes(long bytes) {
    return new DataSettings(
        ioTimeoutNanos,
        writeBehindBytes,
        windowExtents,
        bytes,
        readAheadTotalBytes,
        threadsPerLane,
        atime);
  }

  public DataSettings withAtime(boolean kept) {
    return new DataSettings(
        ioTimeoutNanos,
        writeBehindBytes,
        windowExtents,
        readAheadBytes,
        readAheadTotalBytes,
        threadsPerLane,
        kept);
  }
}
