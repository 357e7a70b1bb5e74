package org.skep.storage.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.storage.group.ScriptedManagement.A;
import static org.skep.storage.group.ScriptedManagement.B;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.FailureMessage.Kind;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// A group whose members are both there.
@Timeout(60)
class GroupTest extends TwoServers {
  @Test
  void what_is_acknowledged_is_on_both() throws Exception {
    byte[] data = random(1, 1 << 20);
    ChunkState state = done(write(client, A, 0, data));
    assertThat(state.getLength()).isEqualTo(data.length);
    assertThat(state.getDurability()).isEqualTo(1);
    assertThat(a.content()).isEqualTo(data);
    assertThat(b.content()).isEqualTo(data);
    assertThat(a.replica().logs().activity().active()).isEmpty();
    byte[] more = random(2, 1000);
    done(write(client, A, 5000, more));
    System.arraycopy(more, 0, data, 5000, 1000);
    assertThat(b.content()).isEqualTo(data);
    done(
        ask(
            client,
            A,
            0,
            epoch(),
            Operations.TRUNCATE_CHUNK,
            TruncateChunkRequest.newBuilder().setChunk(CHUNK).setLength(4000).build(),
            null,
            null));
    assertThat(a.content()).isEqualTo(Arrays.copyOf(data, 4000));
    assertThat(b.content()).isEqualTo(Arrays.copyOf(data, 4000));
    SyncChunkRequest sync =
        SyncChunkRequest.newBuilder().setChunk(CHUNK).setDurabilitySeen(1).build();
    done(ask(client, A, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null));
    a.disk.crash();
    assertThat(a.disk.content(FILE)).hasSize(4000);
    b.disk.crash();
    assertThat(b.disk.content(FILE)).hasSize(4000);
  }

  @Test
  void a_removal_takes_the_chunk_file_from_both() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    RemoveChunksRequest remove = RemoveChunksRequest.newBuilder().addChunks(CHUNK).build();
    done(ask(client, A, 0, epoch(), Operations.REMOVE_CHUNKS, remove, null, null));
    assertThat(a.disk.exists(FILE)).isFalse();
    assertThat(b.disk.exists(FILE)).isFalse();
  }

  @Test
  void requests_of_another_epoch_or_to_the_wrong_member_are_refused() throws Exception {
    byte[] data = random(1, 100);
    assertThat(refusal(write(client, A, epoch() - 1, 0, data))).isEqualTo(Kind.STALE_EPOCH);
    assertThat(refusal(write(client, A, epoch() + 1, 0, data))).isEqualTo(Kind.RETRY);
    assertThat(refusal(write(client, B, epoch(), 0, data))).isEqualTo(Kind.NOT_SERVED);
    Answer<ChunkState> forged =
        ask(
            client,
            B,
            FrameHeader.FLAG_FORWARDED,
            epoch(),
            Operations.WRITE_CHUNK,
            WriteChunkRequest.newBuilder().setChunk(CHUNK).build(),
            ByteBuffer.wrap(data),
            null);
    assertThat(forged).isInstanceOf(Answer.Refused.class);
    assertThat(a.disk.exists(FILE)).isFalse();
    assertThat(b.disk.exists(FILE)).isFalse();
  }

  @Test
  void overlapping_writes_of_two_clients_end_equal() throws Exception {
    RpcClient other = client();
    // Disks that are fast or slow by chance would write in another order on each member.
    for (Server server : List.of(a, b)) {
      SplittableRandom pace = new SplittableRandom(server == a ? 1 : 2);
      server.disk.setHook((call, path) -> {
        if (call.equals("write") && path.startsWith("mirrored")) {
          long nanos;
          synchronized (pace) {
            nanos = pace.nextInt(4_000_000);
          }
          ports.clock().parkNanos(pace, nanos);
        }
      });
    }
    List<Thread> threads = new ArrayList<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < 4; i++) {
      SplittableRandom random = new SplittableRandom(i);
      RpcClient from = i % 2 == 0 ? client : other;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int step = 0; step < 40; step++) {
                    int length = random.nextInt(1, random.nextInt(5) == 0 ? 700_000 : 20_000);
                    done(write(from, A, random.nextInt(100_000), random(step, length)));
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
    assertThat(a.content()).isEqualTo(b.content());
    assertThat(a.content().length).isGreaterThan(100_000);
  }

  @Test
  void a_secondary_answers_reads_of_what_is_confirmed_as_long_as_it_has_a_lease() throws Exception {
    done(write(client, A, 0, random(1, 1000)));
    await(
        "a read at the secondary",
        () -> {
          try {
            return read(B, FrameHeader.FLAG_ANY_MEMBER) instanceof Answer.Done<ReadChunkReply> found
                && found.reply().getChunkLength() == 1000;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    management.leaseMillis = 0;
    await(
        "the end of the lease",
        () -> {
          try {
            return read(B, FrameHeader.FLAG_ANY_MEMBER)
                    instanceof Answer.Refused<ReadChunkReply>(Failure refused)
                && refused.kind() == Kind.NOT_SERVED;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    // The primary has none either, and asks the secondary.
    assertThat(done(read(A, 0)).getChunkLength()).isEqualTo(1000);
    b.kill();
    await(
        "the end of the primary's lease",
        () -> {
          try {
            return read(A, 0) instanceof Answer.Refused<ReadChunkReply>(Failure refused)
                && refused.kind() == Kind.RETRY;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }
}
