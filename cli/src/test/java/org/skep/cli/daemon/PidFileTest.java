package org.skep.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PidFileTest {
  @TempDir private Path directory;

  @Test
  void isThereWhileTheDaemonServes() throws IOException {
    Path file = directory.resolve("pid");
    try (PidFile own = new PidFile(file.toString())) {
      own.write();
      assertThat(Files.readString(file)).isEqualTo(ProcessHandle.current().pid() + "\n");
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void anotherProcesssIsLeftAloneByOneThatNeverServed() throws IOException {
    Path file = directory.resolve("pid");
    Files.writeString(file, "1\n");
    new PidFile(file.toString()).close();
    assertThat(file).hasContent("1\n");
  }
}
