package org.skep.mount;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.fuse.AttributesReply;
import org.skep.fuse.EntryReply;
import org.skep.fuse.FuseAttributes;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.StatxReply;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Time;

/// Between the kernel's node ids and inodes: they are the same number, but for the root, which the
/// kernel calls 1. Fills replies with attributes. Any thread.
final class Nodes {
  /// What stat(2) shows as good I/O size: large enough to be worth a request, small enough for many
  /// open streams.
  private static final int BLOCK_BYTES = 128 << 10;

  private static final int SECTOR_BYTES = 512;

  private final FileSystem files;
  private final MountSettings settings;

  Nodes(FileSystem files, MountSettings settings) {
    this.files = files;
    this.settings = settings;
  }

  long inode(long node) throws ErrnoException {
    return node == FuseFlags.ROOT_NODE ? files.root() : node;
  }

  long node(long inode) throws ErrnoException {
    return inode == files.root() ? FuseFlags.ROOT_NODE : inode;
  }

  /// The name's bytes, which are not copied and must not change any more.
  static ByteString name(byte[] name) {
    return UnsafeByteOperations.unsafeWrap(name);
  }

  void fill(EntryReply reply, Attributes attributes) throws ErrnoException {
    reply
        .node(node(attributes.getInode()), 0)
        .entryValid(settings.entryValidNanos())
        .attributesValid(settings.attributesValidNanos());
    fill(reply.attributes(), attributes);
  }

  /// The answer that a name is missing, to be remembered.
  void fillMissing(EntryReply reply) {
    reply.node(0, 0).entryValid(settings.negativeValidNanos());
  }

  boolean remembersMissing() {
    return settings.negativeValidNanos() > 0;
  }

  void fill(AttributesReply reply, Attributes attributes) {
    reply.valid(settings.attributesValidNanos());
    fill(reply.attributes(), attributes);
  }

  void fill(StatxReply reply, Attributes attributes) {
    Time atime = attributes.getAtime();
    Time mtime = attributes.getMtime();
    Time ctime = attributes.getCtime();
    Time btime = attributes.getBtime();
    int device = attributes.getRdev();
    reply
        .valid(settings.attributesValidNanos())
        .mask(StatxReply.STATX_BASIC_STATS | StatxReply.STATX_BTIME)
        .blockSize(BLOCK_BYTES)
        .links(attributes.getLinks())
        .owner(attributes.getUid(), attributes.getGid())
        .mode(attributes.getMode())
        .inode(attributes.getInode())
        .size(attributes.getSize(), blocks(attributes))
        .accessed(atime.getSeconds(), atime.getNanos())
        .modified(mtime.getSeconds(), mtime.getNanos())
        .changed(ctime.getSeconds(), ctime.getNanos())
        .born(btime.getSeconds(), btime.getNanos())
        .device((device >>> 8) & 0xfff, (device & 0xff) | (device >>> 12 & 0xfff00));
  }

  private static void fill(FuseAttributes out, Attributes attributes) {
    Time atime = attributes.getAtime();
    Time mtime = attributes.getMtime();
    Time ctime = attributes.getCtime();
    out.inode(attributes.getInode())
        .size(attributes.getSize())
        .blocks(blocks(attributes))
        .accessed(atime.getSeconds(), atime.getNanos())
        .modified(mtime.getSeconds(), mtime.getNanos())
        .changed(ctime.getSeconds(), ctime.getNanos())
        .mode(attributes.getMode())
        .links(attributes.getLinks())
        .owner(attributes.getUid(), attributes.getGid())
        .device(attributes.getRdev())
        .blockSize(BLOCK_BYTES);
  }

  private static long blocks(Attributes attributes) {
    return (attributes.getAllocatedBytes() + SECTOR_BYTES - 1) / SECTOR_BYTES;
  }
}
