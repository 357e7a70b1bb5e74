package org.skep.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What /proc tells of a process that is being killed.
final class DyingProcessTest {

  private static boolean isBeingKilled(String own, String shared, String blocked, String caught) {
    return Processes.isBeingKilled(
        List.of(
            "Name:\tdd",
            "SigPnd:\t" + own,
            "ShdPnd:\t" + shared,
            "SigBlk:\t" + blocked,
            "SigIgn:\t0000000000000000",
            "SigCgt:\t" + caught));
  }

  @Test
  void aSignalThatKillsIsPending() {
    String none = "0000000000000000";
    assertThat(isBeingKilled(none, none, none, none)).isFalse();
    assertThat(isBeingKilled("0000000000000100", none, none, none)).as("SIGKILL").isTrue();
    assertThat(isBeingKilled(none, "0000000000000002", none, none)).as("SIGINT").isTrue();
    assertThat(isBeingKilled(none, "0000000000000002", none, "0000000000000002")).isFalse();
    assertThat(isBeingKilled(none, "0000000000000002", "0000000000000002", none)).isFalse();
    assertThat(isBeingKilled(none, "0000000000010000", none, none)).as("SIGCHLD").isFalse();
  }

  @Test
  void aProcessEndsByASignalOrByItself() {
    String stat = "42 (a ) b) D 1 42 42 0 -1 %d 100 0 0 0 1 1 0 0 20 0 1 0 5 0 0 %d\n";
    assertThat(Processes.isEndingKilled(stat.formatted(0x400004, 9))).isTrue();
    assertThat(Processes.isEndingKilled(stat.formatted(0x400004, 1 << 8))).isFalse();
    assertThat(Processes.isEndingKilled(stat.formatted(0x400000, 9))).isFalse();
  }

  @Test
  void thisProcessLives() {
    int own = Processes.pid();
    assertThat(Processes.state(own)).isEqualTo(new Processes.State(own, false));
    assertThat(Processes.state(0)).isEqualTo(new Processes.State(0, false));
  }
}
