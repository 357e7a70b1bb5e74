package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.wire.message.LockMessage;

/// Steps by chance on one small tree, as it is before a round; many of them meet.
final class RandomSteps {
  private static final List<ByteString> NAMES =
      List.of("a", "b", "c", "d", "e").stream().map(ByteString::copyFromUtf8).toList();
  private static final List<ByteString> XATTRS =
      List.of("user.x", "user.y").stream().map(ByteString::copyFromUtf8).toList();

  private final SplittableRandom random;
  private final List<Integer> shards;
  private final List<Long> directories = new ArrayList<>();
  private final List<Long> inodes = new ArrayList<>();
  private final List<Long> files = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();

  /// Where a directory is.
  private record Place(long parent, ByteString name) {}

  /// @param shards where directories may be made to live; 0: anywhere
  RandomSteps(SplittableRandom random, ModelTree tree, long root, List<Integer> shards) {
    this.random = random;
    this.shards = shards;
    tree.nodes()
        .forEach((inode, node) -> {
          if (node.isDirectory()) {
            directories.add(inode);
          }
          if (inode != root) {
            inodes.add(inode);
          }
          node.entries.forEach((name, entry) -> {
            if (tree.existing(entry).isDirectory()) {
              places.add(new Place(inode, name));
            }
          });
          if ((node.mode & ModelTree.TYPE_MASK) == ModelTree.REGULAR) {
            files.add(inode);
          }
        });
    if (inodes.isEmpty()) {
      inodes.add(root);
    }
  }

  /// Up to so many for one client.
  List<Step> some(Handles handles, int countMax) {
    List<Step> steps = new ArrayList<>();
    int count = 1 + random.nextInt(countMax);
    for (int i = 0; i < count; i++) {
      boolean onFile = !files.isEmpty() && random.nextInt(3) == 0;
      steps.add(onFile ? fileStep(handles, pick(files)) : nameStep());
    }
    return steps;
  }

  /// Moves a directory below another one: of two that move at the same time one may come to lie
  /// below the other.
  List<Step> oneMove() {
    if (places.isEmpty()) {
      return List.of();
    }
    Place place = pick(places);
    return List.of(
        new NameStep.Rename(place.parent, place.name, pick(directories), pick(NAMES), 0));
  }

  private Step nameStep() {
    long parent = pick(directories);
    ByteString name = pick(NAMES);
    long inode = pick(inodes);
    int mode = random.nextInt(01000);
    return switch (random.nextInt(20)) {
      case 0, 1 -> new NameStep.MakeNode(parent, name, ModelTree.REGULAR | mode);
      case 2 -> new NameStep.MakeNode(parent, name, ModelTree.SYMLINK | 0777);
      case 3 -> new NameStep.Create(parent, name, ModelTree.REGULAR | mode);
      case 4, 5, 6 -> new NameStep.MakeDirectory(parent, name, mode, pick(shards));
      case 7, 8 -> new NameStep.Link(inode, parent, name);
      case 9 -> new NameStep.Unlink(parent, name);
      case 10 -> new NameStep.RemoveDirectory(parent, name);
      case 11, 12, 13, 14, 15 ->
          new NameStep.Rename(parent, name, pick(directories), pick(NAMES), random.nextInt(3));
      case 16 -> new NameStep.Lookup(parent, name);
      case 17 -> new NameStep.List(parent);
      case 18 -> new NameStep.ChangeMode(inode, mode);
      default -> xattr(inode);
    };
  }

  private Step xattr(long inode) {
    ByteString name = pick(XATTRS);
    return random.nextInt(3) == 0
        ? new NameStep.RemoveXattr(inode, name)
        : new NameStep.SetXattr(inode, name, ByteString.copyFromUtf8("v" + random.nextInt(5)));
  }

  private Step fileStep(Handles handles, long file) {
    long known = handles.inodes().isEmpty() || random.nextBoolean() ? file : pick(handles.inodes());
    return switch (random.nextInt(8)) {
      case 0, 1 -> new FileStep.Open(handles, file);
      case 2 -> new FileStep.Close(handles, known);
      case 3 -> new FileStep.SetSize(known, random.nextInt(1000));
      case 4 -> new FileStep.Stat(known);
      default -> lock(handles, known);
    };
  }

  private Step lock(Handles handles, long file) {
    boolean flock = random.nextInt(3) == 0;
    boolean unlock = random.nextInt(4) == 0 && !flock;
    @Nullable Boolean exclusive = unlock ? null : random.nextBoolean();
    return new FileStep.Lock(
        handles,
        file,
        flock ? LockMessage.Family.FLOCK : LockMessage.Family.FCNTL,
        flock ? 0 : random.nextInt(2),
        exclusive);
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
