package org.skep.management.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.management.log.Submission;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.real.RealClock;

/// A real process with a log is killed with SIGKILL in the midst of its work, again and again.
final class KillTest {
  private static final int KILLS = 3;

  @TempDir private Path directory;

  /// The state: how many commands were applied, each of which is the number of its predecessors.
  private static final class Counter implements StateMachine {
    private int count;

    @Override
    public byte[] apply(byte[] command) {
      String expected = Integer.toString(count);
      if (!expected.equals(new String(command, StandardCharsets.UTF_8))) {
        throw new IllegalStateException("applied twice or out of order: " + count);
      }
      count++;
      return Integer.toString(count).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] snapshot() {
      return Integer.toString(count).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void restore(byte[] snapshot) {
      count = Integer.parseInt(new String(snapshot, StandardCharsets.UTF_8));
    }
  }

  /// The child: submits numbers for ever and prints how many are answered.
  public static void main(String[] arguments) throws Exception {
    Counter counter = new Counter();
    Path path = Path.of(arguments[0]);
    CommandLog log =
        RatisLog.open(new RealClock(), path, new LocalDisk(path), RaftPeers.ALONE, counter);
    while (!log.isLeader()) {
      new RealClock().sleepNanos(1_000_000L);
    }
    for (int next = counter.count; ; next++) {
      byte[] command = Integer.toString(next).getBytes(StandardCharsets.UTF_8);
      if (log.submit(command, 10_000_000_000L) instanceof Submission.Applied) {
        System.out.println(next + 1);
      } else {
        System.exit(1);
      }
    }
  }

  @Test
  void whatWasAnsweredSurvivesEveryKill() throws Exception {
    int answered = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      int last = runAndKill(answered + kill * 150);
      assertThat(last).as("answered after kill %d", kill).isGreaterThan(answered);
      answered = last;
    }
    Counter counter = new Counter();
    try (CommandLog log =
        RatisLog.open(
            new RealClock(), directory, new LocalDisk(directory), RaftPeers.ALONE, counter)) {
      while (!log.isLeader()) {
        new RealClock().sleepNanos(1_000_000L);
      }
      assertThat(counter.count).isBetween(answered, answered + 1);
    }
  }

  /// @return the last answered number
  private int runAndKill(int killAfter) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            KillTest.class.getName(),
            directory.toString()));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    int last = 0;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last = Integer.parseInt(line);
        if (last >= killAfter) {
          child.toHandle().destroyForcibly();
        }
      }
    } finally {
      child.toHandle().destroyForcibly();
    }
    assertThat(child.waitFor()).as("killed, not ended").isEqualTo(137);
    return last;
  }
}
