package org.skep.metadata.state;

/// What a directory entry says.
///
/// @param type DT_* of readdir(3)
/// @param cookie its place in the directory's order
public record NamedInode(long inode, int type, long cookie) {}
