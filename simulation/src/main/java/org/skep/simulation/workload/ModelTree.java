package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.wire.message.LockMessage;

/// A namespace as Linux would have it, with what is open and locked: the model that a cluster's is
/// compared with. Inodes have the ids that the cluster gave them.
final class ModelTree {
  static final int TYPE_MASK = 0170000;
  static final int DIRECTORY = 0040000;
  static final int REGULAR = 0100000;
  static final int SYMLINK = 0120000;

  /// What one client may hold on a file: one lock of a family on one part of the file.
  ///
  /// @param part of a file that is locked in two halves; 0 for whole files
  record LockPlace(int client, LockMessage.Family family, int part)
      implements Comparable<LockPlace> {
    @Override
    public int compareTo(LockPlace other) {
      int byClient = Integer.compare(client, other.client);
      int byFamily = byClient != 0 ? byClient : family.compareTo(other.family);
      return byFamily != 0 ? byFamily : Integer.compare(part, other.part);
    }

    /// Of a record with an enum the hash would differ from run to run.
    @Override
    public int hashCode() {
      return 31 * (31 * client + family.getNumber()) + part;
    }

    boolean meets(LockPlace other) {
      return client != other.client && family == other.family && part == other.part;
    }
  }

  /// An inode. Directories have entries and a parent, others neither.
  static final class Node {
    int mode;
    int links;
    long parent;
    long size;

    /// How many openings each client has.
    final TreeMap<Integer, Integer> openers = new TreeMap<>();

    /// Whether each lock excludes all others.
    final TreeMap<LockPlace, Boolean> locks = new TreeMap<>();

    final TreeMap<ByteString, Long> entries =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    final TreeMap<ByteString, ByteString> xattrs =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());

    Node(int mode, int links, long parent) {
      this.mode = mode;
      this.links = links;
      this.parent = parent;
    }

    boolean isDirectory() {
      return (mode & TYPE_MASK) == DIRECTORY;
    }

    private Node copy() {
      Node copy = new Node(mode, links, parent);
      copy.size = size;
      copy.openers.putAll(openers);
      copy.locks.putAll(locks);
      copy.entries.putAll(entries);
      copy.xattrs.putAll(xattrs);
      return copy;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Node node
          && mode == node.mode
          && links == node.links
          && parent == node.parent
          && size == node.size
          && openers.equals(node.openers)
          && locks.equals(node.locks)
          && entries.equals(node.entries)
          && xattrs.equals(node.xattrs);
    }

    @Override
    public int hashCode() {
      return Objects.hash(mode, links, parent, size, openers, locks, entries, xattrs);
    }

    @Override
    public String toString() {
      return Integer.toOctalString(mode)
          + " links="
          + links
          + " parent="
          + Long.toHexString(parent)
          + (size == 0 ? "" : " size=" + size)
          + (openers.isEmpty() ? "" : " openers=" + openers)
          + (locks.isEmpty() ? "" : " locks=" + locks)
          + (xattrs.isEmpty() ? "" : " " + xattrs.size() + " xattrs " + xattrs.hashCode());
    }
  }

  private final TreeMap<Long, Node> nodes = new TreeMap<>();

  ModelTree() {}

  ModelTree(ModelTree other) {
    other.nodes.forEach((inode, node) -> nodes.put(inode, node.copy()));
  }

  Map<Long, Node> nodes() {
    return nodes;
  }

  @Nullable Node node(long inode) {
    return nodes.get(inode);
  }

  /// The inode that is known to be there.
  Node existing(long inode) {
    Node node = nodes.get(inode);
    if (node == null) {
      throw new IllegalStateException("the model has no inode " + Long.toHexString(inode));
    }
    return node;
  }

  @Nullable Long entry(long directory, ByteString name) {
    Node node = nodes.get(directory);
    return node == null ? null : node.entries.get(name);
  }

  /// Whether `inode` is the directory `ancestor` or below it.
  boolean isWithin(long inode, long ancestor) {
    long at = inode;
    while (at != ancestor) {
      Node node = nodes.get(at);
      if (node == null || node.parent == at) {
        return false;
      }
      at = node.parent;
    }
    return true;
  }

  void add(long directory, ByteString name, long inode, Node made) {
    if (nodes.put(inode, made) != null) {
      throw new IllegalStateException("inode given out twice: " + Long.toHexString(inode));
    }
    putEntry(directory, name, inode);
  }

  /// Adds an entry that is not there yet; links of others than directories are not counted.
  void putEntry(long directory, ByteString name, long inode) {
    Node parent = existing(directory);
    parent.entries.put(name, inode);
    Node node = existing(inode);
    if (node.isDirectory()) {
      node.parent = directory;
      parent.links++;
    }
  }

  /// Removes an entry; the inode stays as it is.
  void removeEntry(long directory, ByteString name) {
    Node parent = existing(directory);
    Long inode = parent.entries.remove(name);
    if (inode != null && existing(inode).isDirectory()) {
      parent.links--;
    }
  }

  /// The inode lost a name, or its only one. A file that is open stays.
  void dropLink(long inode) {
    Node node = existing(inode);
    if (node.isDirectory() || (--node.links == 0 && node.openers.isEmpty())) {
      nodes.remove(inode);
    }
  }

  void opened(long inode, int client) {
    existing(inode).openers.merge(client, 1, Integer::sum);
  }

  /// With a client's last opening its locks end, and with the last of all a file without names.
  void closed(long inode, int client) {
    Node node = existing(inode);
    if (node.openers.merge(client, -1, Integer::sum) == 0) {
      node.openers.remove(client);
      node.locks.keySet().removeIf(place -> place.client == client);
    }
    if (node.links == 0 && node.openers.isEmpty()) {
      nodes.remove(inode);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelTree tree && nodes.equals(tree.nodes);
  }

  @Override
  public int hashCode() {
    return nodes.hashCode();
  }

  /// What differs, for the report.
  String difference(ModelTree other) {
    StringBuilder text = new StringBuilder();
    TreeMap<Long, Node> all = new TreeMap<>(nodes);
    all.putAll(other.nodes);
    for (Long inode : all.keySet()) {
      Node mine = nodes.get(inode);
      Node theirs = other.nodes.get(inode);
      if (!Objects.equals(mine, theirs)) {
        text.append("\n  ").append(Long.toHexString(inode)).append(": ");
        text.append(describe(mine)).append(" <> ").append(describe(theirs));
      }
    }
    return text.toString();
  }

  private static String describe(@Nullable Node node) {
    if (node == null) {
      return "none";
    }
    StringBuilder text = new StringBuilder(node.toString());
    node.entries.forEach((name, inode) ->
        text.append(' ').append(name.toStringUtf8()).append('=').append(Long.toHexString(inode)));
    return text.toString();
  }

  @Override
  public String toString() {
    return difference(new ModelTree());
  }
}
