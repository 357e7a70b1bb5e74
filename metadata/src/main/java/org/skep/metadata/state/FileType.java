package org.skep.metadata.state;

/// The types of inodes, as in `st_mode`, and the bits beside them.
public final class FileType {
  public static final int MASK = 0170000;
  public static final int FIFO = 0010000;
  public static final int CHARACTER_DEVICE = 0020000;
  public static final int DIRECTORY = 0040000;
  public static final int BLOCK_DEVICE = 0060000;
  public static final int REGULAR = 0100000;
  public static final int SYMLINK = 0120000;
  public static final int SOCKET = 0140000;

  public static final int PERMISSIONS = 07777;
  public static final int SET_USER = 04000;
  public static final int SET_GROUP = 02000;
  public static final int GROUP_EXECUTE = 0010;

  /// DT_DIR of readdir(3).
  public static final int ENTRY_DIRECTORY = 4;

  private FileType() {}

  public static boolean isDirectory(int mode) {
    return (mode & MASK) == DIRECTORY;
  }

  public static boolean isRegular(int mode) {
    return (mode & MASK) == REGULAR;
  }

  /// DT_* of readdir(3).
  public static int ofEntry(int mode) {
    return (mode & MASK) >> 12;
  }

  public static boolean isKnown(int mode) {
    return switch (mode & MASK) {
      case FIFO, CHARACTER_DEVICE, DIRECTORY, BLOCK_DEVICE, REGULAR, SYMLINK, SOCKET -> true;
      default -> false;
    };
  }
}
