package org.skep.client.system;

import java.util.List;
import java.util.Map;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.data.OpenInodes;
import org.skep.cluster.Ids;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Empty;
import org.skep.wire.message.GetPatternRequest;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.SetPatternRequest;

/// What belongs to a directory as a whole: its list, its stripe pattern. Any thread may call it.
final class Directories {
  // The shortest entry of the kernel's buffer takes 24 bytes; more entries never fit.
  private static final int ENTRY_BYTES_MIN = 24;
  private static final int ENTRIES_MAX = 10_000;

  private final Calls calls;
  private final OpenInodes open;
  private final Inodes inodes;

  Directories(Calls calls, OpenInodes open, Inodes inodes) {
    this.calls = calls;
    this.open = open;
    this.inodes = inodes;
  }

  ReadDirectoryReply read(
      long inode, long cookie, long endCookie, int bytesMax, boolean withAttributes)
      throws ErrnoException {
    ReadDirectoryRequest request =
        ReadDirectoryRequest.newBuilder()
            .setInode(inode)
            .setCookie(cookie)
            .setEntriesMax(Math.clamp(bytesMax / ENTRY_BYTES_MIN, 1, ENTRIES_MAX))
            .setBytesMax(bytesMax)
            .setWithAttributes(withAttributes)
            .setEndCookie(endCookie)
            .build();
    long asked = open.moment();
    ReadDirectoryReply reply = calls.read(inode, Operations.READ_DIRECTORY, request);
    return withAttributes ? complete(reply, asked) : reply;
  }

  /// Adds the attributes that other shards have, and what is only known here.
  private ReadDirectoryReply complete(ReadDirectoryReply reply, long asked) throws ErrnoException {
    List<Long> elsewhere =
        reply.getEntriesList().stream()
            .filter(entry -> !entry.hasAttributes())
            .map(DirectoryEntry::getInode)
            .toList();
    Map<Long, Attributes> found = elsewhere.isEmpty() ? Map.of() : inodes.find(elsewhere);
    ReadDirectoryReply.Builder whole = reply.toBuilder();
    for (DirectoryEntry.Builder entry : whole.getEntriesBuilderList()) {
      if (entry.hasAttributes()) {
        entry.setAttributes(open.merge(entry.getAttributes(), asked));
      } else {
        Attributes attributes = found.get(entry.getInode());
        if (attributes != null) {
          entry.setAttributes(attributes);
        }
      }
    }
    return whole.build();
  }

  void sync(long inode) throws ErrnoException {
    if (!calls.sync(inode)) {
      throw Calls.loss("fsync of directory " + Ids.text(inode));
    }
  }

  PatternMessage pattern(long inode) throws ErrnoException {
    return calls.read(
        inode, Operations.GET_PATTERN, GetPatternRequest.newBuilder().setInode(inode).build());
  }

  void setPattern(long inode, PatternMessage pattern) throws ErrnoException {
    Empty _ =
        calls.change(
            inode,
            Operations.SET_PATTERN,
            SetPatternRequest.newBuilder().setInode(inode).setPattern(pattern).build());
  }
}
