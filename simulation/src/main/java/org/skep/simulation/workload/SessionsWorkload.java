package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Interruption;
import org.skep.client.OpenFile;
import org.skep.cluster.NodeKind;
import org.skep.linux.OpenFlags;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.Partition;
import org.skep.wire.message.LockMessage;

/// What a server keeps for a client, and what is left of it when the client dies: locks are never
/// held by two, and those of a dead client end with its lease; unlinked files can be used until
/// they are closed; records appended by several clients are all there, whole and once.
///
/// Servers are killed meanwhile; in some runs a client dies with all that it holds.
public final class SessionsWorkload implements Workload {
  private static final int CLIENTS = 3;
  private static final int ROUNDS = 8;
  private static final long SECOND = 1_000_000_000L;
  private static final long WHOLE_FILE = Long.MAX_VALUE;

  private final List<LogRecord> acknowledged = new ArrayList<>();
  private long locked;
  private long log;
  private boolean oneDies;
  private @Nullable SimulatedClient holder;

  /// A record that was appended.
  private record LogRecord(int client, int number) {
    static final int BYTES = 1000;

    ByteBuffer bytes() {
      ByteBuffer bytes = ByteBuffer.allocate(BYTES);
      while (bytes.hasRemaining()) {
        bytes.putInt(1 + client).putInt(number);
      }
      return bytes.flip();
    }

