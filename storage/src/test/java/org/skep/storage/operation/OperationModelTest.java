package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;
import org.skep.wire.Failure;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// Random operations on one chunk leave what the same operations leave in an array.
class OperationModelTest {
  private static final int SIZE = 96 << 10;
  private static final int STEPS = 400;
  private static final ChunkId CHUNK = TestTarget.chunk(77);

  /// Half of the model on each side of 8 TiB, where a chunk file goes on in another local one.
  private static final long OVER_THE_BORDER = (1L << 43) - SIZE / 2;

  private static final long AT_THE_END = Long.MAX_VALUE - 2 * SIZE;

  @ParameterizedTest
  @ValueSource(longs = {0, OVER_THE_BORDER, AT_THE_END})
  void onTheDiskInMemory(long base) throws IOException {
    for (long seed = 1; seed <= 10; seed++) {
      run(seed, base, new MemoryDisk("memory"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, OVER_THE_BORDER, AT_THE_END})
  void onALocalFileSystem(long base, @TempDir Path directory) throws IOException {
    for (long seed = 1; seed <= 3; seed++) {
      run(seed, base, new LocalDisk(directory.resolve("seed-" + seed)));
    }
  }

  private static void run(long seed, long base, Disk disk) throws IOException {
    Model model = new Model(seed, base, new TestTarget(disk));
    for (int step = 0; step < STEPS; step++) {
      model.step();
      model.check(step);
    }
  }

  private static final class Model {
    private final long seed;
    private final TestTarget target;
    private final SplittableRandom random;
    private final byte[] content = new byte[SIZE];
    // Where the content starts in the chunk file.
    private final long base;
    private int length;
    private boolean exists;
    private boolean empty = true;

    Model(long seed, long base, TestTarget target) {
      this.seed = seed;
      this.base = base;
      this.target = target;
      this.random = new SplittableRandom(seed);
    }

    void step() {
      int offset = random.nextInt(SIZE * 3 / 4);
      int count = random.nextInt(1, SIZE / 4);
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6, 7 -> write(offset, count);
        case 8, 9 -> truncate(random.nextInt(SIZE));
        case 10, 11, 12 -> zero(offset, count, false);
        case 13, 14 -> zero(offset, count, true);
        case 15, 16 -> allocate(offset, count, random.nextBoolean());
        case 17, 18 -> sync();
        default -> remove();
      }
    }

    private void write(int offset, int count) {
      byte[] data = new byte[count];
      random.nextBytes(data);
      System.arraycopy(data, 0, content, offset, count);
      length = Math.max(length, offset + count);
      exists = true;
      empty = false;
      ChunkState state =
          target.done(
              new WriteChunk(target.targets),
              WriteChunkRequest.newBuilder().setChunk(CHUNK).setOffset(base + offset).build(),
              data);
      assertThat(state.getLength()).isEqualTo(chunkLength());
    }

    private void truncate(int to) {
      if (to < length) {
        Arrays.fill(content, to, SIZE, (byte) 0);
        length = to;
      }
      target.done(
          new TruncateChunk(target.targets),
          TruncateChunkRequest.newBuilder().setChunk(CHUNK).setLength(base + to).build());
    }

    private void zero(int offset, int count, boolean keep) {
      Arrays.fill(content, offset, offset + count, (byte) 0);
      target.done(
          new PunchChunk(target.targets),
          PunchChunkRequest.newBuilder()
              .setChunk(CHUNK)
              .setOffset(base + offset)
              .setLength(count)
              .setZeroRange(keep)
              .build());
    }

    private void allocate(int offset, int count, boolean keepSize) {
      exists = true;
      if (!keepSize) {
        length = Math.max(length, offset + count);
        empty = false;
      }
      target.done(
          new AllocateChunk(target.targets),
          AllocateChunkRequest.newBuilder()
              .setChunk(CHUNK)
              .setOffset(base + offset)
              .setLength(count)
              .setKeepSize(keepSize)
              .build());
    }

    private void sync() {
      target.done(
          new SyncChunk(target.targets),
          SyncChunkRequest.newBuilder()
              .setChunk(CHUNK)
              .setDurabilitySeen(exists ? target.disk.durability() : 0)
              .setDataOnly(random.nextBoolean())
              .build());
    }

    private void remove() {
      Arrays.fill(content, (byte) 0);
      length = 0;
      exists = false;
      empty = true;
      target.done(
          new RemoveChunks(target.targets),
          RemoveChunksRequest.newBuilder().addChunks(CHUNK).build());
    }

    void check(int step) {
      String where = "seed " + seed + ", step " + step;
      int offset = random.nextInt(SIZE);
      int count = random.nextInt(SIZE);
      assertThat(read(offset, count))
          .as(where)
          .isEqualTo(
              Arrays.copyOfRange(
                  content,
                  Math.min(offset, length),
                  Math.max(Math.min(offset, length), Math.min(offset + count, length))));
      ChunkState state =
          target.done(
              new StatChunk(target.targets), StatChunkRequest.newBuilder().setChunk(CHUNK).build());
      assertThat(state.getLength()).as(where).isEqualTo(chunkLength());
      assertThat(state.getDurability()).isEqualTo(target.disk.durability());
      checkSeek(where, offset);
    }

    private long chunkLength() {
      return empty ? 0 : base + length;
    }

    private void checkSeek(String where, int offset) {
      SeekChunkReply reply =
          target.done(
              new SeekChunk(target.targets),
              SeekChunkRequest.newBuilder().setChunk(CHUNK).setOffset(base + offset).build());
      int data = reply.hasOffset() ? (int) (reply.getOffset() - base) : length;
      for (int at = offset; at < data; at++) {
        assertThat(content[at]).as(where).isZero();
      }
      SeekChunkReply hole =
          target.done(
              new SeekChunk(target.targets),
              SeekChunkRequest.newBuilder()
                  .setChunk(CHUNK)
                  .setOffset(base + offset)
                  .setHole(true)
                  .build());
      assertThat(hole.hasOffset()).as(where).isEqualTo(offset < length);
      if (hole.hasOffset()) {
        assertThat(hole.getOffset()).as(where).isBetween(base + offset, base + length);
      }
    }

    private byte[] read(int offset, int count) {
      Outcome<ReadChunkReply> outcome =
          target.ask(
              new ReadChunk(target.targets),
              ReadChunkRequest.newBuilder()
                  .setChunk(CHUNK)
                  .setOffset(base + offset)
                  .setLength(count)
                  .build(),
              new byte[0]);
      if (!(outcome instanceof Outcome.Done<ReadChunkReply> done)) {
        throw new AssertionError(outcome);
      }
      assertThat(done.reply().getChunkLength()).isEqualTo(chunkLength());
      byte[] data = new byte[done.bulk().remaining()];
      done.bulk().get(data);
      return data;
    }
  }

  @Test
  void impossibleValuesAreRefused() throws IOException {
    TestTarget target = new TestTarget(new MemoryDisk("memory"));
    WriteChunk write = new WriteChunk(target.targets);
    WriteChunkRequest.Builder request = WriteChunkRequest.newBuilder().setChunk(CHUNK);
    Failure negative = target.refused(write, request.setOffset(-1).build(), (byte) 1);
    assertThat(negative.detail()).isEqualTo("offset of 18446744073709551615 bytes");
    Failure behind = target.refused(write, request.setOffset(Long.MAX_VALUE).build(), (byte) 1);
    assertThat(behind.errno()).isEqualTo(Errno.EFBIG.number());
    Failure none = target.refused(write, WriteChunkRequest.getDefaultInstance(), (byte) 1);
    assertThat(none.detail()).isEqualTo("chunk of inode 0, stripe 0");
    Failure large =
        target.refused(
            new ReadChunk(target.targets),
            ReadChunkRequest.newBuilder().setChunk(CHUNK).setLength((1 << 20) + 1).build());
    assertThat(large.detail()).isEqualTo("a read of 1048577 bytes");
    assertThat(target.disk.exists("chunks")).isFalse();
  }

  @Test
  void diskErrorsReachTheApplicationAsWhatTheyMeanToIt() throws IOException {
    MemoryDisk disk = new MemoryDisk("memory");
    TestTarget target = new TestTarget(disk);
    WriteChunk write = new WriteChunk(target.targets);
    WriteChunkRequest request = WriteChunkRequest.newBuilder().setChunk(CHUNK).build();
    disk.setCapacityBytes(0);
    Failure full = target.refused(write, request, (byte) 1);
    assertThat(full.errno()).isEqualTo(Errno.ENOSPC.number());
    assertThat(full.detail())
        .isEqualTo(
            "storage target 10: pwrite chunks/00/00/000100000000004d-0: No space left on device");
    disk.wipe();
    StatChunkRequest stat = StatChunkRequest.newBuilder().setChunk(TestTarget.chunk(5)).build();
    assertThat(target.refused(new StatChunk(target.targets), stat).errno())
        .isEqualTo(Errno.EIO.number());
    assertThat(target.target.fault()).isNotNull();
    assertThat(target.target.report()).isNull();
    assertThat(target.refused(write, request, (byte) 1).detail()).contains("serves no more");
  }
}
