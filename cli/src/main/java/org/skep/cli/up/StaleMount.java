package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Path;
import org.skep.cli.locate.MountTable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.linux.Mounts;
import org.skep.linux.Processes;
import org.skep.linux.SystemCallException;

/// What is left of a mount whose process was killed.
final class StaleMount {
  private StaleMount() {}

  /// Takes away all mounts of Skep at this place; for when their process is gone.
  ///
  /// @return whether there was one
  static boolean remove(Path mountPoint) {
    boolean found = false;
    while (MountTable.read().at(mountPoint).filter(MountTable.Entry::isSkep).isPresent()) {
      detach(mountPoint);
      found = true;
    }
    return found;
  }

  private static void detach(Path mountPoint) {
    try {
      if (Processes.effectiveUserId() == 0) {
        Mounts.unmount(mountPoint.toString(), Mounts.MNT_DETACH);
        return;
      }
      Process helper =
          new ProcessBuilder("fusermount3", "-uz", "--", mountPoint.toString()).inheritIO().start();
      if (helper.waitFor() != 0) {
        throw new CommandFailure("cannot unmount " + mountPoint + ": fusermount3 failed");
      }
    } catch (SystemCallException e) {
      throw new CommandFailure("cannot unmount " + mountPoint + ": " + e.errno().text());
    } catch (IOException e) {
      throw new CommandFailure("cannot unmount " + mountPoint + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }
}
