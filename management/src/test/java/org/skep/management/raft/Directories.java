package org.skep.management.raft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Copies of directories: what a crash of the process leaves of them.
final class Directories {

  private Directories() {}

  /// A log that runs goes on in `from`; the copy is free for another life. It is taken again as
  /// long as files come or go meanwhile (a snapshot is written, segments are purged): no crash
  /// leaves files of two moments.
  static void copy(Path from, Path to) throws IOException {
    while (!tryCopy(from, to)) {
      remove(to);
    }
  }

  private static boolean tryCopy(Path from, Path to) throws IOException {
    List<Path> paths = walk(from);
    try {
      for (Path path : paths) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else if (!path.getFileName().toString().equals("in_use.lock")) {
          Files.copy(path, copy);
        }
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    return walk(from).equals(paths);
  }

  private static List<Path> walk(Path from) throws IOException {
    while (true) {
      try (Stream<Path> walk = Files.walk(from)) {
        return walk.toList();
      } catch (UncheckedIOException e) {
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e;
        }
      }
    }
  }

  private static void remove(Path directory) throws IOException {
    for (Path path : walk(directory).reversed()) {
      Files.delete(path);
    }
  }

  /// The open segment of the log below a directory.
  static Path openSegment(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(path -> path.getFileName().toString().startsWith("log_inprogress_"))
          .findFirst()
          .orElseThrow();
    }
  }
}
