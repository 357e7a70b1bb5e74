package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Interruption;
import org.skep.client.OpenFile;
import org.skep.linux.OpenFlags;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.world.SimulatedProcess;
import org.skep.wire.message.LockMessage;

/// A lock that clients wait for and hold in turns, each with an unlinked file open meanwhile. A
/// client that dies may hold it or wait for it: then it is free when its lease has ended, and its
/// unlinked files are gone in the end.
final class Turns {
  private static final long HELD_NANOS_MAX = 200_000_000L;

  private final long directory;
  private final long locked;
  private @Nullable SimulatedProcess holder;
  private int count;

  /// Makes the file.
  Turns(FileSystem files, int shard) throws ErrnoException {
    directory =
        new NameStep.MakeDirectory(files.root(), ByteString.copyFromUtf8("turns"), 0755, shard)
            .perform(files)
            .inode();
    locked =
        new NameStep.MakeNode(
                directory, ByteString.copyFromUtf8("locked"), ModelTree.REGULAR | 0644)
            .perform(files)
            .inode();
  }

  /// Waits for the lock, has it for a while, and gives it up.
  ///
  /// @param client the caller's
  /// @throws AssertionError if somebody else who lives has it as well
  void take(Scene scene, SimulatedClient client, FileSystem files, SplittableRandom random)
      throws Exception {
    LockMessage.Family family =
        random.nextBoolean() ? LockMessage.Family.FCNTL : LockMessage.Family.FLOCK;
    SimulatedProcess self = client.process();
    OpenFile file = files.open(locked, OpenFlags.O_RDWR, Step.CALLER);
    // Both families, always in the same order, so that everybody meets everybody.
    lock(files, LockMessage.Family.FLOCK, LockMessage.Type.WRITE, self);
    lock(files, LockMessage.Family.FCNTL, LockMessage.Type.WRITE, self);
    SimulatedProcess other = holder;
    if (other != null && other.alive()) {
      throw new AssertionError("the lock is held by " + other.name() + " and " + self.name());
    }
    holder = self;
    OpenFile nameless = unlinked(files);
    scene.sleep(random.nextLong(HELD_NANOS_MAX));
    if (files.attributes(nameless.inode()).getLinks() != 0) {
      throw new AssertionError("an unlinked file has links");
    }
    nameless.close();
    holder = null;
    if (random.nextBoolean()) {
      lock(files, family, LockMessage.Type.UNLOCK, self);
    }
    file.close();
  }

  /// A file that is open and has no name any more.
  private OpenFile unlinked(FileSystem files) throws ErrnoException {
    ByteString name = ByteString.copyFromUtf8("passing" + count++);
    OpenFile file = NewFile.create(files, directory, name);
    files.unlink(directory, name);
    return file;
  }

  private void lock(
      FileSystem files, LockMessage.Family family, LockMessage.Type type, SimulatedProcess self)
      throws ErrnoException {
    LockMessage wanted =
        LockMessage.newBuilder()
            .setType(type)
            .setFamily(family)
            .setOwner(Integer.toUnsignedLong(self.name().hashCode()))
            .setStart(0)
            .setEnd(Long.MAX_VALUE)
            .build();
    files.setLock(locked, wanted, true, Interruption.NONE);
  }
}
