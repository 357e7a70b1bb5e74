package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.quantity.Sizes;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;

/// What `--getentryinfo` shows.
final class EntryText {

  /// An inode as the tool sees it.
  ///
  /// @param parent of a directory; 0: not known
  /// @param layout of a regular file
  /// @param pattern of a directory
  record Entry(
      long inode,
      Type type,
      long parent,
      long size,
      @Nullable Layout layout,
      @Nullable StripePattern pattern) {}

  /// The kinds of inodes, with the model's words.
  enum Type {
    DIRECTORY("directory"),
    FILE("file"),
    SYMLINK("symlink"),
    BLOCK_DEVICE("blockdev"),
    CHARACTER_DEVICE("chardev"),
    FIFO("fifo"),
    SOCKET("unixsocket");

    private final String label;

    Type(String label) {
      this.label = label;
    }

    /// By the type bits of `st_mode` (inode(7)).
    static Type of(int mode) {
      return switch (mode & 0170000) {
        case 0040000 -> DIRECTORY;
        case 0120000 -> SYMLINK;
        case 0060000 -> BLOCK_DEVICE;
        case 0020000 -> CHARACTER_DEVICE;
        case 0010000 -> FIFO;
        case 0140000 -> SOCKET;
        default -> FILE;
      };
    }
  }

  private EntryText() {}

  static List<String> lines(Entry entry, ClusterMap map, boolean verbose) {
    List<String> lines = new ArrayList<>();
    lines.add("Entry type: " + entry.type().label);
    lines.add("EntryID: " + id(entry.inode(), map));
    if (verbose && entry.type() == Type.DIRECTORY && entry.parent() != 0) {
      lines.add("ParentID: " + id(entry.parent(), map));
    }
    lines.addAll(owner(map, map.group(NodeKind.METADATA, Ids.shardOf(entry.inode()))));
    if (entry.layout() != null) {
      lines.addAll(layout(entry.layout(), map));
    } else if (entry.pattern() != null) {
      lines.addAll(pattern(entry.pattern()));
    }
    if (verbose) {
      lines.add("Inode: " + Long.toUnsignedString(entry.inode()));
      lines.add("Shard: " + Ids.shardOf(entry.inode()));
      if (entry.layout() != null) {
        lines.add("Size: " + entry.size());
      }
    }
    return lines;
  }

  private static String id(long inode, ClusterMap map) {
    return inode == map.rootInode() ? "root" : Ids.text(inode);
  }

  /// The node that has the inode; of a mirrored shard the group, and who leads it now.
  private static List<String> owner(ClusterMap map, @Nullable BuddyGroup shard) {
    Node node = shard == null ? null : map.nodeOfTarget(NodeKind.METADATA, shard.primary());
    String name = node == null ? "<unknown>" : name(node);
    return shard == null || !shard.isPair()
        ? List.of("Metadata node: " + name)
        : List.of("Metadata buddy group: " + shard.id(), "Current primary metadata node: " + name);
  }

  private static String name(Node node) {
    return node.name() + " [ID: " + node.id() + "]";
  }

  private static List<String> layout(Layout layout, ClusterMap map) {
    List<String> lines = head(layout.kind(), layout.chunkBytes());
    int count = layout.stripes().size();
    lines.add("+ Number of storage targets: desired: " + count + "; actual: " + count);
    if (layout.kind() == StripePattern.Kind.BUDDY_MIRROR) {
      lines.add("+ Storage mirror buddy groups:");
      layout.stripes().forEach(group -> lines.add("  + " + group));
      return lines;
    }
    lines.add("+ Storage targets:");
    for (int id : layout.stripes()) {
      Target target = map.target(NodeKind.STORAGE, id);
      Node node = target == null ? null : map.node(NodeKind.STORAGE, target.nodeId());
      lines.add("  + " + id + " @ " + (node == null ? "<unknown>" : name(node)));
    }
    return lines;
  }

  private static List<String> pattern(StripePattern pattern) {
    List<String> lines = head(pattern.kind(), pattern.chunkBytes());
    lines.add("+ Number of storage targets: desired: " + pattern.targetCount());
    String name = pattern.storagePoolId() == Target.DEFAULT_POOL ? " (Default)" : "";
    lines.add("+ Storage Pool: " + pattern.storagePoolId() + name);
    return lines;
  }

  private static List<String> head(StripePattern.Kind kind, int chunkBytes) {
    List<String> lines = new ArrayList<>();
    lines.add("Stripe pattern details:");
    String type =
        switch (kind) {
          case RAID0 -> "RAID0";
          case BUDDY_MIRROR -> "Buddy Mirror";
        };
    lines.add("+ Type: " + type);
    lines.add("+ Chunksize: " + Sizes.exact(chunkBytes));
    return lines;
  }
}