    /// Null if the bytes are no whole record: a hole, or what a client that died had written of
    /// one.
    static @Nullable LogRecord of(ByteBuffer bytes) {
      if (bytes.remaining() < BYTES) {
        return null;
      }
      LogRecord record = new LogRecord(bytes.getInt(0) - 1, bytes.getInt(4));
      return bytes.equals(record.bytes()) ? record : null;
    }
  }

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      long pause = 20_000_000L << random.nextInt(5);
      faults.add(new Crash(Set.of(NodeKind.values()), 0, 3 * pause, pause));
    }
    if (random.nextInt(3) == 0) {
      faults.add(new Partition(SECOND, SECOND / 5));
    }
    oneDies = random.nextInt(3) == 0;
    return new Plan(new Shape(2, 2, CLIENTS, false), Wires.of(random), faults, 8 * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    FileSystem files = scene.files(0);
    OpenFile file = create(files, "locked");
    locked = file.inode();
    file.close();
    file = create(files, "log");
    log = file.inode();
    file.close();
  }

  private static OpenFile create(FileSystem files, String name) throws ErrnoException {
    return NewFile.create(files, files.root(), ByteString.copyFromUtf8(name));
  }

  @Override
  public void run(Scene scene) throws Exception {
    List<Actor> actors = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      SplittableRandom random = scene.random().split();
      actors.add(new Actor(i, files -> lockInTurn(scene, client, files, random.split())));
      actors.add(new Actor(i, files -> append(client, files)));
      actors.add(new Actor(i, files -> useUnlinked(client, files, random.split())));
    }
    if (oneDies) {
      SimulatedClient dying = scene.cluster().client(CLIENTS - 1);
      scene.cluster().scheduler().after(scene.random().nextLong(SECOND / 5), dying::kill);
    }
    scene.together(actors);
  }

  private void lockInTurn(Scene scene, int client, FileSystem files, SplittableRandom random)
      throws Exception {
    OpenFile file = files.open(locked, OpenFlags.O_RDWR, Step.CALLER);
    SimulatedClient self = scene.cluster().client(client);
    for (int round = 0; round < ROUNDS; round++) {
      LockMessage.Family family =
          random.nextBoolean() ? LockMessage.Family.FCNTL : LockMessage.Family.FLOCK;
      // Both families, so that nobody with one meets another with the other.
      lock(files, LockMessage.Family.FLOCK, LockMessage.Type.WRITE, client);
      lock(files, LockMessage.Family.FCNTL, LockMessage.Type.WRITE, client);
      SimulatedClient other = holder;
      if (other != null && other.isUp()) {
        throw new AssertionError("held by " + other.host() + " and " + self.host());
      }
      holder = self;
      self.process().ports().clock().sleepNanos(random.nextLong(SECOND / 50));
      holder = null;
      lock(files, family, LockMessage.Type.UNLOCK, client);
      lock(files, other(family), LockMessage.Type.UNLOCK, client);
    }
    file.close();
  }

  private static LockMessage.Family other(LockMessage.Family family) {
    return family == LockMessage.Family.FCNTL ? LockMessage.Family.FLOCK : LockMessage.Family.FCNTL;
  }

  private void lock(FileSystem files, LockMessage.Family family, LockMessage.Type type, int client)
      throws ErrnoException {
    LockMessage wanted =
        LockMessage.newBuilder()
            .setType(type)
            .setFamily(family)
            .setOwner(100 + client)
            .setStart(0)
            .setEnd(WHOLE_FILE)
            .build();
    files.setLock(locked, wanted, true, Interruption.NONE);
  }

  private void append(int client, FileSystem files) throws ErrnoException {
    OpenFile file = files.open(log, OpenFlags.O_WRONLY | OpenFlags.O_APPEND, Step.CALLER);
    for (int number = 0; number < 3 * ROUNDS; number++) {
      LogRecord record = new LogRecord(client, number);
      long _ = file.write(record.bytes(), 0, true);
      if (number % 4 == 3) {
        file.flush();
      }
    }
    file.close();
    for (int number = 0; number < 3 * ROUNDS; number++) {
      acknowledged.add(new LogRecord(client, number));
    }
  }

  private static void useUnlinked(int client, FileSystem files, SplittableRandom random)
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "passing" + client;
      OpenFile file = create(files, name);
      files.unlink(files.root(), ByteString.copyFromUtf8(name));
      byte[] content = new byte[1 + random.nextInt(200_000)];
      random.nextBytes(content);
      long _ = file.write(ByteBuffer.wrap(content), 0, false);
      if (random.nextBoolean()) {
        file.sync(false);
      }
      if (files.attributes(file.inode()).getLinks() != 0) {
        throw new AssertionError("an unlinked file has links");
      }
      ByteBuffer read = ByteBuffer.allocate(content.length);
      int count = file.read(read, 0);
      if (count != content.length || !read.flip().equals(ByteBuffer.wrap(content))) {
        throw new AssertionError("an unlinked file has other content than was written");
      }
      file.close();
    }
  }

  @Override
  public void check(Scene scene) throws Exception {
    FileSystem files = scene.files(0);
    // Waits for the lease of a dead client, if it died with the lock.
    OpenFile file = files.open(locked, OpenFlags.O_RDWR, Step.CALLER);
    lock(files, LockMessage.Family.FLOCK, LockMessage.Type.WRITE, 0);
    lock(files, LockMessage.Family.FCNTL, LockMessage.Type.WRITE, 0);
    file.close();
    checkLog(files);
  }

  private void checkLog(FileSystem files) throws ErrnoException {
    OpenFile file = files.open(log, OpenFlags.O_RDONLY, Step.CALLER);
    long size = files.attributes(log).getSize();
    List<LogRecord> found = new ArrayList<>();
    for (long at = 0; at < size; at += LogRecord.BYTES) {
      ByteBuffer bytes = ByteBuffer.allocate(LogRecord.BYTES);
      int _ = file.read(bytes, at);
      LogRecord record = LogRecord.of(bytes.flip());
      if (record != null) {
        found.add(record);
      } else if (!oneDies) {
        throw new AssertionError("no whole record in the log at " + at);
      }
    }
    file.close();
    for (LogRecord record : acknowledged) {
      long times = found.stream().filter(record::equals).count();
      if (times != 1) {
        throw new AssertionError(record + " is in the log " + times + " times");
      }
    }
  }
}
