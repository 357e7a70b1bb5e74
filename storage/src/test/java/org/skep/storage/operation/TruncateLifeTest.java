package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

class TruncateLifeTest {
  private static final ChunkId CHUNK = TestTarget.chunk(7);
  private static final ChunkKey KEY = new ChunkKey(CHUNK.getInode(), CHUNK.getStripe());

  @Test
  void a_cut_of_a_dead_shard_does_not_take_what_was_written_after_the_next_life_repeated_it()
      throws Exception {
    TestTarget target = new TestTarget(new MemoryDisk("target"));
    TruncateChunk truncate = new TruncateChunk(target.targets);
    write(target, 100);
    ChunkState _ = target.done(truncate, request(10, 2));
    write(target, 100);
    Outcome<ChunkState> late = target.ask(truncate, request(10, 1), new byte[0]);
    assertThat(late).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused<ChunkState>) late).failure().errno())
        .isEqualTo(Errno.ESTALE.number());
    ChunkState state =
        target.done(
            new StatChunk(target.targets), StatChunkRequest.newBuilder().setChunk(CHUNK).build());
    assertThat(state.getLength()).isEqualTo(100);
    assertThat(target.done(truncate, request(20, 3)).getLength()).isEqualTo(20);
  }

  @Test
  void what_was_cut_away_does_not_come_back_when_the_host_loses_its_power() throws Exception {
    MemoryDisk disk = new MemoryDisk("target");
    TestTarget target = new TestTarget(disk);
    write(target, 100);
    ChunkStatus _ = target.store.sync(KEY, 0, false);
    ChunkState _ = target.done(new TruncateChunk(target.targets), request(10, 1));
    disk.crash();
    assertThat(stat(new TestTarget(disk)).getLength()).isEqualTo(10);
  }

  private static ChunkState stat(TestTarget target) {
    return target.done(
        new StatChunk(target.targets), StatChunkRequest.newBuilder().setChunk(CHUNK).build());
  }

  private static void write(TestTarget target, int length) {
    ChunkState _ =
        target.done(
            new WriteChunk(target.targets),
            WriteChunkRequest.newBuilder().setChunk(CHUNK).build(),
            new byte[length]);
  }

  private static TruncateChunkRequest request(long length, long life) {
    return TruncateChunkRequest.newBuilder()
        .setChunk(CHUNK)
        .setLength(length)
        .setLife(life)
        .build();
  }
}
