package org.skep.metadata.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.skep.runtime.port.Disk;

/// A target that a metadata server makes by itself in a folder of one of its target directories,
/// and keeps empty, so that another server's shard can get its second copy here while all runs. The
/// parent has a file of the folder's name and `-made` once it was made: from then on a spare that
/// is gone or empty is a lost one, and not a new one. Once it is in a group it is a target as any.
///
/// @param parent of the target directory
/// @param folder in it: `spare`, `spare2`, and so on
public record KeptSpare(Disk parent, String folder) {

  /// Of one server; more would be in the way of the numbers that administrators choose.
  public static final int COUNT_MAX = 64;

  private static final String FOLDER = "spare";
  private static final String MADE = "-made";
  private static final String MADE_TEXT = "Skep has made a spare metadata target here.\n";

  /// Those that were made, however many are wanted, as they may be in use; and new ones, spread
  /// over the directories, until there are as many as wanted.
  ///
  /// @param parents the target directories of a server, which need not be there yet
  public static List<KeptSpare> of(List<? extends Disk> parents, int wanted) throws IOException {
    List<KeptSpare> made = new ArrayList<>();
    List<KeptSpare> fresh = new ArrayList<>();
    for (int number = 1; number <= COUNT_MAX; number++) {
      for (Disk parent : parents) {
        KeptSpare spare = new KeptSpare(parent, number == 1 ? FOLDER : FOLDER + number);
        (spare.isMade() ? made : fresh).add(spare);
      }
    }
    List<KeptSpare> spares = new ArrayList<>(made);
    spares.addAll(fresh.subList(0, Math.clamp(wanted - made.size(), 0, fresh.size())));
    return spares;
  }

  public boolean isMade() throws IOException {
    return parent.exists(folder + MADE);
  }

  /// It has its identity; durable.
  public void noteMade() throws IOException {
    if (isMade()) {
      return;
    }
    try (Disk.File file = parent.open(folder + MADE, true)) {
      file.write(ByteBuffer.wrap(MADE_TEXT.getBytes(StandardCharsets.US_ASCII)), 0);
      file.sync(false);
    }
    parent.syncDirectory("");
  }
}
