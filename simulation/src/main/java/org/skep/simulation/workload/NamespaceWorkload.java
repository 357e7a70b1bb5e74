package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.SlowDisk;

/// Several clients change one small tree at the same time, in rounds. After each round there must
/// be an order of all its steps that explains every answer and the tree as it is now.
///
/// Servers are killed meanwhile and wires are bad; nobody may notice. Hosts keep their power: what
/// was not synced is not promised to survive that.
public final class NamespaceWorkload implements Workload {
  private static final int ROUNDS = 15;
  private static final int STEPS_MAX = 4;
  private static final int CLIENTS = 3;
  private static final int SHARDS = 3;
  private static final long SECOND = 1_000_000_000L;
  private static final List<ByteString> NAMES =
      List.of("a", "b", "c", "d", "e").stream().map(ByteString::copyFromUtf8).toList();
  private static final List<ByteString> XATTRS =
      List.of("user.x", "user.y").stream().map(ByteString::copyFromUtf8).toList();

  private long root;
  private ModelTree tree = new ModelTree();

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      long pause = 20_000_000L << random.nextInt(5);
      faults.add(new Crash(Set.of(NodeKind.values()), 0, 3 * pause, pause));
    }
    if (random.nextInt(3) == 0) {
      faults.add(new Partition(2 * SECOND, SECOND / 10));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new SlowDisk(10_000_000, SECOND, SECOND / 10));
    }
    return new Plan(
        new Shape(SHARDS, 1, CLIENTS, random.nextInt(4) == 0),
        Wires.of(random),
        faults,
        8 * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    root =
        new Step.MakeDirectory(scene.files(0).root(), ByteString.copyFromUtf8("shared"), 0755, 0)
            .perform(scene.files(0))
            .inode();
    tree = TreeReader.read(scene.files(0), root);
  }

  @Override
  public void run(Scene scene) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      History history = new History(scene.cluster().scheduler(), CLIENTS);
      List<Actor> actors = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        List<Step> steps = steps(scene.random());
        actors.add(
            new Actor(
                client, files -> steps.forEach(step -> history.perform(client, files, step))));
      }
      scene.together(actors);
      ModelTree after = TreeReader.read(scene.files(round % CLIENTS), root);
      history.check(tree, after);
      tree = after;
      scene.note("round " + round + " is explained; " + tree.nodes().size() + " inodes");
    }
  }

  @Override
  public void check(Scene scene) throws Exception {
    ModelTree after = TreeReader.read(scene.files(0), root);
    if (!after.equals(tree)) {
      throw new AssertionError("the tree changed by itself:" + tree.difference(after));
    }
  }

  private List<Step> steps(SplittableRandom random) {
    List<Long> directories = new ArrayList<>();
    List<Long> inodes = new ArrayList<>();
    tree.nodes()
        .forEach((inode, node) -> {
          if (node.isDirectory()) {
            directories.add(inode);
          }
          if (inode != root) {
            inodes.add(inode);
          }
        });
    if (inodes.isEmpty()) {
      inodes.add(root);
    }
    List<Step> steps = new ArrayList<>();
    int count = 1 + random.nextInt(STEPS_MAX);
    for (int i = 0; i < count; i++) {
      steps.add(step(random, directories, inodes));
    }
    return steps;
  }

  private static Step step(SplittableRandom random, List<Long> directories, List<Long> inodes) {
    long parent = pick(random, directories);
    ByteString name = pick(random, NAMES);
    long inode = pick(random, inodes);
    int mode = random.nextInt(01000);
    return switch (random.nextInt(20)) {
      case 0, 1 -> new Step.MakeNode(parent, name, ModelTree.REGULAR | mode);
      case 2 -> new Step.MakeNode(parent, name, ModelTree.SYMLINK | 0777);
      case 3 -> new Step.Create(parent, name, ModelTree.REGULAR | mode);
      case 4, 5, 6 -> new Step.MakeDirectory(parent, name, mode, random.nextInt(SHARDS + 1));
      case 7, 8 -> new Step.Link(inode, parent, name);
      case 9 -> new Step.Unlink(parent, name);
      case 10 -> new Step.RemoveDirectory(parent, name);
      case 11, 12, 13, 14, 15 ->
          new Step.Rename(
              parent, name, pick(random, directories), pick(random, NAMES), random.nextInt(3));
      case 16 -> new Step.Lookup(parent, name);
      case 17 -> new Step.List(parent);
      case 18 -> new Step.ChangeMode(inode, mode);
      default -> xattr(random, inode);
    };
  }

  private static Step xattr(SplittableRandom random, long inode) {
    ByteString name = pick(random, XATTRS);
    return random.nextInt(3) == 0
        ? new Step.RemoveXattr(inode, name)
        : new Step.SetXattr(inode, name, ByteString.copyFromUtf8("v" + random.nextInt(5)));
  }

  private static <T> T pick(SplittableRandom random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
