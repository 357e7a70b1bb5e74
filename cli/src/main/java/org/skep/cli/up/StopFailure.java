package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// Why a `skep up` did not stop well, from it to the `skep down` that has told it to: the file
/// `run/stop-failure`.
final class StopFailure {
  private StopFailure() {}

  private static Path file(Path root) {
    return root.resolve("run").resolve("stop-failure");
  }

  static void write(Path root, String message) {
    try {
      Files.writeString(file(root), message + "\n");
    } catch (IOException e) {
      LoggerFactory.getLogger(StopFailure.class).warn("cannot write {}", file(root), e);
    }
  }

  /// Reads it, and takes it away.
  static Optional<String> take(Path root) {
    try {
      String message = Files.readString(file(root)).strip();
      Files.delete(file(root));
      return Optional.of(message);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
