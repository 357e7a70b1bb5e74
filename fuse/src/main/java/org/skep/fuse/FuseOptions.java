package org.skep.fuse;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// What we offer at FUSE_INIT. The kernel may know less; what was agreed comes to
/// [FuseOperations#init].
///
/// The default set leaves out: WRITEBACK_CACHE (another mount could not see what is written, and it
/// is slower), EXPLICIT_INVAL_DATA (AUTO_INVAL_DATA fits close-to-open without a message for each
/// change), EXPORT_SUPPORT (needs lookups of `.` and `..`), splice (gains nothing here).
/// CACHE_SYMLINKS is safe since the target of a symbolic link never changes.
///
/// @param capabilities what to ask for
/// @param maxWriteBytes most data of one WRITE, and of one READ: 4 KiB to 1 MiB, whole pages;
///   larger falls out of the processor's cache
/// @param maxBackground requests the kernel sends without a process waiting (read-ahead,
///   asynchronous direct I/O)
/// @param congestionThreshold of those, how many make the kernel hold back
/// @param maxReadAheadBytes upper limit of the kernel's read-ahead; the kernel's own limit (128 KiB
///   by default) applies, too
public record FuseOptions(
    Set<Capability> capabilities,
    int maxWriteBytes,
    int maxBackground,
    int congestionThreshold,
    int maxReadAheadBytes) {
  /// The kernel's default limit (fs.fuse.max_pages_limit) in bytes.
  public static final int MAX_WRITE_BYTES = 1 << 20;

  private static final int PAGE_BYTES = 4096;

  public FuseOptions {
    if (maxWriteBytes < PAGE_BYTES
        || maxWriteBytes > MAX_WRITE_BYTES
        || maxWriteBytes % PAGE_BYTES != 0) {
      throw new IllegalArgumentException("maxWriteBytes " + maxWriteBytes);
    }
    if (maxBackground < 1
        || maxBackground > 0xffff
        || congestionThreshold < 1
        || congestionThreshold > maxBackground) {
      throw new IllegalArgumentException(
          "maxBackground " + maxBackground + ", congestionThreshold " + congestionThreshold);
    }
    if (maxReadAheadBytes < 0) {
      throw new IllegalArgumentException("maxReadAheadBytes " + maxReadAheadBytes);
    }
    EnumSet<Capability> copy = EnumSet.noneOf(Capability.class);
    copy.addAll(capabilities);
    capabilities = Collections.unmodifiableSet(copy);
  }

  public static FuseOptions defaults() {
    EnumSet<Capability> offered =
        EnumSet.complementOf(
            EnumSet.of(
                Capability.WRITEBACK_CACHE,
                Capability.EXPLICIT_INVAL_DATA,
                Capability.EXPORT_SUPPORT));
    return new FuseOptions(offered, MAX_WRITE_BYTES, 64, 48, MAX_WRITE_BYTES);
  }

  /// The same with another set of capabilities.
  public FuseOptions withCapabilities(Set<Capability> wanted) {
    return new FuseOptions(
        wanted, maxWriteBytes, maxBackground, congestionThreshold, maxReadAheadBytes);
  }

  int maxPages() {
    return maxWriteBytes / PAGE_BYTES;
  }
}
