package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.SetAttributesRequest;

/// A file that is written, cut and made longer again while any host loses its power: what was cut
/// away never comes back, whatever else is lost. Each write has a number, which is the value of all
/// its bytes; a byte may show no write that is older than the last truncation that took it away.
final class CutFile {
  private static final int BYTES_MAX = 300_000;
  private static final int WRITES_MAX = 120;

  // By byte: the number of the last write before it was cut away.
  private final byte[] gone = new byte[BYTES_MAX];
  private final LongSupplier powerCuts;
  private final Consumer<String> notes;
  private byte writes;
  private long inode;

  /// @param powerCuts so far
  /// @param notes gets what is done
  CutFile(LongSupplier powerCuts, Consumer<String> notes) {
    this.powerCuts = powerCuts;
    this.notes = notes;
  }

  /// Makes it, durably.
  void make(FileSystem files, long parent, String name) throws ErrnoException {
    OpenFile file = NewFile.create(files, parent, ByteString.copyFromUtf8(name));
    inode = file.inode();
    write(file, 0, BYTES_MAX);
    file.sync(false);
    file.close();
  }

  private void write(OpenFile file, int offset, int length) throws ErrnoException {
    if (writes == WRITES_MAX) {
      return;
    }
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, ++writes);
    notes.accept("%x: write %d at %d..%d".formatted(inode, writes, offset, offset + length));
    long _ = file.write(ByteBuffer.wrap(bytes), offset, false);
  }

  /// A few changes through one opening, after a cut perhaps.
  void use(FileSystem files, SplittableRandom random) throws ErrnoException {
    if (random.nextBoolean()) {
      truncate(files, random.nextInt(BYTES_MAX));
    }
    OpenFile file = files.open(inode, OpenFlags.O_RDWR, Step.CALLER);
    try {
      for (int i = 0; i < 4; i++) {
        int offset = random.nextInt(BYTES_MAX);
        switch (random.nextInt(4)) {
          case 0 -> resize(files, BYTES_MAX);
          case 1 -> file.sync(random.nextBoolean());
          default -> write(file, offset, 1 + random.nextInt(BYTES_MAX - offset));
        }
        check(file);
      }
    } finally {
      file.close();
    }
  }

  /// While it is not open here, so that its size is what the shard says: one that has lost the last
  /// size makes the file longer instead, and cuts nothing.
  private void truncate(FileSystem files, int size) throws ErrnoException {
    long cutsBefore = powerCuts.getAsLong();
    if (files.attributes(inode).getSize() <= size) {
      return;
    }
    resize(files, size);
    if (powerCuts.getAsLong() == cutsBefore) {
      Arrays.fill(gone, size, BYTES_MAX, writes);
      notes.accept("%x: cut at %d".formatted(inode, size));
    }
  }

  private void resize(FileSystem files, int size) throws ErrnoException {
    files.setAttributes(
        SetAttributesRequest.newBuilder()
            .setInode(inode)
            .setSize(size)
            .setCaller(Step.CALLER)
            .build());
  }

  /// @throws AssertionError naming a byte that was cut away and is there
  void check(FileSystem files) throws ErrnoException {
    OpenFile file = files.open(inode, OpenFlags.O_RDONLY, Step.CALLER);
    try {
      check(file);
    } finally {
      file.close();
    }
  }

  private void check(OpenFile file) throws ErrnoException {
    ByteBuffer content = ByteBuffer.allocate(BYTES_MAX);
    int count = file.read(content, 0);
    for (int at = 0; at < count; at++) {
      byte value = content.get(at);
      if (value != 0 && value <= gone[at]) {
        throw new AssertionError(
            "%x: byte %d is of write %d, but was cut away after write %d"
                .formatted(inode, at, value, gone[at]));
      }
    }
  }
}
