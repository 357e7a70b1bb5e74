package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.wire.message.ResyncStatsReply;

final class ResyncTextTest {

  @Test
  void theLinesOfTheModelComeFirst() {
    assertThat(ResyncText.job(ResyncStatsReply.getDefaultInstance()).lines())
        .startsWith(
            """
            Job state: Not started
            # of discovered dirs: 0
            # of discovered files: 0
            # of dir sync candidates: 0
            # of file sync candidates: 0
            # of synced dirs: 0
            # of synced files: 0
            # of dir sync errors: 0
            # of file sync errors: 0
            """
                .lines()
                .toArray(String[]::new))
        .endsWith(
            "# of bytes to go: 0",
            "# of bytes done: 0",
            "# of bytes sent: 0",
            "Rate: 0 B/s",
            "Time left: 0 s");
  }

  private static final ResyncStatsReply RUNNING =
      ResyncStatsReply.newBuilder()
          .setState(ResyncStatsReply.State.RUNNING)
          .setStartEpochSeconds(1_795_316_645)
          .setDiscoveredFiles(8)
          .setSyncedFiles(3)
          .setBytesToGo(300 << 20)
          .setBytesCompared(100 << 20)
          .setBytesSent(50 << 20)
          .setBytesPerSecond(4 << 20)
          .build();

  @Test
  void aRunningJobTellsWhatIsLeft() {
    assertThat(ResyncText.job(RUNNING).lines())
        .startsWith("Job state: Running", "Job start time: 2026-11-22T03:04:05Z")
        .contains("# of discovered files: 8", "# of synced files: 3", "Time left: 1 min 15 s");
    assertThat(ResyncText.job(RUNNING).bar())
        .isEqualTo("[=======                       ]  25% 100 MiB, 4.00 MiB/s, 1 min 15 s left")
        .hasSizeLessThan(81);
  }

  @Test
  void anEndedJobSaysHow() {
    ResyncStatsReply failed =
        RUNNING.toBuilder()
            .setState(ResyncStatsReply.State.FAILED)
            .setEndEpochSeconds(1_795_316_646)
            .setReason("target 3012: No space left on device")
            .build();
    List<String> lines = ResyncText.job(failed).lines();
    assertThat(lines).startsWith("Job state: Failed");
    assertThat(lines.get(2)).isEqualTo("Job end time: 2026-11-22T03:04:06Z");
    assertThat(lines.getLast()).isEqualTo("Reason: target 3012: No space left on device");
  }

  @Test
  void spansOfTime() throws Exception {
    assertThat(new TimeSpans().convert("90m")).isEqualTo(5400);
    assertThat(new TimeSpans().convert("2d")).isEqualTo(172_800);
  }
}
