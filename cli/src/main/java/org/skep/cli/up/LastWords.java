package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The last line of a daemon's log: where it failed, what it said of that.
final class LastWords {
  private static final String FAILURE = "skep: ";

  private LastWords() {}

  static String of(Path log) {
    return last(log).map(LastWords::withoutMark).orElse("see " + log);
  }

  /// What a failed command says last, if that is what it said last.
  static Optional<String> ofFailure(Path log) {
    return last(log).filter(line -> line.startsWith(FAILURE)).map(LastWords::withoutMark);
  }

  private static String withoutMark(String line) {
    return line.startsWith(FAILURE) ? line.substring(FAILURE.length()) : line;
  }

  private static Optional<String> last(Path log) {
    try {
      List<String> lines = Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1);
      return lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
