package org.skep.management.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.management.log.Submission;

/// What every [CommandLog] must do.
public abstract class CommandLogContract {
  private static final long TIMEOUT_NANOS = 20_000_000_000L;

  private Words words = new Words();
  private CommandLog log;

  /// Opens the log that the last life left.
  protected abstract CommandLog open(StateMachine machine) throws IOException;

  /// Ends the log's life without telling it; the next [#open] finds what is durable.
  protected abstract void crash(CommandLog log) throws IOException;

  /// A state machine that remembers its commands.
  public static final class Words implements StateMachine {
    private final List<String> applied = new ArrayList<>();
    private int calls;

    @Override
    public synchronized byte[] apply(byte[] command) {
      String word = text(command);
      if (word.equals("poison")) {
        throw new IllegalStateException("poisoned");
      }
      applied.add(word);
      calls++;
      return bytes(word + "@" + applied.size());
    }

    @Override
    public synchronized byte[] snapshot() {
      return bytes(String.join(",", applied));
    }

    @Override
    public synchronized void restore(byte[] snapshot) {
      applied.clear();
      if (snapshot.length > 0) {
        applied.addAll(List.of(text(snapshot).split(",")));
      }
    }

    public synchronized List<String> applied() {
      return List.copyOf(applied);
    }

    /// How many commands were applied one by one.
    public synchronized int calls() {
      return calls;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void begin() throws IOException {
    words = new Words();
    log = open(words);
  }

  private String submit(String word) throws InterruptedException {
    Submission submission = log.submit(bytes(word), TIMEOUT_NANOS);
    assertThat(submission).isInstanceOf(Submission.Applied.class);
    return text(((Submission.Applied) submission).result());
  }

  @AfterEach
  void end() throws IOException {
    if (log != null) {
      log.close();
    }
  }

  @Test
  void appliesCommandsInOrderAndAnswersTheirResults() throws Exception {
    begin();
    assertThat(submit("a")).isEqualTo("a@1");
    assertThat(submit("b")).isEqualTo("b@2");
    assertThat(log.isLeader()).isTrue();
    assertThat(words.applied()).containsExactly("a", "b");
  }

  @Test
  void acceptsEqualCommandsTwice() throws Exception {
    begin();
    submit("a");
    submit("a");
    assertThat(words.applied()).containsExactly("a", "a");
  }

  @Test
  void findsEverythingAfterAClose() throws Exception {
    begin();
    submit("a");
    submit("b");
    log.close();
    begin();
    assertThat(submit("c")).isEqualTo("c@3");
    log.close();
    begin();
    submit("d");
    assertThat(words.applied()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aCloseTakesASnapshotSoThatNothingIsReplayed() throws Exception {
    begin();
    for (int i = 0; i < 20; i++) {
      submit("w" + i);
    }
    log.close();
    begin();
    submit("last");
    assertThat(words.applied()).hasSize(21);
    assertThat(words.calls()).isEqualTo(1);
  }

  @Test
  void findsAllAnsweredCommandsAfterACrash() throws Exception {
    begin();
    for (int i = 0; i < 10; i++) {
      submit("w" + i);
    }
    crash(log);
    begin();
    submit("after");
    assertThat(words.applied()).hasSize(11).startsWith("w0", "w1").endsWith("w9", "after");
    crash(log);
    begin();
    submit("again");
    assertThat(words.applied()).hasSize(12).endsWith("after", "again");
  }

  @Test
  void appliesEachOfManyConcurrentCommandsOnce() throws Exception {
    begin();
    ConcurrentHashMap<String, String> results = new ConcurrentHashMap<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      int number = t;
      threads.add(Thread.ofVirtual().start(() -> submitMany(number, results)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(words.applied()).hasSize(200).doesNotHaveDuplicates();
    for (int i = 0; i < 200; i++) {
      String word = words.applied().get(i);
      assertThat(results).containsEntry(word, word + "@" + (i + 1));
    }
  }

  private void submitMany(int thread, ConcurrentHashMap<String, String> results) {
    for (int i = 0; i < 25; i++) {
      String word = thread + "-" + i;
      try {
        results.put(word, submit(word));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void takesTheLargestCommandAndRefusesALargerOne() throws Exception {
    begin();
    assertThat(submit("x".repeat(CommandLog.COMMAND_BYTES_MAX))).endsWith("@1");
    assertThatThrownBy(() -> submit("x".repeat(CommandLog.COMMAND_BYTES_MAX + 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(words.applied()).hasSize(1);
  }

  @Test
  void takesNothingAfterAClose() throws Exception {
    begin();
    submit("a");
    log.close();
    assertThat(log.isLeader()).isFalse();
    assertThat(log.submit(bytes("late"), 1_000_000L)).isNotInstanceOf(Submission.Applied.class);
    begin();
    submit("b");
    assertThat(words.applied()).containsExactly("a", "b");
  }

  @Test
  void isBrokenByACommandThatCannotBeApplied() throws Exception {
    begin();
    submit("a");
    assertThat(log.broken()).isNull();
    assertThat(log.submit(bytes("poison"), TIMEOUT_NANOS))
        .isNotInstanceOf(Submission.Applied.class);
    assertThat(log.broken()).contains("poisoned");
  }
}
