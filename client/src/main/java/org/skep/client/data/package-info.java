/// File data: one [OpenInode] for each inode that is open here, whatever the number of its
/// openings.
///
/// A write is copied into the file's [Extent] ([WriteBehind]) and sent by
/// [Lanes][org.skep.client.call.Lanes] when the extent is full, no longer continued, asked for, or
/// a second old. What the shard doesn't know of it (size, times, space) is kept in [Unpublished]
/// and sent by flush, close and each second. Changes of ranges and of the size ([Ranges], truncate)
/// go to the servers directly: they pause the writes and drain what is held first.
///
/// Locks: [OpenInodes] before the gate of an inode, before those of [BufferPool] and lanes. No
/// request is sent with one of them held.
@NullMarked
package org.skep.client.data;

import org.jspecify.annotations.NullMarked;
