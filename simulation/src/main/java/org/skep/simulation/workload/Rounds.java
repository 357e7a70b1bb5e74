package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Several clients change one small tree at the same time, in rounds. After each round there must
/// be an order of all its steps that explains every answer, and the tree as it is now with what is
/// open and locked.
final class Rounds {
  private static final int STEPS_MAX = 4;

  /// In every so many rounds all do nothing but move directories.
  private static final int MOVING = 4;

  private final List<Integer> shards;
  private final long pauseNanosMax;
  private final List<Handles> clients = new ArrayList<>();
  private final long root;
  private ModelTree tree;

  /// Makes the tree.
  ///
  /// @param shards where directories may be made to live; 0: anywhere
  /// @param pauseNanosMax between two steps of a client
  Rounds(Scene scene, int clientCount, List<Integer> shards, long pauseNanosMax) throws Exception {
    this.shards = shards;
    this.pauseNanosMax = pauseNanosMax;
    for (int i = 0; i < clientCount; i++) {
      clients.add(new Handles(i));
    }
    root =
        new NameStep.MakeDirectory(
                scene.files(0).root(), ByteString.copyFromUtf8("shared"), 0755, shards.getFirst())
            .perform(scene.files(0))
            .inode();
    tree = TreeReader.read(scene.files(0), root);
  }

  void run(Scene scene, int count) throws Exception {
    for (int round = 0; round < count; round++) {
      History history = new History(scene.cluster().scheduler(), clients.size());
      List<Actor> actors = new ArrayList<>();
      RandomSteps chance = new RandomSteps(scene.random(), tree, root, shards);
      boolean moving = scene.random().nextInt(MOVING) == 0;
      for (Handles client : clients) {
        List<Step> steps = moving ? chance.oneMove() : chance.some(client, STEPS_MAX);
        SplittableRandom pauses = scene.random().split();
        actors.add(
            new Actor(
                client.client(),
                files -> {
                  for (Step step : steps) {
                    history.perform(client.client(), files, step);
                    if (pauseNanosMax > 0) {
                      scene.sleep(pauses.nextLong(pauseNanosMax));
                    }
                  }
                }));
      }
      scene.together(actors);
      ModelTree after = TreeReader.read(scene.files(round % clients.size()), root, clients);
      history.check(tree, after);
      tree = after;
      scene.note("round " + round + " is explained; " + tree.nodes().size() + " inodes");
    }
  }

  /// Afterwards nothing is open any more.
  ///
  /// @throws AssertionError if the tree is another one than after the last round
  void check(Scene scene) throws Exception {
    ModelTree after = TreeReader.read(scene.files(0), root, clients);
    if (!after.equals(tree)) {
      throw new AssertionError("the tree changed by itself:" + tree.difference(after));
    }
    List<Actor> actors = new ArrayList<>();
    clients.forEach(client -> actors.add(new Actor(client.client(), _ -> client.closeAll())));
    scene.together(actors);
  }
}
