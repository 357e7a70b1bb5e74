package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.skep.cli.locate.MountTable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.linux.Mounts;
import org.skep.linux.Processes;
import org.skep.linux.SystemCallException;

/// What is left of a mount whose process was killed.
final class StaleMount {
  private StaleMount() {}

  /// The places where mounts of this cluster are left; to be asked when their processes are gone.
  ///
  /// @param known where it was mounted; without it the source tells that a mount is of this cluster
  static List<Path> of(Path root, Optional<Path> known) {
    String source = "unix:" + root.resolve("run") + "/";
    return MountTable.read().entries().stream()
        .filter(MountTable.Entry::isSkep)
        .filter(entry ->
            known
                .map(entry.mountPoint()::equals)
                .orElseGet(() -> entry.source().startsWith(source)))
        .map(MountTable.Entry::mountPoint)
        .distinct()
        .toList();
  }

  /// Takes away all mounts of Skep at this place; for when their process is gone.
  static void remove(Path mountPoint) {
    while (MountTable.read().at(mountPoint).filter(MountTable.Entry::isSkep).isPresent()) {
      detach(mountPoint);
    }
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
