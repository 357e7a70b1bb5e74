package org.skep.metadata.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.twin.ShardCluster.ROOT;
import static org.skep.metadata.twin.TreeClient.done;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.ReserveAppendReply;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.Written;

/// What is left of changes that were not synced when the host loses its power, what a fsync says of
/// it, and truncations that are interrupted or fail.
class LossTest {
  private static final int ALL = Integer.MAX_VALUE;

  private final TestClock clock = new TestClock();
  private ShardCluster cluster;
  private TreeClient client;

  @BeforeEach
  void start() throws Exception {
    cluster = new ShardCluster(2, clock, 1);
    client = new TreeClient(cluster, 5);
  }

  private long batch(Answer<?> answer) {
    return ((Answer.Done<?>) answer).batch();
  }

  private SyncMetadataReply sync(Long... batches) {
    return done(
        client.read(
            ROOT,
            Operations.SYNC_METADATA,
            SyncMetadataRequest.newBuilder()
                .setInode(ROOT)
                .addAllBatches(List.of(batches))
                .build()));
  }

  @Test
  void a_fsync_tells_of_an_answered_change_that_the_host_has_lost() throws Exception {
    long first = batch(client.makeFile(ROOT, "a"));
    assertThat(sync(first).getLost()).isFalse();
    long second = batch(client.makeFile(ROOT, "b"));
    assertThat(second).isGreaterThan(first);
    cluster.restart(1, ALL);
    assertThat(sync(first).getLost()).isFalse();
    assertThat(sync(second).getLost()).isTrue();
    long third = batch(client.makeFile(ROOT, "c"));
    assertThat(sync(third).getLost()).isFalse();
    assertThat(sync(first, second, third).getLost()).isTrue();
    cluster.restart(1, ALL);
    assertThat(sync(first, third).getLost()).isFalse();
    assertThat(sync(second).getLost()).isTrue();
  }

  @Test
  void the_death_of_the_process_alone_loses_nothing() throws Exception {
    long change = batch(client.makeFile(ROOT, "a"));
    cluster.restart(1, 0);
    assertThat(sync(change).getLost()).isFalse();
  }

  @Test
  void the_answer_to_a_repetition_counts_from_the_life_that_gave_it() throws Exception {
    Answer<Entry> first = client.makeFile(ROOT, "a");
    cluster.restart(1, 0);
    client.again();
    Answer<Entry> again = client.makeFile(ROOT, "a");
    assertThat(done(again)).isEqualTo(done(first));
    assertThat(batch(again)).isGreaterThan(batch(first));
    cluster.restart(1, ALL);
    assertThat(sync(batch(first)).getLost()).as("synced by the start").isFalse();
    assertThat(sync(batch(again)).getLost()).isFalse();
  }

  @Test
  void a_sync_of_too_many_batches_is_refused() {
    SyncMetadataRequest.Builder request = SyncMetadataRequest.newBuilder().setInode(ROOT);
    for (long batch = 1; batch <= 65; batch++) {
      request.addBatches(batch);
    }
    refused(
        client.read(ROOT, Operations.SYNC_METADATA, request.build()),
        FailureMessage.Kind.MALFORMED);
  }

  private static void refused(Answer<?> answer, FailureMessage.Kind kind) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<?>) answer).failure().kind()).isEqualTo(kind);
  }

  private static void refusedWithEio(Answer<?> answer) {
    refused(answer, FailureMessage.Kind.ERRNO);
    assertThat(((Answer.Refused<?>) answer).failure().errno()).isEqualTo(Errno.EIO.number());
  }

  /// A file of 100 bytes, synced.
  private long file() {
    long file = done(client.makeFile(ROOT, "f")).getInode();
    Attributes _ = done(written(file, 100));
    assertThat(sync().getLost()).isFalse();
    return file;
  }

  private Answer<Attributes> written(long file, long size) {
    return client.change(
        file,
        Operations.UPDATE_WRITTEN,
        UpdateWrittenRequest.newBuilder()
            .setInode(file)
            .setWritten(Written.newBuilder().setSizeAtLeast(size))
            .build());
  }

  private Answer<Attributes> resize(long file, long size) {
    return client.change(
        file,
        Operations.SET_ATTRIBUTES,
        SetAttributesRequest.newBuilder().setInode(file).setSize(size).build());
  }

  private Answer<ReserveAppendReply> append(long file) {
    return client.change(
        file,
        Operations.RESERVE_APPEND,
        ReserveAppendRequest.newBuilder().setInode(file).setLength(1).build());
  }

  @Test
  void a_truncation_that_has_cut_chunks_is_not_lost() throws Exception {
    long file = file();
    Attributes _ = done(resize(file, 50));
    assertThat(cluster.chunks.calls).hasSize(1);
    cluster.restart(1, ALL);
    cluster.settle(() -> {});
    assertThat(client.attributes(file).getSize()).isEqualTo(50);
  }

  @Test
  void nothing_is_cut_before_the_truncation_is_on_the_disk() throws Exception {
    long file = file();
    cluster.chunks.away = true;
    refused(resize(file, 50), FailureMessage.Kind.RETRY);
    cluster.restart(1, ALL);
    cluster.chunks.away = false;
    cluster.settle(() -> {});
    assertThat(cluster.chunks.calls).hasSize(1);
    assertThat(client.attributes(file).getSize()).isEqualTo(50);
  }

  @Test
  void a_truncation_that_a_target_refuses_fails_and_the_file_must_not_grow_until_it_is_done()
      throws Exception {
    long file = file();
    cluster.chunks.broken = true;
    refusedWithEio(resize(file, 50));
    assertThat(cluster.chunks.attempts).isEqualTo(3);
    checkStalled(file);
    refusedWithEio(resize(file, 30));
    assertThat(client.attributes(file).getSize()).isEqualTo(30);
    cluster.restart(1, ALL);
    assertThat(cluster.host(1).settleAll()).isFalse();
    checkStalled(file);
    cluster.chunks.broken = false;
    cluster.settle(() -> {});
    assertThat(cluster.chunks.calls).hasSize(1);
    Attributes _ = done(resize(file, 200));
    assertThat(done(append(file)).getOffset()).isEqualTo(200);
    assertThat(cluster.lockCount()).isZero();
  }

  private void checkStalled(long file) {
    long size = client.attributes(file).getSize();
    Attributes _ = done(written(file, size));
    refusedWithEio(written(file, size + 1));
    refusedWithEio(append(file));
    refusedWithEio(resize(file, size + 1));
    assertThat(client.attributes(file).getSize()).isEqualTo(size);
  }

  @Test
  void a_truncation_that_is_asked_again_once_the_target_works_is_done() throws Exception {
    long file = file();
    cluster.chunks.broken = true;
    refusedWithEio(resize(file, 50));
    cluster.chunks.broken = false;
    Attributes _ = done(resize(file, 50));
    Attributes _ = done(written(file, 100));
    cluster.settle(() -> {});
    assertThat(cluster.chunks.calls).as("not cut again").hasSize(1);
  }

  @Test
  void a_stalled_truncation_ends_with_its_file() throws Exception {
    long file = file();
    cluster.chunks.broken = true;
    refusedWithEio(resize(file, 50));
    Empty _ = done(client.unlink(ROOT, "f"));
    cluster.settle(() -> {});
    assertThat(NamespaceChecker.check(cluster.stores(), ROOT)).isEmpty();
  }
}
