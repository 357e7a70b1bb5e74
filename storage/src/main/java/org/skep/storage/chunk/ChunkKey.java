package org.skep.storage.chunk;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.cluster.StripePattern;

/// Names one chunk file: a stripe of an inode. Its path is
///
/// ```
/// chunks/<2 hex>/<2 hex>/<inode, 16 hex>-<stripe>
/// ```
///
/// (below another root, `mirrored`, if a buddy group has it) with bits 16 to 23 and 8 to 15 of the
/// inode's counter as directories: files that are made one after the other share a directory, so
/// that few directories are made and synced, and 65,536 directories spread the rest.
///
/// @param stripe index in the file's layout, from 0
public record ChunkKey(long inode, int stripe) {
  private static final int INODE_DIGITS = 16;
  private static final int STRIPE_DIGITS_MAX = 3;

  public ChunkKey {
    if (!isValid(inode, stripe)) {
      throw new IllegalArgumentException("chunk of inode " + inode + ", stripe " + stripe);
    }
  }

  public static boolean isValid(long inode, int stripe) {
    return Ids.isInode(inode) && stripe >= 0 && stripe < StripePattern.TARGET_COUNT_MAX;
  }

  /// Which of the 65,536 lower directories the file is in.
  public int directoryNumber() {
    return (int) (inode >>> 8) & 0xffff;
  }

  /// The directory of the root that has the directory of the file.
  String upperDirectory(String root) {
    return root + "/" + hex(inode >>> 16, 2);
  }

  String directory(String root) {
    return upperDirectory(root) + "/" + hex(inode >>> 8, 2);
  }

  String fileName() {
    return hex(inode, INODE_DIGITS) + "-" + stripe;
  }

  /// The path of the chunk file, also the order in which they are listed.
  public String path(String root) {
    return directory(root) + "/" + fileName();
  }

  /// The key of a file name, or null if it is no chunk file's.
  static @Nullable ChunkKey ofFileName(String name) {
    int stripeDigits = name.length() - INODE_DIGITS - 1;
    if (stripeDigits < 1 || stripeDigits > STRIPE_DIGITS_MAX || name.charAt(INODE_DIGITS) != '-') {
      return null;
    }
    try {
      long inode = Long.parseUnsignedLong(name.substring(0, INODE_DIGITS), 16);
      int stripe = Integer.parseInt(name.substring(INODE_DIGITS + 1));
      if (!isValid(inode, stripe)) {
        return null;
      }
      ChunkKey key = new ChunkKey(inode, stripe);
      return key.fileName().equals(name) ? key : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String hex(long number, int digits) {
    char[] text = new char[digits];
    for (int at = digits - 1; at >= 0; at--, number >>>= 4) {
      text[at] = Character.forDigit((int) (number & 15), 16);
    }
    return new String(text);
  }

  @Override
  public String toString() {
    return fileName();
  }
}
