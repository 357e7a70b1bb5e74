package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.ReadDirectoryReply;

/// A directory that is listed page by page while others put things into it and take them out: what
/// stays there is listed exactly once, whatever happens to the server between two pages.
final class Shelf {
  private static final int KEPT = 12;

  /// Room for a few entries.
  private static final int PAGE_BYTES = 150;

  private final Set<String> kept = new TreeSet<>();
  private final long inode;
  private int passing;

  /// Makes the directory and what stays in it.
  Shelf(FileSystem files, int shard) throws ErrnoException {
    inode =
        new NameStep.MakeDirectory(files.root(), ByteString.copyFromUtf8("shelf"), 0755, shard)
            .perform(files)
            .inode();
    for (int i = 0; i < KEPT; i++) {
      // Something goes between any two, and is gone later.
      make(files, "passing" + passing++);
      String name = "kept" + i;
      make(files, name);
      kept.add(name);
    }
  }

  private void make(FileSystem files, String name) throws ErrnoException {
    Step.Result _ =
        new NameStep.MakeNode(inode, ByteString.copyFromUtf8(name), ModelTree.REGULAR | 0644)
            .perform(files);
  }

  /// Makes or removes something that does not stay.
  void change(FileSystem files, SplittableRandom random) throws ErrnoException {
    if (passing > 0 && random.nextBoolean()) {
      files.unlink(inode, ByteString.copyFromUtf8("passing" + --passing));
    } else {
      make(files, "passing" + passing++);
    }
  }

  /// Lists it, with a pause after each page.
  ///
  /// @throws AssertionError if something that stays is missing or listed twice
  void list(Scene scene, FileSystem files, SplittableRandom random) throws Exception {
    List<String> found = new ArrayList<>();
    long cookie = 0;
    long end = 0;
    ReadDirectoryReply page;
    do {
      page = files.readDirectory(inode, cookie, end, PAGE_BYTES, false);
      end = page.getEndCookie();
      for (DirectoryEntry entry : page.getEntriesList()) {
        cookie = entry.getCookie();
        String name = entry.getName().toStringUtf8();
        if (kept.contains(name)) {
          found.add(name);
        }
      }
      scene.sleep(1 + random.nextLong(100_000_000L));
    } while (!page.getEnd());
    if (found.size() != kept.size() || !kept.equals(new TreeSet<>(found))) {
      throw new AssertionError("listed page by page: " + found + ", there all the time: " + kept);
    }
  }
}
