package org.skep.metadata.transaction;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeVersion;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.EntryState;
import org.skep.wire.message.InodeState;
import org.skep.wire.message.LockInodesReply;

/// What a transaction read under its locks, on all shards.
public final class Seen {
  private final Map<Long, InodeState> inodes = new TreeMap<>(Long::compareUnsigned);
  private final Map<EntryKey, EntryState> entries = new HashMap<>();

  /// Reads what a transaction asks for, at one shard, under the locks it has there.
  static LockInodesReply read(Shard shard, List<Long> inodes, List<EntryKey> entries)
      throws DiskException {
    LockInodesReply.Builder reply = LockInodesReply.newBuilder();
    for (long inode : inodes) {
      reply.addInodes(state(inode, shard));
    }
    for (EntryKey key : entries) {
      NamedInode entry = shard.records().entry(key.getParent(), key.getName());
      EntryState.Builder state = EntryState.newBuilder();
      if (entry != null) {
        state.setExists(true).setInode(entry.inode()).setType(entry.type());
      }
      reply.addEntries(state);
    }
    return reply.build();
  }

  private static InodeState state(long inode, Shard shard) throws DiskException {
    InodeRecord record = shard.records().inode(inode);
    InodeState.Builder state = InodeState.newBuilder().setInode(inode);
    if (record != null) {
      state
          .setExists(true)
          .setMode(record.getMode())
          .setLinks(record.getLinks())
          .setEntries(record.getEntries())
          .setParent(record.getParent())
          .setUid(record.getUid())
          .setGid(record.getGid())
          .setOrphanAllowed(record.getLinkable())
          .setVersion(InodeVersion.of(record));
    }
    return state.build();
  }

  /// Takes over what one shard answered.
  ///
  /// @throws RefusedException if it did not answer what was asked
  void add(List<Long> askedInodes, List<EntryKey> askedEntries, LockInodesReply reply)
      throws RefusedException {
    boolean fits =
        reply.getInodesCount() == askedInodes.size()
            && reply.getEntriesCount() == askedEntries.size();
    if (!fits) {
      throw new RefusedException(Failure.retry("answer to another question"));
    }
    for (int i = 0; i < askedInodes.size(); i++) {
      inodes.put(askedInodes.get(i), reply.getInodes(i));
    }
    for (int i = 0; i < askedEntries.size(); i++) {
      entries.put(askedEntries.get(i), reply.getEntries(i));
    }
  }

  /// The state of an inode that was locked.
  public InodeState inode(long inode) {
    InodeState state = inodes.get(inode);
    if (state == null) {
      throw new IllegalStateException("not locked: " + Ids.text(inode));
    }
    return state;
  }

  /// The state of an entry that was asked for.
  public EntryState entry(long parent, ByteString name) {
    EntryState state = entries.get(key(parent, name));
    if (state == null) {
      throw new IllegalStateException("entry was not asked for in " + Ids.text(parent));
    }
    return state;
  }

  /// The state of a directory in which names are changed.
  ///
  /// @throws RefusedException ENOENT if it was removed, ENOTDIR
  public InodeState directory(long inode) throws RefusedException {
    InodeState state = inode(inode);
    if (!state.getExists()) {
      throw new RefusedException(Errno.ENOENT, "directory " + Ids.text(inode) + " was removed");
    }
    if (!FileType.isDirectory(state.getMode())) {
      throw new RefusedException(Errno.ENOTDIR, "inode " + Ids.text(inode));
    }
    return state;
  }

  public static EntryKey key(long parent, ByteString name) {
    return EntryKey.newBuilder().setParent(parent).setName(name).build();
  }
}
