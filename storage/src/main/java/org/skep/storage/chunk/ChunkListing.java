package org.skep.storage.chunk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Disk;

/// A part of a target's chunk files, in directory order.
///
/// @param cursor where to go on
/// @param end whether nothing comes after it
public record ChunkListing(List<ChunkKey> chunks, Cursor cursor, boolean end) {

  /// Keeps a call short on a target with many, nearly empty directories.
  private static final int DIRECTORIES_MAX = 1024;

  /// A place in the order of the files: after `name` in directory `upper`/`lower`.
  public record Cursor(String upper, String lower, String name) {
    public static final Cursor START = new Cursor("", "", "");

    private static final Pattern TEXT =
        Pattern.compile("([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{16}-[0-9]{1,3})?");

    /// The cursor of its text, START for the empty one; null if no cursor has this text.
    public static @Nullable Cursor of(String text) {
      if (text.isEmpty()) {
        return START;
      }
      Matcher matcher = TEXT.matcher(text);
      if (!matcher.matches()) {
        return null;
      }
      String name = matcher.group(3);
      return new Cursor(text.substring(0, 2), text.substring(3, 5), name == null ? "" : name);
    }

    public String text() {
      return upper.isEmpty() ? "" : upper + "/" + lower + "/" + name;
    }
  }

  /// Up to `countMax` chunk files after the cursor. What is made or removed meanwhile may be there
  /// or not. Files that are not ours are left out.
  static ChunkListing after(Disk disk, String root, Cursor cursor, int countMax)
      throws IOException {
    List<ChunkKey> chunks = new ArrayList<>();
    int directories = 0;
    for (String upper : disk.list(root)) {
      if (upper.compareTo(cursor.upper) < 0 || upper.length() != 2) {
        continue;
      }
      for (String lower : disk.list(root + "/" + upper)) {
        boolean started = upper.equals(cursor.upper) && lower.equals(cursor.lower);
        if (lower.length() != 2
            || (upper.equals(cursor.upper) && lower.compareTo(cursor.lower) < 0)) {
          continue;
        }
        if (++directories > DIRECTORIES_MAX) {
          return new ChunkListing(chunks, new Cursor(upper, lower, ""), false);
        }
        String directory = root + "/" + upper + "/" + lower;
        for (String name : disk.list(directory)) {
          ChunkKey key = keyOf(name);
          if (key == null
              || !key.directory(root).equals(directory)
              || (started && key.fileName().compareTo(cursor.name) <= 0)
              || (!chunks.isEmpty() && chunks.getLast().equals(key))) {
            continue;
          }
          chunks.add(key);
          if (chunks.size() == countMax) {
            return new ChunkListing(chunks, new Cursor(upper, lower, key.fileName()), false);
          }
        }
      }
    }
    return new ChunkListing(chunks, cursor, true);
  }

  /// The folder of far segments stands right behind the chunk file, and names it also where that
  /// was lost.
  private static @Nullable ChunkKey keyOf(String name) {
    return ChunkKey.ofFileName(
        name.endsWith(FarSegments.SUFFIX)
            ? name.substring(0, name.length() - FarSegments.SUFFIX.length())
            : name);
  }
}
