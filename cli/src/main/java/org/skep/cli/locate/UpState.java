package org.skep.cli.locate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.skep.cli.outcome.CommandFailure;

/// What a running `skep up` writes into its directory, so that other commands find the cluster: the
/// file `up.toml`. It is removed at a clean stop; after a `kill -9` it stays, and
/// [ProcessIdentity#alive] tells.
///
/// @param process the one to stop; with `--processes` the one that watches the others
/// @param management addresses of management, best first
/// @param mountPoint absolute
/// @param authFile absolute; empty if authentication is off
/// @param ready whether the mount is usable
/// @param daemons with `--processes`: the daemons, in the order in which they are to be stopped
public record UpState(
    ProcessIdentity process,
    List<String> management,
    Path mountPoint,
    Optional<Path> authFile,
    boolean ready,
    List<ProcessIdentity> daemons) {

  /// The file's name in the directory of an `up`.
  public static final String FILE = "up.toml";

  /// Where `up` keeps everything if nothing else is said.
  public static final Path DEFAULT_DIRECTORY = Path.of("skep-data");

  public UpState {
    management = List.copyOf(management);
    daemons = List.copyOf(daemons);
  }

  /// Replaces the file as a whole.
  public void write(Path directory) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# Written by `skep up`. Removed when it stops; do not edit.\n");
    text.append("process = ").append(quote(process.toString())).append('\n');
    text.append("management = ").append(array(management)).append('\n');
    text.append("mount = ").append(quote(mountPoint.toString())).append('\n');
    authFile.ifPresent(
        file -> text.append("auth-file = ").append(quote(file.toString())).append('\n'));
    text.append("ready = \"").append(ready).append("\"\n");
    text.append("daemons = ")
        .append(array(daemons.stream().map(ProcessIdentity::toString).toList()))
        .append('\n');
    Path fresh = directory.resolve(FILE + ".new");
    Files.writeString(fresh, text, StandardCharsets.UTF_8);
    Files.move(fresh, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /// What the `up` of this directory wrote, if there is anything.
  ///
  /// @throws CommandFailure if the file is not what [#write] wrote
  public static Optional<UpState> read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(Files.readAllLines(file, StandardCharsets.UTF_8)));
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailure(
          "cannot make sense of " + file + " (" + e.getMessage() + "): remove it");
    }
  }

  /// Says that nothing runs here any more.
  public static void remove(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(FILE));
  }

  // Only the part of TOML that write() uses: a general reader would cost every command its start.
  private static UpState parse(List<String> lines) {
    Map<String, List<String>> values = new HashMap<>();
    for (String line : lines) {
      int equals = line.indexOf(" = ");
      if (equals > 0 && !line.startsWith("#")) {
        values.put(line.substring(0, equals), texts(line.substring(equals + 3)));
      }
    }
    return new UpState(
        ProcessIdentity.parse(one(values, "process")),
        values.getOrDefault("management", List.of()),
        Path.of(one(values, "mount")),
        Optional.ofNullable(values.get("auth-file")).map(List::getFirst).map(Path::of),
        one(values, "ready").equals("true"),
        values.getOrDefault("daemons", List.of()).stream().map(ProcessIdentity::parse).toList());
  }

  private static String one(Map<String, List<String>> values, String key) {
    List<String> found = values.getOrDefault(key, List.of());
    if (found.size() != 1) {
      throw new IllegalArgumentException("no " + key);
    }
    return found.getFirst();
  }

  private static String array(List<String> texts) {
    return texts.stream().map(UpState::quote).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static List<String> texts(String value) {
    List<String> found = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    boolean inside = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (inside && c == '\\' && i + 1 < value.length()) {
        i++;
        char escaped = value.charAt(i);
        text.append(escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped);
      } else if (c == '"') {
        if (inside) {
          found.add(text.toString());
          text.setLength(0);
        }
        inside = !inside;
      } else if (inside) {
        text.append(c);
      }
    }
    if (inside) {
      throw new IllegalArgumentException("a text without end");
    }
    return found;
  }
}
