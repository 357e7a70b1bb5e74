package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.SetAttributesRequest;

/// Random operations through several openings, compared with an array of bytes after each step;
/// some requests are carried out twice, as after a lost answer.
final class FileModelTest {
  private static final int SIZE_MAX = 4 << 20;
  private static final int STEPS = 250;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void behavesLikeAnArrayOfBytes(int seed) throws ErrnoException {
    Random random = new Random(seed);
    DataSettings settings =
        DataSettings.DEFAULT
            .withReadAheadBytes(seed % 2 == 0 ? 0 : 2 << 20)
            .withWriteBehindBytes(seed % 3 == 0 ? 2 << 20 : 64 << 20);
    try (Clients clients = new Clients(1, settings)) {
      clients.cluster().repeat(20, seed);
      new Run(clients, random, Clients.randomLayout(random)).steps();
    }
  }

  private static final class Run {
    private final Clients clients;
    private final Random random;
    private final Layout layout;
    private final ClusterFileSystem client;
    private final long inode;
    private final List<OpenFile> openings = new ArrayList<>();
    private final byte[] model = new byte[SIZE_MAX];
    private int size;
    private long sequentialAt;

    Run(Clients clients, Random random, Layout layout) throws ErrnoException {
      this.clients = clients;
      this.random = random;
      this.layout = layout;
      this.client = clients.client();
      this.inode = clients.cluster().shard(2).file(layout, "f");
      openings.add(Clients.open(client, inode));
    }

    void steps() throws ErrnoException {
      for (int step = 0; step < STEPS; step++) {
        step(random.nextInt(24));
        assertThat(client.attributes(inode).getSize()).as("size").isEqualTo(size);
      }
      for (OpenFile opening : openings) {
        opening.close();
      }
      assertThat(clients.cluster().shard(2).openings(inode)).isZero();
      ClusterFileSystem other = clients.client();
      OpenFile fresh = Clients.open(other, inode);
      checkRead(fresh, 0, size + 1);
      fresh.close();
    }

    private OpenFile any() {
      return openings.get(random.nextInt(openings.size()));
    }

    private void step(int kind) throws ErrnoException {
      switch (kind) {
        case 0, 1, 2, 3 -> write(any(), offset(), 1 + random.nextInt(9000));
        case 4, 5 -> write(any(), offset(), 1 + random.nextInt(2 << 20));
        case 6, 7, 8, 9 -> {
          int length = 1 + random.nextInt(30_000);
          write(any(), sequentialAt, length);
          sequentialAt += length;
          if (sequentialAt > SIZE_MAX / 2) {
            sequentialAt = 0;
          }
        }
        case 10, 11 -> checkRead(any(), offset(), 1 + random.nextInt(100_000));
        case 12 -> checkRead(any(), offset(), 1 + random.nextInt(3 << 20));
        case 13 -> readSequentially();
        case 14 -> append();
        case 15 -> truncate(random.nextBoolean() ? offset() : random.nextInt(size + 1));
        case 16 -> zero();
        case 17 -> reserve();
        case 18 -> any().flush();
        case 19 -> any().sync(random.nextBoolean());
        case 20 -> seek(false);
        case 21 -> seek(true);
        case 22 -> reopen();
        case 23 -> copy();
        default -> throw new AssertionError(kind);
      }
    }

    private long offset() {
      long offset = random.nextInt(SIZE_MAX);
      return switch (random.nextInt(3)) {
        case 0 -> offset / layout.chunkBytes() * layout.chunkBytes();
        case 1 -> Math.min(offset, size);
        default -> offset;
      };
    }

    private void write(OpenFile file, long offset, int wanted) throws ErrnoException {
      int length = (int) Math.min(wanted, SIZE_MAX - offset);
      byte[] bytes = Clients.bytes(random, length);
      Clients.write(file, offset, bytes);
      System.arraycopy(bytes, 0, model, (int) offset, length);
      if (length > 0) {
        size = (int) Math.max(size, offset + length);
      }
    }

    private void checkRead(OpenFile file, long offset, int count) throws ErrnoException {
      byte[] expected =
          offset >= size
              ? new byte[0]
              : Arrays.copyOfRange(model, (int) offset, (int) Math.min(size, offset + count));
      byte[] got = Clients.read(file, offset, count);
      int mismatch = Arrays.mismatch(expected, got);
      assertThat(mismatch)
          .as("read of %d at %d of %d: first wrong byte", count, offset, size)
          .isEqualTo(-1);
    }

