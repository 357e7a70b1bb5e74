package org.skep.management.raft;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;
import org.skep.management.log.StateMachine;
import org.skep.runtime.port.Disk;

/// Our state machine as Ratis sees it. Ratis calls it from one thread at a time.
///
/// A snapshot file, big-endian:
///
/// ```
///  0 magic "SKEPMGMT" | 8 format version u32 | 12 body length u32 | 16 CRC32C of the body u32
/// 20 body: what StateMachine.snapshot gave
/// ```
final class MachineAdapter extends BaseStateMachine {
  private static final long MAGIC = 0x534B45504D474D54L;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 20;

  private final StateMachine machine;
  private final Disk disk;
  private final String root;
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final AtomicReference<@Nullable String> broken = new AtomicReference<>();
  private volatile boolean closing;

  /// @param disk rooted at the log's directory, `root` for Ratis
  MachineAdapter(StateMachine machine, Disk disk, File root) {
    this.machine = machine;
    this.disk = disk;
    this.root = root.getPath() + "/";
  }

  /// Why this peer can't go on, or null.
  @Nullable String broken() {
    return broken.get();
  }

  /// From now on the end of Ratis is wanted.
  void closing() {
    closing = true;
  }

  private void broke(String reason) {
    if (!closing) {
      broken.compareAndSet(null, reason);
    }
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, groupId, raftStorage);
    storage.init(raftStorage);
    getLifeCycle().startAndTransition(this::load);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /// After another peer's snapshot was installed.
  @Override
  public void reinitialize() throws IOException {
    storage.loadLatestSnapshot();
    getLifeCycle().startAndTransition(this::load);
  }

  private Void load() throws IOException {
    SingleFileSnapshotInfo latest = storage.getLatestSnapshot();
    if (latest != null) {
      machine.restore(read(path(latest.getFile().getPath().toFile())));
      setLastAppliedTermIndex(latest.getTermIndex());
    }
    return null;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    try {
      byte[] command = entry.getStateMachineLogEntry().getLogData().toByteArray();
      byte[] result = machine.apply(command);
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return CompletableFuture.completedFuture(Message.valueOf(ByteString.copyFrom(result)));
    } catch (RuntimeException | Error e) {
      broke("command " + entry.getIndex() + " of the log can't be applied: " + e);
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex last = getLastAppliedTermIndex();
    if (last.getIndex() < 0 || broken.get() != null) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    File file = storage.getSnapshotFile(last.getTerm(), last.getIndex());
    write(path(file), machine.snapshot());
    MD5Hash md5 = MD5FileUtil.computeAndSaveMd5ForFile(file);
    storage.updateLatestSnapshot(
        new SingleFileSnapshotInfo(new FileInfo(file.toPath(), md5), last));
    return last.getIndex();
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto roleInfo, boolean allServer) {
    broke("the raft log has stopped");
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto failedEntry) {
    broke("the raft log can't be written: " + cause);
  }

  /// Relative to the log's directory.
  private String path(File file) {
    if (!file.getPath().startsWith(root)) {
      throw new IllegalStateException(file + " is not below " + root);
    }
    return file.getPath().substring(root.length());
  }

  private void write(String path, byte[] body) throws IOException {
    ByteBuffer content = ByteBuffer.allocateDirect(HEADER_BYTES + body.length);
    content.putLong(MAGIC).putInt(VERSION).putInt(body.length).putInt(crc(body)).put(body).flip();
    String temporary = path + ".new";
    try (Disk.File file = disk.open(temporary, true)) {
      file.truncate(0);
      file.write(content, 0);
      file.sync(false);
    }
    disk.rename(temporary, path);
    disk.syncDirectory(path.substring(0, path.lastIndexOf('/')));
  }

  private byte[] read(String path) throws IOException {
    String name = disk.name() + "/" + path;
    try (Disk.File file = disk.open(path, false)) {
      if (file.length() < HEADER_BYTES || file.length() > Integer.MAX_VALUE) {
        throw new IOException("the snapshot " + name + " has " + file.length() + " bytes");
      }
      ByteBuffer content = ByteBuffer.allocateDirect((int) file.length());
      file.read(content, 0);
      content.flip();
      if (content.getLong() != MAGIC) {
        throw new IOException(name + " is no snapshot of management");
      }
      int version = content.getInt();
      if (version != VERSION) {
        throw new IOException(
            name + " has format " + version + ", this version of Skep reads " + VERSION);
      }
      int length = content.getInt();
      int crc = content.getInt();
      byte[] body = new byte[content.remaining()];
      content.get(body);
      if (length != body.length || crc != crc(body)) {
        throw new IOException("the snapshot " + name + " is damaged");
      }
      return body;
    }
  }

  private static int crc(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }
}
