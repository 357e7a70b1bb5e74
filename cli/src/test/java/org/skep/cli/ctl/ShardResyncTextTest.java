package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.cli.json.JsonText;
import org.skep.wire.message.ShardResyncStatsReply;

final class ShardResyncTextTest {

  @Test
  void theLinesOfTheDocumentComeFirst() {
    assertThat(ShardResyncText.job(ShardResyncStatsReply.getDefaultInstance()).lines())
        .startsWith(
            """
            Job state: Not started
            # of discovered dirs: 0
            # of discovery errors: 0
            # of synced dirs: 0
            # of synced files: 0
            # of dir sync errors: 0
            # of file sync errors: 0
            # of client sessions to sync: 0
            # of synced client sessions: 0
            session sync error: No
            # of modification objects synced: 0
            # of modification sync errors: 0
            """
                .lines()
                .toArray(String[]::new))
        .endsWith(
            "# of discovered files: 0",
            "Method: none yet",
            "# of bytes to go: 0",
            "# of bytes done: 0",
            "# of bytes sent: 0",
            "Rate: 0 B/s",
            "Time left: 0 s");
  }

  @Test
  void aJobTellsHowAndHowFar() {
    ShardResyncStatsReply running =
        ShardResyncStatsReply.newBuilder()
            .setState(ShardResyncStatsReply.State.RUNNING)
            .setStartEpochSeconds(1_795_316_645)
            .setSyncedModifications(1000)
            .setSessionsToSync(2)
            .setSyncedSessions(1)
            .setSessionError(true)
            .setBytesToGo(300 << 10)
            .setBytesSent(100 << 10)
            .setBytesPerSecond(100 << 10)
            .build();
    ResyncJob job = ShardResyncText.job(running);
    assertThat(job.state()).isEqualTo(ResyncJob.State.RUNNING);
    assertThat(job.lines())
        .startsWith("Job state: Running", "Job start time: 2026-11-22T03:04:05Z")
        .contains(
            "# of client sessions to sync: 2",
            "# of synced client sessions: 1",
            "session sync error: Yes",
            "# of modification objects synced: 1000",
            "Method: log of changes",
            "Time left: 3 s");
    assertThat(job.bar())
        .isEqualTo("[=======                       ]  25% 100 KiB, 100 KiB/s, 3 s left");
    assertThat(JsonText.of(job.json()))
        .startsWith("{\"mirrorGroupId\":0,")
        .contains("\"state\":\"Running\"", "\"syncedModifications\":1000", "\"byCopy\":false");
    ShardResyncStatsReply failed =
        running.toBuilder()
            .setState(ShardResyncStatsReply.State.FAILED)
            .setByCopy(true)
            .setReason("target 202 does not answer")
            .build();
    assertThat(ShardResyncText.job(failed).lines())
        .contains("Method: comparison of everything")
        .endsWith("Reason: target 202 does not answer");
  }
}
