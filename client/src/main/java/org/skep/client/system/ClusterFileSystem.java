package org.skep.client.system;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Interruption;
import org.skep.client.OpenFile;
import org.skep.client.Unwritten;
import org.skep.client.call.Calls;
import org.skep.client.call.Lanes;
import org.skep.client.call.Servers;
import org.skep.client.data.Io;
import org.skep.client.data.OpenInodes;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Threads;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.SpaceMessage;

/// The files of a cluster. Any thread may call it.
public final class ClusterFileSystem implements FileSystem {
  private static final System.Logger log = System.getLogger(ClusterFileSystem.class.getName());

  // Short, as somebody waits for the end; a server that is restarted is back sooner.
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Calls calls;
  private final Sessions sessions;
  private final Lanes lanes;
  private final OpenInodes open;
  private final Inodes inodes;
  private final Names names;
  private final Files files;
  private final Directories directories;
  private final Xattrs xattrs;
  private final Locks locks;
  private final Space space;

  /// Starts its threads.
  public ClusterFileSystem(Servers servers, Clock clock, Threads threads, DataSettings settings) {
    sessions = new Sessions(servers, clock, threads, this::sessionLost);
    calls = new Calls(servers, sessions::used);
    lanes = new Lanes(clock, threads, settings.threadsPerLane());
    open = new OpenInodes(new Io(calls, lanes, clock, settings), threads);
    inodes = new Inodes(calls, open);
    names = new Names(calls, open, inodes);
    files = new Files(calls, open);
    directories = new Directories(calls, open, inodes);
    xattrs = new Xattrs(calls);
    locks = new Locks(calls, lanes, open, clock);
    space = new Space(calls, clock);
    open.start();
  }

  /// What holds locks there must not go on as if it had them still.
  private void sessionLost(int shard) {
    for (long inode : locks.lost(shard)) {
      if (open.locksLost(inode)) {
        log.log(
            System.Logger.Level.WARNING,
            "locks on inode "
                + Ids.text(inode)
                + " are lost: shard "
                + shard
                + " did not hear of this client for longer than its lease; its open files fail with"
                + " EIO until they are closed");
      }
    }
  }

  @Override
  public long root() throws ErrnoException {
    long root = calls.map().rootInode();
    if (root == 0) {
      throw new ErrnoException(Errno.EIO.number(), "the cluster has no metadata target yet");
    }
    return root;
  }

  @Override
  public Attributes lookup(long parent, ByteString name) throws ErrnoException {
    return names.lookup(parent, name);
  }

  @Override
  public Attributes attributes(long inode) throws ErrnoException {
    return inodes.attributes(inode);
  }

  @Override
  public Attributes setAttributes(SetAttributesRequest change) throws ErrnoException {
    return inodes.set(change);
  }

  @Override
  public ByteString readLink(long inode) throws ErrnoException {
    return inodes.readLink(inode);
  }

  @Override
  public Attributes makeNode(MakeNodeRequest request) throws ErrnoException {
    return names.makeNode(request);
  }

  @Override
  public Attributes makeDirectory(MakeDirectoryRequest request) throws ErrnoException {
    return names.makeDirectory(request);
  }

  @Override
  public void unlink(long parent, ByteString name) throws ErrnoException {
    names.unlink(parent, name);
  }

  @Override
  public void removeDirectory(long parent, ByteString name) throws ErrnoException {
    names.removeDirectory(parent, name);
  }

  @Override
  public void rename(RenameRequest request) throws ErrnoException {
    names.rename(request);
  }

  @Override
  public Attributes link(long inode, long newParent, ByteString newName) throws ErrnoException {
    return names.link(inode, newParent, newName);
  }

  @Override
  public OpenFile create(CreateRequest request) throws ErrnoException {
    return files.create(request);
  }

  @Override
  public OpenFile createUnnamed(CreateUnnamedRequest request) throws ErrnoException {
    return files.createUnnamed(request);
  }

  @Override
  public OpenFile open(long inode, int flags, Caller caller) throws ErrnoException {
    return files.open(inode, flags, caller);
  }

  @Override
  public ReadDirectoryReply readDirectory(
      long inode, long cookie, long endCookie, int bytesMax, boolean withAttributes)
      throws ErrnoException {
    return directories.read(inode, cookie, endCookie, bytesMax, withAttributes);
  }

  @Override
  public void syncDirectory(long inode) throws ErrnoException {
    directories.sync(inode);
  }

  /// Data of files that were closed without a sync is at the servers and reaches their disks when
  /// their hosts write it back; only files that are open now are synced.
  @Override
  public void syncAll() throws ErrnoException {
    open.syncAll();
    boolean all = true;
    for (int shard : sessions.shards()) {
      all &= calls.syncShard(shard);
    }
    if (!all) {
      throw Calls.loss("syncfs");
    }
  }

  @Override
  public ByteString getXattr(long inode, ByteString name) throws ErrnoException {
    return xattrs.get(inode, name);
  }

  @Override
  public List<ByteString> listXattrs(long inode) throws ErrnoException {
    return xattrs.list(inode);
  }

  @Override
  public void setXattr(SetXattrRequest request) throws ErrnoException {
    xattrs.set(request);
  }

  @Override
  public void removeXattr(long inode, ByteString name) throws ErrnoException {
    xattrs.remove(inode, name);
  }

  @Override
  public GetLockReply getLock(long inode, LockMessage lock) throws ErrnoException {
    return locks.get(inode, lock);
  }

  @Override
  public void setLock(long inode, LockMessage lock, boolean wait, Interruption interruption)
      throws ErrnoException {
    locks.set(inode, lock, wait, interruption);
  }

  @Override
  public void releaseLocks(long inode, long owner, LockMessage.Family family)
      throws ErrnoException {
    locks.release(inode, owner, family);
  }

  @Override
  public SpaceMessage space() throws ErrnoException {
    return space.space();
  }

  @Override
  public PatternMessage pattern(long directory) throws ErrnoException {
    return directories.pattern(directory);
  }

  @Override
  public void setPattern(long directory, PatternMessage pattern) throws ErrnoException {
    directories.setPattern(directory, pattern);
  }

  /// How many buffers hold written data: 0 when nothing is on its way.
  public int writeBuffersInUse() {
    return open.writeBuffersInUse();
  }

  /// Writes out what is held, as long as servers take something; may be called more than once.
  ///
  /// @return what they don't have then, after none has taken anything for ten seconds
  public Unwritten finish() {
    return open.finish(PATIENCE_NANOS);
  }

  @Override
  public void close() {
    Unwritten left = finish();
    if (!left.isNothing()) {
      log.log(System.Logger.Level.ERROR, left.text());
    }
    end();
  }

  /// Ends the sessions and the threads; what is held is not waited for.
  void end() {
    for (ErrnoException failure : open.failures()) {
      log.log(System.Logger.Level.ERROR, "written data is lost: " + failure.getMessage());
    }
    open.stop();
    sessions.end();
    lanes.close();
  }
}
