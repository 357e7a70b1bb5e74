package org.skep.management.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Endpoint;
import org.skep.management.log.Submission;
import org.skep.management.twin.CommandLogContract.Words;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.real.RealClock;

/// A log on three peers: it goes on without any one of them, and one that returns has everything.
final class ThreePeersTest {
  /// So small that the files of the log are soon removed, and only a snapshot helps who was away.
  private static final int SEGMENT_BYTES = 16 << 10;

  private static final long TIMEOUT_NANOS = 30_000_000_000L;

  @TempDir private Path directory;
  private final RealClock clock = new RealClock();
  private final List<RaftPeers.Member> members = new ArrayList<>();
  private final RatisLog[] logs = new RatisLog[4];
  private final Words[] words = new Words[4];

  @BeforeEach
  void openAll() throws IOException {
    for (int id = 1; id <= 3; id++) {
      try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        members.add(new RaftPeers.Member(id, new Endpoint.Tcp("127.0.0.1", probe.getLocalPort())));
      }
    }
    for (int id = 1; id <= 3; id++) {
      open(id);
    }
  }

  private void open(int id) throws IOException {
    Path path = directory.resolve("peer" + id);
    words[id] = new Words();
    logs[id] =
        RatisLog.open(
            clock,
            path,
            new LocalDisk(path),
            new RaftPeers(id, members),
            words[id],
            new RatisLog.Tuning(SEGMENT_BYTES, 50));
  }

  private void close(int id) throws IOException {
    logs[id].close();
    logs[id] = null;
  }

  @AfterEach
  void closeAll() throws IOException {
    for (int id = 1; id <= 3; id++) {
      if (logs[id] != null) {
        logs[id].close();
      }
    }
  }

  private int leader() throws InterruptedException {
    long deadline = clock.nanoTime() + TIMEOUT_NANOS;
    while (clock.nanoTime() < deadline) {
      for (int id = 1; id <= 3; id++) {
        if (logs[id] != null && logs[id].isLeader()) {
          return id;
        }
      }
      clock.sleepNanos(2_000_000L);
    }
    throw new AssertionError("no leader");
  }

  /// Submits until a leader answers, as a client of management does.
  private void submit(String word) throws InterruptedException {
    byte[] command = word.getBytes(StandardCharsets.UTF_8);
    while (!(logs[leader()].submit(command, TIMEOUT_NANOS) instanceof Submission.Applied)) {
      clock.sleepNanos(2_000_000L);
    }
  }

  /// Until the peer has the last word; a word that was submitted again may be there twice.
  private void awaitWords(int id, String... some) throws InterruptedException {
    String last = some[some.length - 1];
    long deadline = clock.nanoTime() + TIMEOUT_NANOS;
    while (!words[id].applied().contains(last) && clock.nanoTime() < deadline) {
      clock.sleepNanos(2_000_000L);
    }
    assertThat(words[id].applied()).as("of peer %d", id).containsSubsequence(some);
  }

  @Test
  void goesOnWithoutItsLeaderAndCatchesUpByLogAndBySnapshot() throws Exception {
    submit("a");
    int first = leader();
    int other = first % 3 + 1;
    assertThat(logs[other].submit(new byte[] {'x'}, TIMEOUT_NANOS))
        .isInstanceOf(Submission.NotLeader.class);
    close(first);
    submit("b");
    open(first);
    awaitWords(first, "a", "b");
    int lagging = leader() % 3 + 1;
    close(lagging);
    String filling = "w".repeat(200);
    for (int i = 0; i < 300; i++) {
      submit(filling + i);
    }
    open(lagging);
    awaitWords(lagging, "a", "b", filling + 0, filling + 150, filling + 299);
    assertThat(words[lagging].calls()).as("of which few by the log").isLessThan(200);
    assertThat(words[lagging].applied())
        .startsWith(words[leader()].applied().toArray(String[]::new));
  }
}
