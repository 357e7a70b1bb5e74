package org.skep.cli.up;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.outcome.CommandFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A daemon that runs as a process of its own.
final class Child {
  private static final Logger LOGGER = LoggerFactory.getLogger(Child.class);
  private static final String READY = "ready: ";
  private static final int SIGNALLED = 128;

  private final String name;
  private final List<String> arguments;
  private final Path log;
  private final Process process;
  private final ProcessIdentity identity;
  private final CountDownLatch decided = new CountDownLatch(1);
  private volatile boolean ready;
  private volatile boolean stopping;

  private Child(String name, List<String> arguments, Path log, Process process) {
    this.name = name;
    this.arguments = arguments;
    this.log = log;
    this.process = process;
    identity = ProcessIdentity.of((int) process.pid());
    Thread.ofPlatform().daemon().name(name + "-output").start(this::readOutput);
  }

  /// @param arguments of `skep`
  /// @param log gets its standard error, appended
  static Child start(String name, List<String> arguments, Path log) {
    try {
      Process process =
          new ProcessBuilder(Launcher.command(arguments))
              .redirectInput(new File("/dev/null"))
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new Child(name, List.copyOf(arguments), log, process);
    } catch (IOException e) {
      throw new CommandFailure("cannot start " + name + ": " + e.getMessage());
    }
  }

  private void readOutput() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      while (line != null) {
        if (line.startsWith(READY)) {
          ready = true;
          decided.countDown();
        }
        line = reader.readLine();
      }
    } catch (IOException e) {
      // Its end; what it had to say is in its log.
    } finally {
      decided.countDown();
    }
    reportDeath();
  }

  /// Without --init, which is for the first start: an empty directory would be a loss by now.
  private String again() {
    return String.join(" ", arguments.stream().filter(one -> !one.equals("--init")).toList());
  }

  private void reportDeath() {
    try {
      int code = process.waitFor();
      if (ready && !stopping && code != 0) {
        LOGGER
            .atWarn()
            .addKeyValue("exit", code)
            .addKeyValue("log", log)
            .log("{} died; start it again with: skep {}", name, again());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until it serves.
  ///
  /// @throws CommandFailure with its last words, if it ended instead
  void awaitReady() throws InterruptedException {
    decided.await();
    if (!ready) {
      throw new CommandFailure(
          name + " did not start: " + LastWords.of(log) + " (its log is " + log + ")");
    }
  }

  String name() {
    return name;
  }

  /// From now on its end is no news.
  void stopping() {
    stopping = true;
  }

  /// Why it did not stop well, after it has ended.
  Optional<CommandFailure> stopFailure() {
    try {
      int code = process.waitFor();
      // One that was killed by a signal was no failure of its own.
      boolean own = code != 0 && code < SIGNALLED;
      return own ? Optional.of(new CommandFailure(LastWords.of(log))) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  ProcessIdentity identity() {
    return identity;
  }
}
