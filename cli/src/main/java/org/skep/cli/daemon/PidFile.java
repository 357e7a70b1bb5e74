package org.skep.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;

/// The file that holds the process number while a daemon serves.
final class PidFile implements AutoCloseable {
  private final @Nullable Path file;
  private boolean written;

  /// @param path empty: no file
  PidFile(String path) {
    file = path.isEmpty() ? null : Path.of(path).toAbsolutePath();
  }

  synchronized void write() {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, ProcessHandle.current().pid() + "\n");
      written = true;
    } catch (IOException e) {
      throw new CommandFailure("cannot write the pid-file: " + e.getMessage());
    }
  }

  /// Removes it if this process wrote it: another one may serve under that name.
  @Override
  public synchronized void close() {
    if (file == null || !written) {
      return;
    }
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CommandFailure("cannot remove the pid-file: " + e.getMessage());
    }
  }
}
