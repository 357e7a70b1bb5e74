package org.skep.cli.up;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.skep.cli.locate.UpState;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.terminal.Progress;
import org.skep.runtime.port.Clock;
import org.skep.runtime.real.RealClock;
import picocli.CommandLine.Model.CommandSpec;

/// `skep up --detach`: the same command once more, in the background.
final class Detached {
  private static final long LOOK_NANOS = 10_000_000L;
  private static final Clock CLOCK = new RealClock();

  private Detached() {}

  /// Returns when the mount is usable.
  ///
  /// @throws CommandFailure with its last words, if it ends instead
  static int start(Path root, CommandSpec spec) {
    List<String> arguments = new ArrayList<>();
    for (String argument : spec.root().commandLine().getParseResult().originalArgs()) {
      if (!argument.equals("--detach")) {
        arguments.add(argument);
      }
    }
    try {
      Files.createDirectories(root.resolve(UpDirectory.LOG));
      File output = root.resolve(UpDirectory.LOG).resolve("up.out").toFile();
      Process process =
          new ProcessBuilder(Launcher.command(arguments))
              .redirectInput(new File("/dev/null"))
              .redirectOutput(output)
              .redirectErrorStream(true)
              .start();
      UpState state = awaitReady(root, process, output);
      var out = spec.commandLine().getOut();
      out.println("ready: mounted at " + state.mountPoint() + " (data in " + root + ")");
      out.println("stop it with: skep down --dir " + root);
      out.flush();
      return ExitCode.DONE;
    } catch (IOException e) {
      throw new CommandFailure("cannot start in the background: " + e.getMessage());
    }
  }

  private static UpState awaitReady(Path root, Process process, File output) throws IOException {
    try (Progress _ = Progress.start("starting the cluster")) {
      while (true) {
        Optional<UpState> state = UpState.read(root);
        boolean own = state.isPresent() && state.get().process().pid() == (int) process.pid();
        if (own && state.get().ready()) {
          return state.get();
        }
        if (!process.isAlive()) {
          throw new CommandFailure(lastWords(output));
        }
        CLOCK.sleepNanos(LOOK_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted; it goes on starting in the background");
    }
  }

  private static String lastWords(File output) throws IOException {
    List<String> lines = Files.readAllLines(output.toPath());
    return lines.stream()
        .filter(line -> line.startsWith("skep: "))
        .findFirst()
        .map(line -> line.substring("skep: ".length()))
        .orElse("it ended without a word; see " + output);
  }
}
