package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.SetAttributesRequest;

/// A file that one client changes at a time, beside its model.
final class OwnedFile {
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 16;

  private final FileModel model;
  private final LongSupplier powerCuts;
  private final Consumer<String> notes;
  private long inode;
  private @Nullable OpenFile file;

  /// @param powerCuts of storage hosts so far
  /// @param notes gets what is done
  OwnedFile(LongSupplier powerCuts, Consumer<String> notes) {
    this.powerCuts = powerCuts;
    this.notes = notes;
    model = new FileModel(powerCuts);
  }

  void create(FileSystem files, long parent, String name) throws ErrnoException {
    file = NewFile.create(files, parent, ByteString.copyFromUtf8(name));
    inode = file.inode();
  }

  private void note(String what) {
    notes.accept("%x: %s, size %d".formatted(inode, what, model.size()));
  }

  private OpenFile file() {
    OpenFile open = file;
    if (open == null) {
      throw new IllegalStateException("the file is not open");
    }
    return open;
  }

  /// One random change or look.
  void step(FileSystem files, SplittableRandom random) throws ErrnoException {
    int offset = offset(random);
    int length = Math.min(length(random), FileModel.BYTES_MAX - offset);
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> write(random, offset, length, false);
      case 6, 7 -> {
        if (model.size() + length < FileModel.BYTES_MAX) {
          write(random, model.size(), length, true);
        }
      }
      case 8, 9, 10 -> read(offset, length);
      case 11 -> truncate(files, random.nextBoolean() ? offset : model.size() / 2);
      case 12 -> allocate(PUNCH_HOLE | KEEP_SIZE, offset, length);
      case 13 -> allocate(ZERO_RANGE | KEEP_SIZE, offset, length);
      case 14 -> allocate(random.nextBoolean() ? 0 : ZERO_RANGE, offset, length);
      case 15, 16 -> sync(random.nextBoolean());
      case 17 -> file().flush();
      case 18 -> reopen(files, random.nextInt(5) == 0);
      default -> checkSize(files);
    }
  }

  private int offset(SplittableRandom random) {
    return random.nextInt(Math.max(1000, Math.min(FileModel.BYTES_MAX, model.size() * 5 / 4)));
  }

  private static int length(SplittableRandom random) {
    return 1 + random.nextInt(1 << (4 + random.nextInt(14)));
  }

  private void write(SplittableRandom random, int offset, int length, boolean append)
      throws ErrnoException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (1 + random.nextInt(255));
    }
    long cutsBefore = powerCuts.getAsLong();
    long at = file().write(ByteBuffer.wrap(bytes), append ? 0 : offset, append);
    if (at != offset) {
      throw new AssertionError("written at " + at + ", not at " + offset);
    }
    model.write(offset, bytes, cutsBefore);
    note("written %d..%d%s".formatted(offset, offset + length, append ? " at the end" : ""));
  }

  private void read(int offset, int length) throws ErrnoException {
    ByteBuffer into = ByteBuffer.allocate(length);
    int count = file().read(into, offset);
    int expected = Math.clamp(model.size() - offset, 0, length);
    if (count != expected || into.position() != expected) {
      throw new AssertionError(
          "read %d bytes at %d of %d, not %d".formatted(count, offset, model.size(), expected));
    }
    model.check(offset, into.flip());
  }

  private ByteBuffer whole(OpenFile open) throws ErrnoException {
    ByteBuffer into = ByteBuffer.allocate(FileModel.BYTES_MAX + 1);
    int count = open.read(into, 0);
    if (count != model.size()) {
      throw new AssertionError("the file has " + count + " bytes, not " + model.size());
    }
    return into.flip();
  }

  private void truncate(FileSystem files, int size) throws ErrnoException {
    files.setAttributes(
        SetAttributesRequest.newBuilder()
            .setInode(inode)
            .setSize(size)
            .setCaller(Step.CALLER)
            .build());
    model.truncate(size);
    note("truncated");
  }

  private void allocate(int mode, int offset, int length) throws ErrnoException {
    long cutsBefore = powerCuts.getAsLong();
    file().allocate(mode, offset, length);
    if ((mode & KEEP_SIZE) == 0) {
      model.grow(offset + length);
    }
    if (mode != 0) {
      model.zero(offset, length, cutsBefore);
    }
    note("allocated with mode %d: %d..%d".formatted(mode, offset, offset + length));
  }

  /// fsync or fdatasync.
  void sync(boolean dataOnly) throws ErrnoException {
    long cutsBefore = powerCuts.getAsLong();
    boolean doubtful;
    try {
      file().sync(dataOnly);
      note("synced");
      model.synced(whole(file()), cutsBefore);
      return;
    } catch (ErrnoException e) {
      doubtful = e.errno() == Errno.EIO.number() && model.isDoubtful();
      if (!doubtful) {
        throw e;
      }
    }
    note("not synced: data may be lost");
    model.lost(whole(file()));
  }

  private void reopen(FileSystem files, boolean truncate) throws ErrnoException {
    close();
    file = files.open(inode, OpenFlags.O_RDWR | (truncate ? OpenFlags.O_TRUNC : 0), Step.CALLER);
    if (truncate) {
      model.truncate(0);
    }
    note(truncate ? "opened with O_TRUNC" : "opened again");
  }

  void open(FileSystem files) throws ErrnoException {
    file = files.open(inode, OpenFlags.O_RDWR, Step.CALLER);
  }

  void close() throws ErrnoException {
    try {
      file().close();
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EIO.number() || !model.isDoubtful()) {
        throw e;
      }
    }
    model.closed();
    file = null;
  }

  private void checkSize(FileSystem files) throws ErrnoException {
    long size = files.attributes(inode).getSize();
    if (size != model.size()) {
      throw new AssertionError("the size is " + size + ", not " + model.size());
    }
  }

  /// Reads everything, as any client may when the owner has closed it.
  void verify(FileSystem files) throws ErrnoException {
    checkSize(files);
    OpenFile reading = files.open(inode, OpenFlags.O_RDONLY, Step.CALLER);
    model.check(0, whole(reading));
    reading.close();
  }
}