    private void readSequentially() throws ErrnoException {
      OpenFile file = any();
      int step = 1 + random.nextInt(300_000);
      for (long at = 0; at < size; at += step) {
        checkRead(file, at, step);
      }
    }

    private void append() throws ErrnoException {
      int length = 1 + random.nextInt(10_000);
      if (size + length > SIZE_MAX) {
        return;
      }
      byte[] bytes = Clients.bytes(random, length);
      long at = any().write(ByteBuffer.wrap(bytes), 0, true);
      assertThat(at).isEqualTo(size);
      System.arraycopy(bytes, 0, model, size, length);
      size += length;
    }

    private void truncate(long to) throws ErrnoException {
      var changed =
          client.setAttributes(
              SetAttributesRequest.newBuilder().setInode(inode).setSize(to).build());
      assertThat(changed.getSize()).isEqualTo(to);
      if (to < size) {
        Arrays.fill(model, (int) to, size, (byte) 0);
      }
      size = (int) to;
    }

    private void zero() throws ErrnoException {
      long offset = offset();
      int length = (int) Math.min(1 + random.nextInt(1 << 20), SIZE_MAX - offset);
      if (length == 0) {
        return;
      }
      int mode = List.of(3, 0x10, 0x11).get(random.nextInt(3));
      any().allocate(mode, offset, length);
      Arrays.fill(
          model, (int) offset, (int) Math.max(offset, Math.min(size, offset + length)), (byte) 0);
      if (mode == 0x10) {
        size = (int) Math.max(size, offset + length);
      }
    }

    private void reserve() throws ErrnoException {
      long offset = offset();
      int length = (int) Math.min(1 + random.nextInt(1 << 20), SIZE_MAX - offset);
      if (length == 0) {
        return;
      }
      int mode = random.nextInt(2);
      any().allocate(mode, offset, length);
      if (mode == 0) {
        size = (int) Math.max(size, offset + length);
      }
    }

    private void seek(boolean hole) throws ErrnoException {
      long offset = offset();
      long got;
      try {
        got = any().seek(offset, hole);
      } catch (ErrnoException e) {
        assertThat(e.errno()).isEqualTo(Errno.ENXIO.number());
        got = -1;
      }
      long expected = offset >= size ? -1 : offset;
      while (expected >= 0 && expected < size && isHole(expected) != hole) {
        long next = (expected / 4096 + 1) * 4096;
        // A chunk file may end within a block.
        long end = hole ? chunkFileEndFrom(expected) : next;
        expected = Math.min(next, end);
      }
      if (expected >= size) {
        expected = hole ? size : -1;
      }
      assertThat(got)
          .as("seek %s from %d of %d", hole ? "hole" : "data", offset, size)
          .isEqualTo(expected);
    }

    private boolean isHole(long offset) {
      int stripe = layout.stripeOf(offset);
      return clients
          .cluster()
          .target(layout.stripes().get(stripe))
          .isHole(chunk(stripe), layout.chunkFileOffset(offset));
    }

    private ChunkId chunk(int stripe) {
      return ChunkId.newBuilder().setInode(inode).setStripe(stripe).build();
    }

    private long chunkFileEndFrom(long offset) {
      int stripe = layout.stripeOf(offset);
      long length = clients.cluster().target(layout.stripes().get(stripe)).length(chunk(stripe));
      long at = layout.chunkFileOffset(offset);
      return length > at ? offset + length - at : Long.MAX_VALUE;
    }

    private void reopen() throws ErrnoException {
      if (openings.size() > 1 && random.nextBoolean()) {
        openings.remove(random.nextInt(openings.size())).close();
      } else if (openings.size() < 4) {
        openings.add(Clients.open(client, inode));
      }
    }

    private void copy() throws ErrnoException {
      int from = random.nextInt(size + 1);
      int to = random.nextInt(SIZE_MAX);
      int length = Math.min(random.nextInt(1 << 20), SIZE_MAX - Math.max(from, to));
      if (Math.abs(from - to) < length) {
        return;
      }
      long copied = any().copyRange(from, any(), to, length);
      assertThat(copied).isEqualTo(Math.min(length, size - from));
      System.arraycopy(model, from, model, to, (int) copied);
      if (copied > 0) {
        size = (int) Math.max(size, to + copied);
      }
    }
  }
}
