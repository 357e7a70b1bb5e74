package org.skep.mount;

/// How a mount behaves towards the kernel.
///
/// @param entryValidNanos how long the kernel may trust a name without asking; 0: never, so that
///   mounts see each other's names at once
/// @param attributesValidNanos how long it may trust attributes; a few milliseconds spare the
///   question that follows each lookup
/// @param negativeValidNanos how long it may trust that a name is missing
public record MountSettings(
    long entryValidNanos, long attributesValidNanos, long negativeValidNanos) {

  /// Names always fresh, attributes at most 5 ms old.
  public static final MountSettings DEFAULT = new MountSettings(0, 5_000_000, 0);
}
