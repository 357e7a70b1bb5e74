package org.skep.metadata.state;

import org.skep.metadata.record.InodeRecord;
import org.skep.wire.message.Attributes;

/// What the wire shows of an inode.
public final class InodeAttributes {
  private InodeAttributes() {}

  public static Attributes of(long inode, InodeRecord record) {
    Attributes.Builder attributes =
        Attributes.newBuilder()
            .setInode(inode)
            .setMode(record.getMode())
            .setUid(record.getUid())
            .setGid(record.getGid())
            .setLinks(record.getLinks())
            .setSize(size(record))
            .setAllocatedBytes(record.getAllocatedBytes())
            .setAtime(record.getAtime())
            .setMtime(record.getMtime())
            .setCtime(record.getCtime())
            .setBtime(record.getBtime())
            .setRdev(record.getRdev())
            .setDataVersion(record.getDataVersion());
    if (record.hasLayout()) {
      attributes.setLayout(record.getLayout());
    }
    return attributes.build();
  }

  /// A directory's size is its number of entries, a symlink's the length of its target.
  private static long size(InodeRecord record) {
    return switch (record.getMode() & FileType.MASK) {
      case FileType.DIRECTORY -> record.getEntries();
      case FileType.SYMLINK -> record.getSymlinkTarget().size();
      default -> record.getSize();
    };
  }
}
