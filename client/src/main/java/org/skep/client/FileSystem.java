package org.skep.client;

import com.google.protobuf.ByteString;
import java.util.List;
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

/// The cluster's files by inode id, with Linux's semantics. Any thread may call it; calls block, at
/// most for the configured wait, and fail with an [ErrnoException]. Attributes that are returned
/// include what this client has written and not yet made known.
public interface FileSystem extends AutoCloseable {

  /// The root directory's inode id.
  long root() throws ErrnoException;

  /// @throws ErrnoException ENOENT, ENOTDIR, ENAMETOOLONG
  Attributes lookup(long parent, ByteString name) throws ErrnoException;

  /// @throws ErrnoException ESTALE if the inode is gone
  Attributes attributes(long inode) throws ErrnoException;

  /// Truncate first writes out what this client holds of the file.
  Attributes setAttributes(SetAttributesRequest change) throws ErrnoException;

  ByteString readLink(long inode) throws ErrnoException;

  Attributes makeNode(MakeNodeRequest request) throws ErrnoException;

  Attributes makeDirectory(MakeDirectoryRequest request) throws ErrnoException;

  void unlink(long parent, ByteString name) throws ErrnoException;

  void removeDirectory(long parent, ByteString name) throws ErrnoException;

  void rename(RenameRequest request) throws ErrnoException;

  Attributes link(long inode, long newParent, ByteString newName) throws ErrnoException;

  OpenFile create(CreateRequest request) throws ErrnoException;

  OpenFile createUnnamed(CreateUnnamedRequest request) throws ErrnoException;

  /// @param flags O_* of open(2); O_TRUNC truncates
  OpenFile open(long inode, int flags, Caller caller) throws ErrnoException;

  /// Entries after `cookie` in a stable order; see `ReadDirectoryRequest`. With attributes, those
  /// of inodes on other shards are there, too (absent where an inode went away meanwhile).
  ReadDirectoryReply readDirectory(
      long inode, long cookie, long endCookie, int bytesMax, boolean withAttributes)
      throws ErrnoException;

  /// fsync of a directory.
  void syncDirectory(long inode) throws ErrnoException;

  /// Makes all that this client wrote durable (syncfs).
  void syncAll() throws ErrnoException;

  ByteString getXattr(long inode, ByteString name) throws ErrnoException;

  List<ByteString> listXattrs(long inode) throws ErrnoException;

  void setXattr(SetXattrRequest request) throws ErrnoException;

  void removeXattr(long inode, ByteString name) throws ErrnoException;

  /// The lock that would be in the way, if one is.
  GetLockReply getLock(long inode, LockMessage lock) throws ErrnoException;

  /// Sets or releases a lock. Before a release what was written under it is written out; after a
  /// grant cached data is fresh.
  ///
  /// @param wait until it is granted; else EAGAIN
  /// @throws ErrnoException EINTR if interrupted while waiting (the lock is not held then),
  ///   EDEADLK, EAGAIN
  void setLock(long inode, LockMessage lock, boolean wait, Interruption interruption)
      throws ErrnoException;

  /// Drops all locks of the owner: FCNTL when a descriptor is closed, FLOCK when the open file is
  /// gone.
  void releaseLocks(long inode, long owner, LockMessage.Family family) throws ErrnoException;

  /// Total and free space over all storage targets; inodes over all metadata targets.
  SpaceMessage space() throws ErrnoException;

  PatternMessage pattern(long directory) throws ErrnoException;

  void setPattern(long directory, PatternMessage pattern) throws ErrnoException;

  /// Writes everything out, ends the sessions, closes the connections.
  @Override
  void close();
}
