package org.skep.runtime.twin;

/// A file or directory of a [MemoryDisk].
abstract sealed class MemoryNode permits MemoryFile, MemoryDirectory {}
