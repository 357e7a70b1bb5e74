package org.skep.cli.up;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cli.locate.ProcessIdentity;

/// The daemons of a `skep up --processes` as their pid files have them: one that was killed and
/// started again is no child of the `skep up`, but is to be stopped with the others.
final class Restarted {
  private static final String SUFFIX = ".pid";

  private Restarted() {}

  /// Where the daemon of this name says its process number.
  static Path pidFile(Path root, String name) {
    return root.resolve("run").resolve(name + SUFFIX);
  }

  /// All that run, in the order in which they are to be stopped.
  static List<ProcessIdentity> all(Path root) {
    return List.copyOf(named(root).values());
  }

  /// All that run, by their names, in the order in which they are to be stopped: the mount first,
  /// management last.
  static Map<String, ProcessIdentity> named(Path root) {
    List<String> names = new ArrayList<>();
    try (var files = Files.newDirectoryStream(root.resolve("run"), "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        names.add(name.substring(0, name.length() - SUFFIX.length()));
      }
    } catch (IOException e) {
      return Map.of();
    }
    names.sort(Comparator.comparingInt(Restarted::rank).thenComparing(Comparator.naturalOrder()));
    Map<String, ProcessIdentity> named = new LinkedHashMap<>();
    names.forEach(name -> of(root, name).ifPresent(process -> named.put(name, process)));
    return named;
  }

  private static int rank(String name) {
    return switch (name) {
      case "mount" -> 0;
      case "mgmtd" -> 2;
      default -> 1;
    };
  }

  /// The process of this daemon. A file that a kill left behind may name any other process by now,
  /// so its command line must be of this daemon.
  static Optional<ProcessIdentity> of(Path root, String name) {
    try {
      int pid = Integer.parseInt(Files.readString(pidFile(root, name)).strip());
      ProcessIdentity process = ProcessIdentity.of(pid);
      String command =
          new String(
              Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline")),
              StandardCharsets.ISO_8859_1);
      boolean ours = command.contains("conf/" + name + ".toml\0");
      return ours && process.alive() ? Optional.of(process) : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
