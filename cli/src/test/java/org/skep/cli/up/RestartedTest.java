package org.skep.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cli.locate.ProcessIdentity;

/// Whom a pid file names.
final class RestartedTest {
  @TempDir private Path root;

  private void pidFile(String name, String text) throws IOException {
    Path file = Restarted.pidFile(root, name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /// A process that waits for its input to end, with the configuration file of a daemon.
  private Process daemon(String name) throws IOException {
    List<String> command = List.of("sh", "-c", "read line", "sh", "conf/" + name + ".toml");
    return new ProcessBuilder(command).start();
  }

  @Test
  void theMountComesFirstAndManagementLast() throws Exception {
    List<String> names = List.of("mgmtd", "meta-1", "mount", "storage-1");
    List<Process> processes = new ArrayList<>();
    for (String name : names) {
      Process process = daemon(name);
      processes.add(process);
      pidFile(name, process.pid() + "\n");
    }
    try {
      assertThat(Restarted.all(root).stream().map(ProcessIdentity::pid))
          .containsExactly(
              (int) processes.get(2).pid(),
              (int) processes.get(1).pid(),
              (int) processes.get(3).pid(),
              (int) processes.get(0).pid());
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  @Test
  void anotherProcessWithTheNumberIsNotOurs() throws Exception {
    pidFile("meta-1", ProcessHandle.current().pid() + "\n");
    pidFile("meta-2", "nonsense");
    pidFile("meta-3", "999999999");
    assertThat(Restarted.all(root)).isEmpty();
  }

  @Test
  void noFilesNoProcesses() {
    assertThat(Restarted.all(root)).isEmpty();
  }
}
