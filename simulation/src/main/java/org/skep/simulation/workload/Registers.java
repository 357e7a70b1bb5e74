package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.linux.OpenFlags;
import org.skep.simulation.check.RegisterHistory;

/// Places of one file that all clients write to and read from at the same time, past every cache.
/// Each lies within one chunk and is always written whole, with a value of its own, so it has to
/// behave as one register.
///
/// Of two clients that write to one place at the same time one may be repeated after its server
/// died, and so take effect twice, before and after the other's (as over NFS): such registers are
/// checked by the weaker rule.
final class Registers {
  private static final int COUNT = 8;

  /// These are written by all clients, the others by one each.
  private static final int SHARED = 2;

  private static final int BYTES = 4096;

  /// Half of the smallest chunk, so that neighbours share a chunk.
  private static final long DISTANCE_BYTES = 32 << 10;

  private final Scene scene;
  private final BooleanSupplier lossy;
  private final List<RegisterHistory> histories = new ArrayList<>();
  private long inode;
  private long lastValue = RegisterHistory.INITIAL;

  /// @param lossy whether a group counts losses: then registers may be torn and out of date
  Registers(Scene scene, BooleanSupplier lossy) {
    this.scene = scene;
    this.lossy = lossy;
    for (int i = 0; i < COUNT; i++) {
      histories.add(new RegisterHistory());
    }
  }

  /// Makes the file, full of initial values.
  void create(FileSystem files) throws ErrnoException {
    OpenFile file = NewFile.create(files, files.root(), ByteString.copyFromUtf8("registers"));
    inode = file.inode();
    file.write(ByteBuffer.allocate(COUNT * (int) DISTANCE_BYTES), 0, false);
    file.close();
  }

  OpenFile open(FileSystem files) throws ErrnoException {
    return files.open(inode, OpenFlags.O_RDWR | OpenFlags.O_DIRECT, Step.CALLER);
  }

  /// One random write or read.
  ///
  /// @param client whose registers, and those of all, may be written
  void step(int client, OpenFile file, SplittableRandom random) throws ErrnoException {
    if (random.nextInt(5) < 2) {
      boolean shared = random.nextInt(3) == 0;
      int own = SHARED + client + random.nextInt(2) * (COUNT - SHARED) / 2;
      write(file, shared ? random.nextInt(SHARED) : own);
    } else {
      read(file, random.nextInt(COUNT));
    }
  }

  /// Reads a random register that only others write: of a write of its own that is under way a
  /// client knows before anybody else.
  void readOfOthers(int client, OpenFile file, SplittableRandom random) throws ErrnoException {
    int writers = (COUNT - SHARED) / 2;
    int other = (client + 1 + random.nextInt(writers - 1)) % writers;
    read(file, SHARED + other + random.nextInt(2) * writers);
  }

  private void write(OpenFile file, int index) throws ErrnoException {
    long value = ++lastValue;
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    while (bytes.hasRemaining()) {
      bytes.putLong(value);
    }
    long began = scene.nowNanos();
    @Nullable ErrnoException failure = null;
    try {
      file.write(bytes.flip(), index * DISTANCE_BYTES, false);
    } catch (ErrnoException e) {
      failure = e;
    }
    if (failure == null) {
      histories.get(index).wrote(value, began, scene.nowNanos());
    } else {
      histories.get(index).mayHaveWritten(value, began);
      throw failure;
    }
  }

  private void read(OpenFile file, int index) throws ErrnoException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    long began = scene.nowNanos();
    int count = file.read(bytes, index * DISTANCE_BYTES);
    if (count != BYTES) {
      throw new AssertionError("read " + count + " bytes of register " + index);
    }
    bytes.flip();
    long value = bytes.getLong();
    while (bytes.hasRemaining()) {
      long next = bytes.getLong();
      if (next != value && lossy.getAsBoolean()) {
        return;
      }
      if (next != value) {
        throw new AssertionError("register " + index + " is half " + value + " and half " + next);
      }
    }
    histories.get(index).read(value, began, scene.nowNanos());
  }

  void readAll(FileSystem files) throws ErrnoException {
    OpenFile file = open(files);
    for (int i = 0; i < COUNT; i++) {
      read(file, i);
    }
    file.close();
  }

  /// @throws AssertionError if one of them was not as one copy
  void check() {
    if (lossy.getAsBoolean()) {
      return;
    }
    for (int i = 0; i < COUNT; i++) {
      try {
        if (i < SHARED) {
          histories.get(i).checkRepeating();
        } else {
          histories.get(i).check();
        }
      } catch (AssertionError e) {
        throw new AssertionError("register " + i + ": " + e.getMessage(), e);
      }
    }
  }
}
