package org.skep.management.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Copies of directories: what a crash of the process leaves of them.
final class Directories {

  private Directories() {}

  /// A log that runs goes on in `from`; the copy is free for another life.
  static void copy(Path from, Path to) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(from)) {
      paths = walk.toList();
    }
    for (Path path : paths) {
      Path copy = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(copy);
      } else if (!path.getFileName().toString().equals("in_use.lock")) {
        Files.copy(path, copy);
      }
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
