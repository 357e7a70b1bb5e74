package org.skep.metadata.twin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;

/// A client that changes a tree at random: what it hears must be what a [TreeModel] says, and the
/// tree is the model's. Who extends it says what fails meanwhile.
public abstract class RandomTree {
  protected final SplittableRandom random;
  protected final TreeClient client;
  private final TreeModel model = new TreeModel();
  private final List<TreeModel.Node> directories = new ArrayList<>();
  private final List<TreeModel.Node> files = new ArrayList<>();
  private int done;

  /// @param root the inode of an empty root directory
  protected RandomTree(SplittableRandom random, TreeClient client, long root) {
    this.random = random;
    this.client = client;
    model.root.inode = root;
    model.root.links = 2;
    directories.add(model.root);
  }

  /// Asks, whatever fails meanwhile, until there is an answer other than RETRY.
  protected abstract <R> Answer<R> ask(Supplier<Answer<R>> asks) throws Exception;

  /// The shard of the next directory; 0: any.
  protected abstract int shard();

  /// Where to an entry of that directory is renamed.
  protected abstract TreeModel.Node newParent(TreeModel.Node oldParent);

  /// Whether nothing that was answered may be lost: else there is no model.
  protected boolean hasModel() {
    return true;
  }

  protected final TreeModel.Node directory() {
    return directories.get(random.nextInt(directories.size()));
  }

  /// How many changes were made, not refused.
  public final int done() {
    return done;
  }

  private String name() {
    return String.valueOf((char) ('a' + random.nextInt(4)));
  }

  /// One change.
  public final void change() throws Exception {
    TreeModel.Node parent = directory();
    TreeModel.Node newParent = newParent(parent);
    String name = name();
    String newName = name();
    switch (random.nextInt(8)) {
      case 0 -> make(parent, name, false);
      case 1, 2 -> make(parent, name, true);
      case 3 ->
          same(() -> client.unlink(parent.inode, name), () -> model.remove(parent, name, false));
      case 4 ->
          same(
              () -> client.removeDirectory(parent.inode, name),
              () -> model.remove(parent, name, true));
      case 5 -> {
        if (!files.isEmpty()) {
          TreeModel.Node file = files.get(random.nextInt(files.size()));
          same(
              () -> client.link(file.inode, parent.inode, name),
              () -> model.link(file, parent, name));
        }
      }
      default -> {
        int flags = Math.max(0, random.nextInt(5) - 2);
        same(
            () -> client.rename(parent.inode, name, newParent.inode, newName, flags),
            () -> model.rename(parent, name, newParent, newName, flags));
      }
    }
  }

  private void make(TreeModel.Node parent, String name, boolean directory) throws Exception {
    TreeModel.Node node = new TreeModel.Node(directory);
    int shard = shard();
    Answer<Entry> answer =
        same(
            () ->
                directory
                    ? client.makeDirectory(parent.inode, name, shard)
                    : client.makeFile(parent.inode, name),
            () -> model.make(parent, name, node));
    if (answer instanceof Answer.Done<Entry>(Entry entry, int _, long _)) {
      node.inode = entry.getInode();
      (directory ? directories : files).add(node);
    }
  }

  private <R> Answer<R> same(Supplier<Answer<R>> asks, Supplier<Set<Errno>> expects)
      throws Exception {
    Answer<R> answer = ask(asks);
    if (hasModel()) {
      Set<Errno> errors = expects.get();
      if (answer instanceof Answer.Refused<R>(Failure failure)) {
        assertThat(failure.kind()).as("%s", failure).isEqualTo(FailureMessage.Kind.ERRNO);
        assertThat(errors).contains(Errno.of(failure.errno()));
      } else {
        assertThat(errors).isEqualTo(EnumSet.noneOf(Errno.class));
      }
    }
    done += answer instanceof Answer.Done ? 1 : 0;
    return answer;
  }

  protected static boolean isRetry(Answer<?> answer) {
    return answer instanceof Answer.Refused<?>(Failure failure)
        && failure.kind() == FailureMessage.Kind.RETRY;
  }

  /// The tree is the model's: paths, inodes and link counts.
  protected final void compare() {
    if (hasModel()) {
      assertThat(tree()).isEqualTo(modelTree());
    }
  }

  private Map<String, String> modelTree() {
    Map<String, String> tree = new TreeMap<>();
    model.paths().forEach((path, node) -> tree.put(path, describe(node.inode, node.links)));
    return tree;
  }

  private Map<String, String> tree() {
    Map<String, String> tree = new TreeMap<>();
    Map<String, Long> todo = new TreeMap<>(Map.of("/", model.root.inode));
    while (!todo.isEmpty()) {
      String path = todo.keySet().iterator().next();
      long inode = todo.remove(path);
      tree.put(path, describe(inode));
      for (DirectoryEntry entry : client.list(inode, 2)) {
        String below = path + entry.getName().toStringUtf8();
        if (entry.getType() == 4) {
          todo.put(below + "/", entry.getInode());
        } else {
          tree.put(below, describe(entry.getInode()));
        }
      }
    }
    return tree;
  }

  private String describe(long inode) {
    return describe(inode, client.attributes(inode).getLinks());
  }

  private static String describe(long inode, long links) {
    return Long.toHexString(inode) + " links " + links;
  }
}
