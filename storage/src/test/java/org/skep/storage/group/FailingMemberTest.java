package org.skep.storage.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.storage.group.ScriptedManagement.A;
import static org.skep.storage.group.ScriptedManagement.B;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.Consistency;
import org.skep.cluster.Ids;
import org.skep.cluster.Reachability;
import org.skep.linux.Errno;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.range.Forwarding;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.FailureMessage.Kind;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.WriteChunkRequest;

/// A group of which one member fails, is replaced or comes back.
@Timeout(60)
class FailingMemberTest extends TwoServers {
  @Test
  void without_its_secondary_a_primary_waits_for_a_map_that_says_so() throws Exception {
    byte[] data = random(1, 600_000);
    b.kill();
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, data);
    await(
        "the complaint",
        () ->
            management.reports.stream()
                .anyMatch(report ->
                    report.getTargetId() == A && report.getBuddyUnreachableEpoch() == epoch()));
    assertThat(answer.get()).isNull();
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the answer", () -> answer.get() != null);
    done(answer.get());
    assertThat(a.content()).isEqualTo(data);
    assertThat(a.replica().logs().changes().list(null, 10))
        .singleElement()
        .satisfies(range -> assertThat(range.range().end()).isEqualTo(600_000));
    await("the role of a", () -> a.member().alone());
    done(write(client, A, 700_000, data));
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(2);
    await(
        "buddy misses",
        () -> management.reports.stream().anyMatch(report -> report.getBuddyMisses()));
  }

  @Test
  void an_absent_secondary_misses_nothing_until_something_is_changed() throws Exception {
    done(write(client, A, 0, random(1, 100)));
    b.kill();
    management.reachabilityOfB(Reachability.OFFLINE);
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the role of a", () -> a.member().alone());
    assertThat(buddyMisses()).isFalse();
    done(write(client, A, 0, random(2, 100)));
    assertThat(buddyMisses()).isTrue();
  }

  @Test
  void one_that_was_put_out_while_it_was_there_may_miss_something() throws Exception {
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the role of a", () -> a.member().alone());
    assertThat(a.replica().logs().changes().isEmpty()).isTrue();
    assertThat(buddyMisses()).isTrue();
  }

  @Test
  void what_a_secondary_can_not_take_is_complained_of_whatever_else_it_takes() throws Exception {
    b.disk.setHook((call, path) -> {
      if (call.equals("write") && path.equals(FILE)) {
        throw new DiskException(Errno.EIO.number(), "a bad sector");
      }
    });
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(1, 100));
    await("the complaint", () -> complaints().contains(epoch()));
    ChunkId other = ChunkId.newBuilder().setInode(Ids.inode(1, 6)).build();
    WriteChunkRequest request = WriteChunkRequest.newBuilder().setChunk(other).build();
    management.reports.clear();
    await(
        "reports",
        () -> {
          try {
            ByteBuffer bulk = ByteBuffer.allocateDirect(10);
            done(ask(client, A, 0, epoch(), Operations.WRITE_CHUNK, request, bulk, null));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return complaints().size() > 3;
        });
    assertThat(complaints()).containsOnly(epoch());
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the answer", () -> answer.get() != null);
    done(answer.get());
  }

  @Test
  void a_primary_that_was_replaced_in_the_middle_of_a_write_promises_nothing() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    b.disk.setHook((call, path) -> {
      if (call.equals("write") && path.startsWith("mirrored")) {
        try {
          hold.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    });
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(1, 300_000));
    await("a has it", () -> a.replica().logs().activity().active().size() == 1);
    management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    await("the answer", () -> answer.get() != null);
    assertThat(refusal(answer.get())).isEqualTo(Kind.STALE_EPOCH);
    hold.countDown();
    awaitRoles(Role.SECONDARY_STALE, Role.PRIMARY_ALONE);
    assertThat(refusal(write(client, A, 0, random(2, 10)))).isEqualTo(Kind.NOT_SERVED);
    await("b serves", () -> b.member().alone());
    done(write(client, B, 0, random(2, 10)));
    assertThat(a.replica().logs().activity().active()).hasSize(1);
  }

  @Test
  void a_primary_whose_disk_fails_steps_out_and_one_that_is_alone_says_what_is_wrong()
      throws Exception {
    a.disk.setHook((call, path) -> {
      if (call.equals("write") && path.startsWith("mirrored")) {
        throw new DiskException(Errno.EIO.number(), "a bad disk");
      }
    });
    assertThat(refusal(write(client, A, 0, random(1, 10)))).isEqualTo(Kind.RETRY);
    await(
        "the report",
        () ->
            management.reports.stream()
                .anyMatch(report -> report.getTargetId() == A && report.getStepsOut()));
    assertThat(refusal(write(client, A, 0, random(1, 10)))).isEqualTo(Kind.RETRY);
    // No resync begins: while one hands over, it counts as one of a pair again.
    management.reachabilityOfB(Reachability.PROBABLY_OFFLINE);
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("a serves", () -> a.member().alone());
    await("a says what is wrong", this::aSaysThatItsDiskIsBad);
  }

  @Test
  void a_failed_sync_makes_a_member_unsure() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    a.disk.setHook((call, path) -> {
      if (call.equals("sync") && path.startsWith("mirrored")) {
        throw new DiskException(Errno.EIO.number(), "a bad disk");
      }
    });
    SyncChunkRequest sync =
        SyncChunkRequest.newBuilder().setChunk(CHUNK).setDurabilitySeen(1).build();
    assertThat(refusal(ask(client, A, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null)))
        .isEqualTo(Kind.RETRY);
    await(
        "the report",
        () ->
            management.reports.stream()
                .anyMatch(report -> report.getTargetId() == A && report.getUnsure()));
    management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    awaitRoles(Role.SECONDARY_STALE, Role.PRIMARY_ALONE);
    await("b serves", () -> b.member().alone());
    // Its resync may have begun, in which both have to sync.
    a.disk.setHook((call, path) -> {});
    done(ask(client, B, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null));
    assertThat(a.replica().logs().unsure()).isTrue();
  }

  @Test
  void during_a_resync_changes_go_to_both_and_one_that_did_not_is_noted() throws Exception {
    management.reachabilityOfB(Reachability.PROBABLY_OFFLINE);
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    awaitRoles(Role.PRIMARY_ALONE, Role.SECONDARY_STALE);
    await("a serves", () -> a.member().alone());
    AtomicInteger broken = new AtomicInteger();
    assertThat(a.replica().forward(Forwarding.BEST_EFFORT, broken::incrementAndGet)).isTrue();
    byte[] data = random(1, 600_000);
    done(write(client, A, 0, data));
    assertThat(a.content()).isEqualTo(data);
    assertThat(b.content()).isEqualTo(data);
    assertThat(a.replica().logs().changes().isEmpty()).isTrue();
    assertThat(broken).hasValue(0);
    b.kill();
    done(write(client, A, 10, random(2, 100)));
    assertThat(broken).hasValue(1);
    assertThat(a.replica().logs().changes().list(null, 10))
        .singleElement()
        .satisfies(range -> assertThat(range.range().start()).isEqualTo(10));
    done(write(client, A, 1000, random(2, 100)));
    assertThat(broken).hasValue(1);
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(2);
  }

  @Test
  void when_everything_is_there_a_change_needs_both_before_management_says_so() throws Exception {
    management.reachabilityOfB(Reachability.PROBABLY_OFFLINE);
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    awaitRoles(Role.PRIMARY_ALONE, Role.SECONDARY_STALE);
    await("a serves", () -> a.member().alone());
    assertThat(a.replica().forward(Forwarding.BEST_EFFORT, () -> {})).isTrue();
    assertThat(a.replica().forward(Forwarding.REQUIRED, () -> {})).isTrue();
    byte[] data = random(1, 1000);
    done(write(client, A, 0, data));
    assertThat(b.content()).isEqualTo(data);
    b.kill();
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(2, 1000));
    ports.clock().sleepNanos(SECOND / 5);
    assertThat(answer.get()).isNull();
    // Management has refused: the member is alone as before.
    assertThat(a.replica().forward(Forwarding.OFF, () -> {})).isTrue();
    await("the answer", () -> answer.get() != null);
    done(answer.get());
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(1);
  }

  @Test
  void a_server_that_was_stopped_is_sure_after_a_restart_of_its_host() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    b.service.stop();
    assertThat(management.leaves).hasSize(1);
    b.disk.crash();
    b = new Server("b", b.disk);
    assertThat(management.registrations)
        .last()
        .satisfies(request -> assertThat(request.getTargets(0).getUnsure()).isFalse());
    assertThat(b.content()).hasSize(10);
    b.kill();
    b.disk.crash();
    b = new Server("b", b.disk);
    assertThat(management.registrations)
        .last()
        .satisfies(request -> assertThat(request.getTargets(0).getUnsure()).isTrue());
  }

  private boolean buddyMisses() {
    TargetReport.Builder report = TargetReport.newBuilder();
    a.member().report(report);
    return report.getBuddyMisses();
  }

  private List<Long> complaints() {
    return management.reports.stream()
        .filter(report -> report.getTargetId() == A)
        .map(TargetReport::getBuddyUnreachableEpoch)
        .toList();
  }

  private boolean aSaysThatItsDiskIsBad() {
    try {
      return write(client, A, 0, random(1, 10)) instanceof Answer.Refused<ChunkState>(Failure bad)
          && bad.errno() == Errno.EIO.number();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
