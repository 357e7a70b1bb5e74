package org.skep.storage.chunk;

/// What a chunk file is after a call; a missing one is empty.
///
/// @param durability of the disk, as it was before the call changed anything
public record ChunkStatus(long lengthBytes, long allocatedBytes, long durability) {}
