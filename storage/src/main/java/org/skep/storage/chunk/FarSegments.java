package org.skep.storage.chunk;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// The local files of one chunk file's bytes from 8 TiB on, since a local file system may end a
/// file at 16 TiB (ext4 does). Segment `k` holds the bytes from `k * 8 TiB` on, and stands in a
/// folder beside the chunk file:
///
/// ```
/// <inode, 16 hex>-<stripe>.far/<k, 5 hex>       k from 1 to 0xfffff
/// ```
///
/// A folder may be empty. Nothing is kept open here. Any thread may call it.
final class FarSegments {
  static final String SUFFIX = ".far";
  static final int SEGMENT_BITS = 43;
  static final long SEGMENT_BYTES = 1L << SEGMENT_BITS;

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{5}");

  private final Disk disk;
  private final DirectorySyncs directories;
  private final Opener opener;
  private final Runnable folderMade;
  private final String parent;
  private final String folder;

  /// Opens a local file, or gives null if it (or, to make it, its directory) is missing.
  interface Opener {
    Disk.@Nullable File open(String path, boolean create) throws IOException;
  }

  /// @param folderMade called when there is a folder where none was, before it is used
  FarSegments(
      Disk disk,
      DirectorySyncs directories,
      Opener opener,
      String root,
      ChunkKey key,
      Runnable folderMade) {
    this.disk = disk;
    this.directories = directories;
    this.opener = opener;
    this.folderMade = folderMade;
    this.parent = key.directory(root);
    this.folder = key.path(root) + SUFFIX;
  }

  /// Whether there is a folder.
  boolean exist() throws IOException {
    return disk.exists(folder);
  }

  /// The numbers of the segments that have a file, ascending.
  int[] numbers() throws IOException {
    return disk.list(folder).stream()
        .filter(name -> NAME.matcher(name).matches())
        .mapToInt(name -> Integer.parseInt(name, 16))
        .filter(number -> number > 0)
        .sorted()
        .toArray();
  }

  /// The segment's file, which the caller closes; null if there is none.
  Disk.@Nullable File find(int number) throws IOException {
    return opener.open(path(number), false);
  }

  /// The segment's file, made if it is missing. The caller closes it.
  Disk.File findOrMake(int number) throws IOException {
    Disk.File file = opener.open(path(number), true);
    if (file == null) {
      directories.making(
          parent,
          () -> {
            disk.createDirectories(folder);
            return true;
          });
      folderMade.run();
      file = opener.open(path(number), true);
    }
    if (file == null) {
      throw new DiskException(
          Errno.EIO.number(), "open " + path(number) + ": its directory vanished");
    }
    return file;
  }

  void remove(int number) throws IOException {
    disk.delete(path(number));
  }

  /// Removes all segments and the folder. One that is made meanwhile may stay, as may files that
  /// are not ours.
  ///
  /// @return whether there was a folder
  boolean removeAll() throws IOException {
    if (!exist()) {
      return false;
    }
    for (int number : numbers()) {
      remove(number);
    }
    try {
      disk.delete(folder);
    } catch (DiskException e) {
      if (e.errno() != Errno.ENOTEMPTY.number()) {
        throw e;
      }
    }
    return true;
  }

  /// Makes content and names of all segments durable, but for the folder's own name.
  void sync(boolean dataOnly) throws IOException {
    for (int number : numbers()) {
      try (Disk.File file = find(number)) {
        if (file != null) {
          file.sync(dataOnly);
        }
      }
    }
    // Always: remembering for each chunk file whether it is needed would have no limit.
    if (exist()) {
      disk.syncDirectory(folder);
    }
  }

  /// Refuses what can't fit, before a local file system fills itself to find out.
  ///
  /// @param usedBytes of the chunk file
  void checkRoom(long bytes, long usedBytes) throws IOException {
    if (bytes - usedBytes > disk.space().freeBytes()) {
      throw new DiskException(
          Errno.ENOSPC.number(), "fallocate " + folder + ": " + Errno.ENOSPC.text());
    }
  }

  private String path(int number) {
    return folder + "/" + name(number);
  }

  private static String name(int number) {
    return String.format(Locale.ROOT, "%05x", number);
  }
}
