package org.skep.management.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.management.log.Submission;
import org.skep.management.twin.CommandLogContract;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.real.RealClock;

/// The contract, and what is special of files: torn tails, damage, many snapshots.
final class RatisLogTest extends CommandLogContract {
  @TempDir private Path directory;
  private final List<CommandLog> abandoned = new ArrayList<>();
  private int life;

  @Override
  protected CommandLog open(StateMachine machine) throws IOException {
    Path path = path();
    return RatisLog.open(
        new RealClock(),
        path,
        new LocalDisk(path),
        RaftPeers.ALONE,
        machine,
        new RatisLog.Tuning(64 << 10, 100));
  }

  private Path path() {
    return directory.resolve("life" + life);
  }

  @Override
  protected void crash(CommandLog log) throws IOException {
    abandoned.add(log);
    Path before = path();
    life++;
    Directories.copy(before, path());
  }

  @AfterEach
  void closeAbandoned() throws IOException {
    for (CommandLog log : abandoned) {
      log.close();
    }
  }

  private CommandLog with(Words words, int first, int count) throws Exception {
    CommandLog log = open(words);
    for (int i = first; i < first + count; i++) {
      byte[] command = ("w" + i).getBytes(StandardCharsets.UTF_8);
      assertThat(log.submit(command, 20_000_000_000L)).isInstanceOf(Submission.Applied.class);
    }
    return log;
  }

  @Test
  void aRecordThatACrashLeftHalfWrittenIsCutOff() throws Exception {
    crash(with(new Words(), 0, 5));
    Path segment = Directories.openSegment(path());
    byte[] content = Files.readAllBytes(segment);
    int end = content.length;
    while (content[end - 1] == 0) {
      end--;
    }
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      // The beginning of a record of 100 bytes.
      file.write(ByteBuffer.wrap(new byte[] {100, 1, 2, 3, 4, 5, 6, 7}), end);
    }
    Words words = new Words();
    try (CommandLog _ = with(words, 5, 1)) {
      assertThat(words.applied()).containsExactly("w0", "w1", "w2", "w3", "w4", "w5");
    }
  }

  @Test
  void damageBeforeSoundRecordsIsRefused() throws Exception {
    crash(with(new Words(), 0, 5));
    Path segment = Directories.openSegment(path());
    byte[] content = Files.readAllBytes(segment);
    int at = new String(content, StandardCharsets.ISO_8859_1).indexOf("w2");
    content[at] ^= 0x20;
    Files.write(segment, content);
    assertThatThrownBy(() -> open(new Words()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining("backup");
  }

  @Test
  void aDamagedSnapshotIsRefused() throws Exception {
    with(new Words(), 0, 5).close();
    Path snapshot;
    try (var walk = Files.walk(path())) {
      snapshot =
          walk.filter(path -> path.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
              .findFirst()
              .orElseThrow();
    }
    byte[] content = Files.readAllBytes(snapshot);
    content[content.length - 1] ^= 1;
    Files.write(snapshot, content);
    assertThatThrownBy(() -> open(new Words()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void snapshotsBoundWhatIsReplayedAndKept() throws Exception {
    CommandLog log = with(new Words(), 0, 350);
    crash(log);
    Counting counting = new Counting();
    try (CommandLog reopened = open(counting)) {
      assertThat(reopened.submit("last".getBytes(StandardCharsets.UTF_8), 20_000_000_000L))
          .isInstanceOf(Submission.Applied.class);
      assertThat(counting.words.applied()).hasSize(351);
      assertThat(counting.applied).isLessThanOrEqualTo(110);
    }
  }

  private static final class Counting implements StateMachine {
    private final Words words = new Words();
    private int applied;

    @Override
    public byte[] apply(byte[] command) {
      applied++;
      return words.apply(command);
    }

    @Override
    public byte[] snapshot() {
      return words.snapshot();
    }

    @Override
    public void restore(byte[] snapshot) {
      words.restore(snapshot);
    }
  }
}
