package org.skep.metadata.twin;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.skep.linux.Errno;

/// A file system tree as POSIX and Linux describe it, without anything that makes it fast or safe.
/// Each change gives all errors that would be right; none means that it was made.
public final class TreeModel {
  public final Node root = new Node(true);

  /// A file or directory.
  public static final class Node {
    public final boolean directory;
    public final Map<String, Node> children = new TreeMap<>();
    public Node parent;
    public int links;
    public boolean removed;

    /// The inode's id, once it is known.
    public long inode;

    public Node(boolean directory) {
      this.directory = directory;
    }
  }

  private static Set<Errno> none() {
    return EnumSet.noneOf(Errno.class);
  }

  public Set<Errno> make(Node parent, String name, Node made) {
    Set<Errno> errors = none();
    if (parent.removed) {
      errors.add(Errno.ENOENT);
    } else if (parent.children.containsKey(name)) {
      errors.add(Errno.EEXIST);
    } else {
      parent.children.put(name, made);
      made.parent = parent;
      made.links = made.directory ? 2 : 1;
      parent.links += made.directory ? 1 : 0;
    }
    return errors;
  }

  public Set<Errno> remove(Node parent, String name, boolean directory) {
    Set<Errno> errors = none();
    Node node = parent.children.get(name);
    if (parent.removed || node == null) {
      errors.add(Errno.ENOENT);
    } else if (node.directory != directory) {
      errors.add(directory ? Errno.ENOTDIR : Errno.EISDIR);
    } else if (directory && !node.children.isEmpty()) {
      errors.add(Errno.ENOTEMPTY);
    } else {
      parent.children.remove(name);
      drop(parent, node);
    }
    return errors;
  }

  private static void drop(Node parent, Node node) {
    if (node.directory) {
      parent.links--;
      node.removed = true;
    } else {
      node.links--;
      node.removed = node.links == 0;
    }
  }

  public Set<Errno> link(Node file, Node parent, String name) {
    Set<Errno> errors = none();
    if (parent.removed) {
      errors.add(Errno.ENOENT);
    }
    if (file.directory) {
      // A removed one is not known any more.
      errors.add(file.removed ? Errno.ESTALE : Errno.EPERM);
    } else if (file.removed) {
      errors.add(Errno.ESTALE);
    }
    if (parent.children.containsKey(name)) {
      errors.add(Errno.EEXIST);
    }
    if (errors.isEmpty()) {
      parent.children.put(name, file);
      file.links++;
    }
    return errors;
  }

  private static boolean isAbove(Node above, Node node) {
    for (Node at = node; at != null; at = at.parent) {
      if (at == above) {
        return true;
      }
    }
    return false;
  }

  public Set<Errno> rename(
      Node oldParent, String oldName, Node newParent, String newName, int flags) {
    boolean exclusive = flags == 1;
    boolean exchange = flags == 2;
    Set<Errno> errors = none();
    Node moved = oldParent.children.get(oldName);
    Node victim = newParent.children.get(newName);
    if (oldParent.removed || newParent.removed || moved == null) {
      errors.add(Errno.ENOENT);
    }
    if (exclusive && victim != null) {
      errors.add(Errno.EEXIST);
    }
    if (exchange && victim == null) {
      errors.add(Errno.ENOENT);
    }
    if (moved != null && moved.directory && isAbove(moved, newParent)) {
      errors.add(Errno.EINVAL);
    }
    if (victim != null && victim.directory && isAbove(victim, oldParent)) {
      errors.add(exchange ? Errno.EINVAL : Errno.ENOTEMPTY);
    }
    if (moved != null && victim != null && moved != victim && !exchange) {
      if (moved.directory && !victim.directory) {
        errors.add(Errno.ENOTDIR);
      } else if (!moved.directory && victim.directory) {
        errors.add(Errno.EISDIR);
      } else if (victim.directory && !victim.children.isEmpty()) {
        errors.add(Errno.ENOTEMPTY);
      }
    }
    if (errors.isEmpty() && moved != victim) {
      move(oldParent, oldName, newParent, newName, exchange);
    }
    return errors;
  }

  private static void move(
      Node oldParent, String oldName, Node newParent, String newName, boolean exchange) {
    Node moved = oldParent.children.remove(oldName);
    Node victim = newParent.children.remove(newName);
    if (victim != null && exchange) {
      place(newParent, oldParent, oldName, victim);
    } else if (victim != null) {
      drop(newParent, victim);
    }
    place(oldParent, newParent, newName, moved);
  }

  private static void place(Node from, Node to, String name, Node node) {
    to.children.put(name, node);
    if (node.directory) {
      from.links--;
      to.links++;
      node.parent = to;
    }
  }

  /// All that is in the tree, as `path -> node`, in order.
  public Map<String, Node> paths() {
    Map<String, Node> paths = new TreeMap<>();
    List<String> todo = new ArrayList<>(List.of("/"));
    paths.put("/", root);
    while (!todo.isEmpty()) {
      String path = todo.removeLast();
      paths
          .get(path)
          .children
          .forEach((name, node) -> {
            String below = path + name + (node.directory ? "/" : "");
            paths.put(below, node);
            if (node.directory) {
              todo.add(below);
            }
          });
    }
    return paths;
  }
}
