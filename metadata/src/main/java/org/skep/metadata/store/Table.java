package org.skep.metadata.store;

import java.util.Locale;

/// The tables of a metadata target. Keys are made by `org.skep.metadata.state.Keys`; numbers in
/// keys are big-endian, so that key order is number order.
public enum Table {
  /// Single values: format, batch number, inode counter, number of starts.
  META,
  /// inode: `InodeRecord`.
  INODES,
  /// directory, name: inode, type, cookie.
  ENTRIES,
  /// directory, cookie: inode, type, name.
  COOKIES,
  /// inode, name: value.
  XATTRS,
  /// inode, client: `OpeningRecord`.
  OPENINGS,
  /// inode: empty. Without a name, and kept by its openings.
  ORPHANS,
  /// inode: `GarbageRecord`.
  GARBAGE,
  /// inode: `TruncationRecord`.
  TRUNCATIONS,
  /// Range locks of applications, by inode.
  LOCKS,
  /// client: what is to be known of its session.
  SESSIONS,
  /// client, sequence: `ReplyRecord`.
  REPLIES,
  /// coordinator, incarnation, number: `IntentRecord`.
  INTENTS,
  /// incarnation, number: `DecisionRecord`.
  DECISIONS,
  /// batch number: the batch, for the other member of the shard. Each target has its own: it is not
  /// part of the content that members share.
  LOG;

  /// The name on disk.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
