package org.skep.fuse;

import java.util.Set;

/// What kernel and file system agreed on.
///
/// @param minor of protocol 7
/// @param capabilities granted: offered by us and known to the kernel
public record FuseNegotiation(
    int minor, Set<Capability> capabilities, int maxWriteBytes, int maxReadAheadBytes) {
  public boolean has(Capability capability) {
    return capabilities.contains(capability);
  }
}
