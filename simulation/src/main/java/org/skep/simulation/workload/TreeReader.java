package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.List;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.ReadDirectoryReply;

/// Reads a subtree while nobody changes it.
final class TreeReader {
  private static final int BYTES_MAX = 1 << 16;

  private final FileSystem files;
  private final ModelTree tree = new ModelTree();

  private TreeReader(FileSystem files) {
    this.files = files;
  }

  /// Everything below a directory, and itself.
  ///
  /// @throws AssertionError if it contradicts itself: a directory with two names, or whose parent
  ///   is another
  static ModelTree read(FileSystem files, long root) throws ErrnoException {
    return read(files, root, List.of());
  }

  /// The same, with what is open and locked by clients, also if it has no name any more.
  static ModelTree read(FileSystem files, long root, List<Handles> clients) throws ErrnoException {
    TreeReader reader = new TreeReader(files);
    ModelTree.Node node = reader.node(root);
    node.parent = root;
    reader.readEntries(root);
    for (Handles handles : clients) {
      for (Long inode : handles.inodes()) {
        if (reader.tree.node(inode) == null) {
          ModelTree.Node _ = reader.node(inode);
        }
        handles.addTo(reader.tree, inode);
      }
    }
    return reader.tree;
  }

  private ModelTree.Node node(long inode) throws ErrnoException {
    Attributes attributes = files.attributes(inode);
    ModelTree.Node node = new ModelTree.Node(attributes.getMode(), attributes.getLinks(), 0);
    if ((node.mode & ModelTree.TYPE_MASK) == ModelTree.REGULAR) {
      node.size = attributes.getSize();
    }
    for (ByteString name : files.listXattrs(inode)) {
      node.xattrs.put(name, files.getXattr(inode, name));
    }
    tree.nodes().put(inode, node);
    return node;
  }

  private void readEntries(long directory) throws ErrnoException {
    ModelTree.Node node = tree.existing(directory);
    long cookie = 0;
    long end = 0;
    ReadDirectoryReply reply;
    do {
      reply = files.readDirectory(directory, cookie, end, BYTES_MAX, false);
      end = reply.getEndCookie();
      for (DirectoryEntry entry : reply.getEntriesList()) {
        cookie = entry.getCookie();
        if (node.entries.put(entry.getName(), entry.getInode()) != null) {
          throw new AssertionError(entry.getName().toStringUtf8() + " is listed twice");
        }
        readChild(directory, entry);
      }
    } while (!reply.getEnd());
  }

  private void readChild(long directory, DirectoryEntry entry) throws ErrnoException {
    boolean known = tree.node(entry.getInode()) != null;
    ModelTree.Node child = known ? tree.existing(entry.getInode()) : node(entry.getInode());
    if (!child.isDirectory()) {
      return;
    }
    if (known) {
      throw new AssertionError(
          "directory " + Long.toHexString(entry.getInode()) + " has two names");
    }
    child.parent = directory;
    long parent = files.readDirectory(entry.getInode(), 0, 0, BYTES_MAX, false).getParent();
    if (parent != directory) {
      throw new AssertionError(
          "directory "
              + Long.toHexString(entry.getInode())
              + " believes in parent "
              + Long.toHexString(parent)
              + ", is in "
              + Long.toHexString(directory));
    }
    readEntries(entry.getInode());
  }
}
