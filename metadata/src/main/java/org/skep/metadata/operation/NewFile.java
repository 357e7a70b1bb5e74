package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.Tree;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.Time;

/// Makes inodes that are no directories.
final class NewFile {
  private static final ByteString ACCESS_ACL = ByteString.copyFromUtf8("system.posix_acl_access");

  private final Shard shard;
  private final Placement placement;

  NewFile(Shard shard, Placement placement) {
    this.shard = shard;
    this.placement = placement;
  }

  /// An inode without a name yet.
  InodeRecord.Builder of(Inheritance inheritance, Time now) {
    return InodeRecord.newBuilder()
        .setMode(inheritance.mode())
        .setUid(inheritance.uid())
        .setGid(inheritance.gid())
        .setLinks(1)
        .setAtime(now)
        .setMtime(now)
        .setCtime(now)
        .setBtime(now);
  }

  /// The layout of a new file in this directory.
  ///
  /// @throws RefusedException RETRY if there is no storage target yet
  LayoutMessage layout(InodeRecord parent) throws RefusedException {
    StripePattern pattern = pattern(parent.getPattern());
    Layout layout = placement.layout(pattern);
    if (layout == null) {
      String what =
          pattern.kind() == StripePattern.Kind.BUDDY_MIRROR ? "mirror group" : "storage target";
      throw new RefusedException(Failure.retry("no " + what + " for new files"));
    }
    return MapCodec.message(layout);
  }

  private static StripePattern pattern(PatternMessage pattern) {
    try {
      return MapCodec.of(pattern);
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("damaged pattern of a directory", e);
    }
  }

  /// Puts the inode into the draft, with the ACL it inherited, and returns its id.
  long put(Draft draft, InodeRecord record, Inheritance inheritance)
      throws RefusedException, DiskException {
    long inode = shard.newInode();
    draft.put(inode, record);
    if (!inheritance.accessAcl().isEmpty()) {
      new Tree(draft).putXattr(inode, ACCESS_ACL, inheritance.accessAcl());
    }
    return inode;
  }

  /// [#put], and makes its entry.
  long putNamed(
      Draft draft, long parent, ByteString name, InodeRecord record, Inheritance inheritance)
      throws RefusedException, DiskException {
    long inode = put(draft, record, inheritance);
    new Tree(draft)
        .putEntry(parent, name, inode, FileType.ofEntry(record.getMode()), record.getCtime());
    return inode;
  }
}
