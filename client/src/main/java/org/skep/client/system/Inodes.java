package org.skep.client.system;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.data.OpenInodes;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.ReadLinkRequest;
import org.skep.wire.message.SetAttributesRequest;

/// What belongs to one inode: attributes, symlink targets. Any thread may call it.
final class Inodes {
  // What a shard takes in one request.
  private static final int INODES_MAX = 1000;

  private final Calls calls;
  private final OpenInodes open;

  Inodes(Calls calls, OpenInodes open) {
    this.calls = calls;
    this.open = open;
  }

  Attributes attributes(long inode) throws ErrnoException {
    Attributes found = find(inode);
    if (found == null) {
      throw new ErrnoException(Errno.ESTALE.number(), "inode " + Ids.text(inode) + " is gone");
    }
    return found;
  }

  /// The attributes, or null if there is no such inode any more.
  @Nullable Attributes find(long inode) throws ErrnoException {
    return find(List.of(inode)).get(inode);
  }

  /// The attributes of those that exist; one request for each shard and 1,000 inodes.
  Map<Long, Attributes> find(List<Long> inodes) throws ErrnoException {
    Map<Integer, List<Long>> byShard = new HashMap<>();
    for (long inode : inodes) {
      byShard.computeIfAbsent(Ids.shardOf(inode), s -> new ArrayList<>()).add(inode);
    }
    Map<Long, Attributes> found = new HashMap<>();
    for (List<Long> ofShard : byShard.values()) {
      for (int first = 0; first < ofShard.size(); first += INODES_MAX) {
        List<Long> some = ofShard.subList(first, Math.min(first + INODES_MAX, ofShard.size()));
        GetAttributesRequest request = GetAttributesRequest.newBuilder().addAllInodes(some).build();
        long asked = open.moment();
        for (Attributes each :
            calls.read(some.getFirst(), Operations.GET_ATTRIBUTES, request).getAttributesList()) {
          found.put(each.getInode(), open.merge(each, asked));
        }
      }
    }
    return found;
  }

  /// Size and times are set by the shard after all that is held here; other changes don't touch
  /// data.
  Attributes set(SetAttributesRequest change) throws ErrnoException {
    if (change.hasSize() && change.getSize() < 0) {
      throw new ErrnoException(Errno.EINVAL.number(), "size " + change.getSize());
    }
    boolean times =
        change.hasAtime() || change.hasMtime() || change.getAtimeNow() || change.getMtimeNow();
    if (!change.hasSize() && !times) {
      long asked = open.moment();
      return open.merge(send(change, false), asked);
    }
    return open.change(
        change.getInode(),
        change.hasSize() ? change.getSize() : -1,
        change.hasAtime() || change.getAtimeNow(),
        settled -> send(change, settled));
  }

  private Attributes send(SetAttributesRequest change, boolean settled) throws ErrnoException {
    return calls.change(change.getInode(), Operations.SET_ATTRIBUTES, change, settled);
  }

  ByteString readLink(long inode) throws ErrnoException {
    return calls
        .read(inode, Operations.READ_LINK, ReadLinkRequest.newBuilder().setInode(inode).build())
        .getTarget();
  }
}
