package org.skep.management.heartbeat;

import org.skep.cluster.CapacityPool;
import org.skep.wire.message.SpaceMessage;

/// Below how much free space a target is Low or in an Emergency.
///
/// @param lowBytes below this many free bytes a target is Low
/// @param lowInodes the same for free inodes, where its file system has a number of them
public record CapacityLimits(
    long lowBytes, long emergencyBytes, long lowInodes, long emergencyInodes) {

  /// For storage: 10 GiB and 1 GiB; 100,000 and 1,000 inodes.
  public static final CapacityLimits STORAGE =
      new CapacityLimits(10L << 30, 1L << 30, 100_000, 1_000);

  /// For metadata, whose targets are small: 2 GiB and 256 MiB.
  public static final CapacityLimits METADATA =
      new CapacityLimits(2L << 30, 256L << 20, 10_000, 100);

  public CapacityLimits {
    if (emergencyBytes < 0 || lowBytes < emergencyBytes) {
      throw new IllegalArgumentException(
          "free space limits: low " + lowBytes + ", emergency " + emergencyBytes);
    }
    if (emergencyInodes < 0 || lowInodes < emergencyInodes) {
      throw new IllegalArgumentException(
          "free inode limits: low " + lowInodes + ", emergency " + emergencyInodes);
    }
  }

  /// The pool of a target with this space; the worse one of bytes and inodes.
  public CapacityPool poolOf(SpaceMessage space) {
    boolean counted = space.getTotalInodes() != 0;
    if (space.getFreeBytes() < emergencyBytes
        || (counted && space.getFreeInodes() < emergencyInodes)) {
      return CapacityPool.EMERGENCY;
    }
    if (space.getFreeBytes() < lowBytes || (counted && space.getFreeInodes() < lowInodes)) {
      return CapacityPool.LOW;
    }
    return CapacityPool.NORMAL;
  }
}
