package org.skep.mount;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.fuse.AttributesReply;
import org.skep.fuse.BytesReply;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseRequest;
import org.skep.fuse.SetAttributes;
import org.skep.fuse.StatfsReply;
import org.skep.fuse.StatxReply;
import org.skep.wire.Limits;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.Time;

/// Attributes of inodes, extended ones, and of the whole file system. Any thread.
final class AttributeCalls {
  private static final int SPACE_BLOCK_BYTES = 4096;
  private static final int SUID_OR_SGID = 06000;
  private static final ByteString TRUSTED = ByteString.copyFromUtf8("trusted.");
  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final FileSystem files;
  private final Nodes nodes;
  private final Callers callers;
  private final OpenNodes openNodes;
  private final OpenDirectories openDirectories;

  AttributeCalls(
      FileSystem files,
      Nodes nodes,
      Callers callers,
      OpenNodes openNodes,
      OpenDirectories openDirectories) {
    this.files = files;
    this.nodes = nodes;
    this.callers = callers;
    this.openNodes = openNodes;
    this.openDirectories = openDirectories;
  }

  void get(long node, AttributesReply reply) throws ErrnoException {
    nodes.fill(reply, attributes(nodes.inode(node)));
  }

  void get(long node, StatxReply reply) throws ErrnoException {
    nodes.fill(reply, attributes(nodes.inode(node)));
  }

  private Attributes attributes(long inode) throws ErrnoException {
    Attributes remains = openDirectories.remains(inode);
    return remains == null ? files.attributes(inode) : remains;
  }

  void set(FuseRequest request, long node, SetAttributes changes, AttributesReply reply)
      throws ErrnoException {
    long inode = nodes.inode(node);
    int mode = changes.setsMode() ? changes.mode() : 0;
    SetAttributesRequest.Builder set =
        SetAttributesRequest.newBuilder()
            .setInode(inode)
            .setKillSuidgid(changes.killsSuidGid())
            .setCaller(callers.of(request, mode));
    if (changes.setsMode()) {
      set.setMode(mode);
      if ((mode & SUID_OR_SGID) != 0) {
        openNodes.privileged(inode);
      }
    }
    if (changes.setsUid()) {
      set.setUid(changes.uid());
    }
    if (changes.setsGid()) {
      set.setGid(changes.gid());
    }
    if (changes.setsSize()) {
      set.setSize(changes.sizeBytes());
    }
    setTimes(changes, set);
    nodes.fill(reply, files.setAttributes(set.build()));
  }

  private static void setTimes(SetAttributes changes, SetAttributesRequest.Builder set) {
    if (changes.accessedNow()) {
      set.setAtimeNow(true);
    } else if (changes.setsAccessed()) {
      set.setAtime(time(changes.accessedSeconds(), changes.accessedNanos()));
    }
    if (changes.modifiedNow()) {
      set.setMtimeNow(true);
    } else if (changes.setsModified()) {
      set.setMtime(time(changes.modifiedSeconds(), changes.modifiedNanos()));
    }
    if (changes.setsChanged()) {
      set.setCtime(time(changes.changedSeconds(), changes.changedNanos()));
    }
  }

  private static Time time(long seconds, int nanos) {
    return Time.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  void setXattr(
      FuseRequest request, long node, byte[] name, byte[] value, int flags, int extraFlags)
      throws ErrnoException {
    long inode = nodes.inode(node);
    if (Arrays.equals(name, CAPABILITY)) {
      openNodes.privileged(inode);
    }
    files.setXattr(
        SetXattrRequest.newBuilder()
            .setInode(inode)
            .setName(Nodes.name(name))
            .setValue(Nodes.name(value))
            .setFlags(flags)
            .setAclKillSgid((extraFlags & FuseFlags.FUSE_SETXATTR_ACL_KILL_SGID) != 0)
            .setCaller(callers.of(request))
            .build());
  }

  /// All names; those of `trusted.` for root only (xattr(7)).
  void listXattrs(FuseRequest request, long node, BytesReply reply) throws ErrnoException {
    for (ByteString name : files.listXattrs(nodes.inode(node))) {
      if (request.uid() == 0 || !name.startsWith(TRUSTED)) {
        reply.appendName(name.toByteArray());
      }
    }
  }

  void space(StatfsReply reply) throws ErrnoException {
    SpaceMessage space = files.space();
    long free = space.getFreeBytes() / SPACE_BLOCK_BYTES;
    reply
        .blocks(space.getTotalBytes() / SPACE_BLOCK_BYTES, free, free, SPACE_BLOCK_BYTES)
        .inodes(space.getTotalInodes(), space.getFreeInodes())
        .nameBytesMax(Limits.NAME_BYTES_MAX);
  }
}
