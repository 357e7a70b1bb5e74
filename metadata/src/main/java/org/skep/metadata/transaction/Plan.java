package org.skep.metadata.transaction;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.state.Draft;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Change;
import org.skep.wire.message.EntryChange;
import org.skep.wire.message.LinkChange;
import org.skep.wire.message.NewDirectory;
import org.skep.wire.message.ParentChange;
import org.skep.wire.message.SubdirectoryChange;
import org.skep.wire.message.Time;

/// The changes by which an operation is carried out, for each shard, and how to answer.
///
/// @param <R> the reply
public final class Plan<R extends MessageLite> {

  /// Makes the reply.
  ///
  /// @param <R> the reply
  public interface Answering<R extends MessageLite> {
    /// @param draft the coordinator's own changes
    /// @param newInode of the new directory, 0 if there is none
    /// @param newAttributes of the new directory
    R answer(Draft draft, long newInode, @Nullable Attributes newAttributes) throws DiskException;
  }

  private final SortedMap<Integer, List<Change>> changes = new TreeMap<>();
  private final Time now;
  private final Answering<R> answering;

  public Plan(Time now, Answering<R> answering) {
    this.now = now;
    this.answering = answering;
  }

  SortedMap<Integer, List<Change>> changes() {
    return changes;
  }

  Answering<R> answering() {
    return answering;
  }

  private void add(int shard, Change.Builder change) {
    changes.computeIfAbsent(shard, key -> new ArrayList<>()).add(change.build());
  }

  private void add(long inode, Change.Builder change) {
    add(Ids.shardOf(inode), change);
  }

  /// A new directory on that shard. Its entry is put with inode 0.
  public Plan<R> newDirectory(int shard, NewDirectory made) {
    add(shard, Change.newBuilder().setNewDirectory(made));
    return this;
  }

  public Plan<R> removeDirectory(long inode) {
    add(inode, Change.newBuilder().setRemoveDirectory(inode));
    return this;
  }

  /// @param delta may be 0: only the inode's ctime changes
  public Plan<R> links(long inode, int delta) {
    add(
        inode,
        Change.newBuilder()
            .setLinks(LinkChange.newBuilder().setInode(inode).setDelta(delta).setCtime(now)));
    return this;
  }

  public Plan<R> putEntry(long parent, ByteString name, long inode, int type) {
    add(
        parent,
        Change.newBuilder()
            .setPutEntry(
                EntryChange.newBuilder()
                    .setParent(parent)
                    .setName(name)
                    .setInode(inode)
                    .setType(type)
                    .setNow(now)));
    return this;
  }

  public Plan<R> removeEntry(long parent, ByteString name) {
    add(
        parent,
        Change.newBuilder()
            .setRemoveEntry(EntryChange.newBuilder().setParent(parent).setName(name).setNow(now)));
    return this;
  }

  public Plan<R> setParent(long inode, long parent) {
    add(
        inode,
        Change.newBuilder()
            .setSetParent(
                ParentChange.newBuilder().setInode(inode).setParent(parent).setCtime(now)));
    return this;
  }

  public Plan<R> subdirectories(long directory, int delta) {
    if (delta != 0) {
      add(
          directory,
          Change.newBuilder()
              .setSubdirectories(
                  SubdirectoryChange.newBuilder().setInode(directory).setDelta(delta).setNow(now)));
    }
    return this;
  }
}
