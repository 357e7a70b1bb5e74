package org.skep.fsck;

import java.util.Locale;

/// The kinds of damage.
public enum Damage {
  ENTRY_WITHOUT_INODE(true, "remove the entry", "entries that lead nowhere"),
  INODE_WITHOUT_ENTRY(false, "give it a name in /lost+found", "inodes without an entry"),
  WRONG_LINKS(false, "set the link count to what was counted", "wrong link counts"),
  WRONG_ENTRY_TYPE(false, "set the entry's type to the inode's", "entries of a wrong type"),
  WRONG_PARENT(false, "set the parent to where its entry is", "directories with a wrong parent"),
  SURPLUS_NAME(true, "remove the entry that is not in its parent", "directories with two entries"),
  CIRCLE(false, "move one of them to /lost+found", "circles of directories"),
  DIRECTORY_RECORDS(
      false, "make listing and counts like the entries", "listings and counts of directories"),
  ENTRY_IN_NO_DIRECTORY(true, "remove the entry", "entries of missing directories"),
  UNNAMED_NOT_OPEN(
      true, "remove the inode and its chunks", "inodes without a name that nobody has open"),
  ORPHAN_RECORD(false, "put the record right", "wrong records of inodes without a name"),
  XATTR_WITHOUT_INODE(true, "remove the attribute", "extended attributes of missing inodes"),
  OPENING_WITHOUT_INODE(false, "remove the record", "openings and locks of missing inodes"),
  GARBAGE_OF_LIVING_INODE(
      false, "remove the order to remove its chunks", "living files whose chunks would be removed"),
  CHUNK_WITHOUT_FILE(true, "remove the chunk file", "chunk files without a file"),
  CHUNK_MISPLACED(true, "remove it where the right one is there", "chunk files on a wrong target"),
  CHUNK_TOO_LONG(
      true,
      "cut the chunk file to what the size allows",
      "chunk files longer than the size allows"),
  CHUNK_MISSING(false, "", "files with missing chunk files"),
  TARGET_UNKNOWN(false, "", "files on targets that are not in the cluster map"),
  COPY_MISSING(false, "copy it from the other member", "chunk files that one member lacks"),
  COPIES_DIFFER(true, "make the secondary's like the primary's", "chunk files whose copies differ"),
  SHARD_COPIES_DIFFER(false, "", "metadata groups whose members differ"),
  UNFINISHED(false, "", "changes that nobody finishes");

  private final boolean removes;
  private final String repair;
  private final String plural;

  Damage(boolean removes, String repair, String plural) {
    this.removes = removes;
    this.repair = repair;
    this.plural = plural;
  }

  /// `chunk-without-file`.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether its repair removes something that somebody could want back.
  public boolean repairRemoves() {
    return removes;
  }

  /// What a repair does; empty: it can't be repaired.
  public String repair() {
    return repair;
  }

  /// What many of them are called.
  public String plural() {
    return plural;
  }
}
