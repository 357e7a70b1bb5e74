package org.skep.cli.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cli.outcome.CommandFailure;

final class UpStateTest {
  @TempDir Path directory;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ProcessIdentity own = ProcessIdentity.own();
    UpState state =
        new UpState(
            own,
            List.of("unix:/a \"b\"\\c", "127.0.0.1:8008"),
            Path.of("/mnt/a\nb"),
            Optional.of(directory.resolve("secret")),
            true,
            List.of(own, own));
    state.write(directory);
    assertThat(UpState.read(directory)).contains(state);
    UpState without =
        new UpState(own, List.of(), Path.of("/mnt"), Optional.empty(), false, List.of());
    without.write(directory);
    assertThat(UpState.read(directory)).contains(without);
    UpState.remove(directory);
    assertThat(UpState.read(directory)).isEmpty();
  }

  @Test
  void aBrokenFileIsNamed() throws IOException {
    Files.writeString(directory.resolve(UpState.FILE), "process = \"12\"\n");
    assertThatThrownBy(() -> UpState.read(directory))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(UpState.FILE);
  }

  @Test
  void aProcessIsTheSameOnlyWithItsStart() {
    ProcessIdentity own = ProcessIdentity.own();
    assertThat(own.alive()).isTrue();
    assertThat(new ProcessIdentity(own.pid(), own.startTicks() + 1, own.bootId()).alive())
        .isFalse();
    assertThat(new ProcessIdentity(own.pid(), own.startTicks(), "other-boot").alive()).isFalse();
    assertThat(ProcessIdentity.of(1 << 22).alive()).isFalse();
  }
}
