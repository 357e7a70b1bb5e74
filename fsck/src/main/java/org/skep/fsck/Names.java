package org.skep.fsck;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.skep.cluster.Ids;
import org.skep.wire.Operations;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.ScanEntriesReply;
import org.skep.wire.message.ScanEntriesRequest;

/// Finds the names of inodes, which takes a walk over all entries of all shards.
final class Names {
  /// As many as one walk can look for.
  static final int TARGETS_MAX = 1000;

  private static final int COUNT_MAX = 10_000;
  private static final int DEPTH_MAX = 200;
  private static final int KNOWN_MAX = 100_000;

  private final Servers servers;
  // Directory to its path, as it was found; for messages only.
  private final Map<Long, String> paths = new HashMap<>();

  Names(Servers servers) {
    this.servers = servers;
  }

  /// An entry.
  ///
  /// @param type DT_* of readdir(3), as the entry says
  record Name(long directory, ByteString name, int type) {
    EntryKey key() {
      return EntryKey.newBuilder().setParent(directory).setName(name).build();
    }
  }

  /// What a walk found.
  ///
  /// @param unsettled inodes whose names a prepared change may be changing
  record Found(Map<Long, List<Name>> names, Set<Long> unsettled) {
    List<Name> of(long inode) {
      return names.getOrDefault(inode, List.of());
    }
  }

  /// All entries that lead to these inodes, at most [#TARGETS_MAX].
  Found find(Collection<Long> inodes) throws NoAnswerException {
    Map<Long, List<Name>> names = new LinkedHashMap<>();
    Set<Long> unsettled = new TreeSet<>();
    for (int shard : servers.shards()) {
      ScanEntriesRequest.Builder request =
          ScanEntriesRequest.newBuilder().setCountMax(COUNT_MAX).addAllTargets(inodes);
      boolean end = false;
      while (!end) {
        ScanEntriesReply reply = servers.shard(shard, Operations.SCAN_ENTRIES, request.build());
        int count = reply.getTargetsCount();
        boolean fits =
            reply.getDirectoriesCount() == count
                && reply.getNamesCount() == count
                && reply.getTypes().size() == count
                && (reply.getEnd() || !reply.getCursor().equals(request.getCursor()));
        Servers.check(fits, shard);
        for (int i = 0; i < count; i++) {
          names
              .computeIfAbsent(reply.getTargets(i), _ -> new ArrayList<>())
              .add(
                  new Name(reply.getDirectories(i), reply.getNames(i), reply.getTypes().byteAt(i)));
        }
        unsettled.addAll(reply.getUnsettledList());
        request.setCursor(reply.getCursor());
        end = reply.getEnd();
      }
    }
    return new Found(names, unsettled);
  }

  /// What inodes are called, for messages: a path, or `inode 1-2f` where none is found.
  Map<Long, String> describe(Collection<Long> inodes) {
    Map<Long, String> texts = new LinkedHashMap<>();
    inodes.forEach(inode -> texts.put(inode, "inode " + Ids.text(inode)));
    try {
      Found found = find(inodes);
      Set<Long> above = new TreeSet<>();
      found.names().values().forEach(names -> above.add(names.getFirst().directory()));
      learn(above);
      found.names().forEach((inode, names) -> texts.put(inode, path(names.getFirst())));
    } catch (NoAnswerException e) {
      // The ids must do.
      return texts;
    }
    return texts;
  }

  /// The path of an entry; the directory's id stands for what is not known.
  String path(Name name) {
    String above = paths.getOrDefault(name.directory(), "inode " + Ids.text(name.directory()));
    return (above.equals("/") ? "" : above) + "/" + name.name().toStringUtf8();
  }

  /// Finds the paths of directories, level by level up to the root.
  void learn(Collection<Long> directories) throws NoAnswerException {
    if (paths.size() > KNOWN_MAX) {
      paths.clear();
    }
    long root = servers.map().rootInode();
    paths.put(root, "/");
    Map<Long, Name> up = new HashMap<>();
    Set<Long> level = new TreeSet<>(directories);
    for (int depth = 0; depth < DEPTH_MAX && !level.isEmpty(); depth++) {
      level.removeIf(inode -> paths.containsKey(inode) || up.containsKey(inode));
      Set<Long> next = new TreeSet<>();
      List<Long> some = level.stream().limit(TARGETS_MAX).toList();
      if (some.isEmpty()) {
        break;
      }
      find(some)
          .names()
          .forEach((inode, names) -> {
            up.put(inode, names.getFirst());
            next.add(names.getFirst().directory());
          });
      level = next;
    }
    for (long inode : directories) {
      String _ = resolve(inode, up, 0);
    }
  }

  private String resolve(long inode, Map<Long, Name> up, int depth) {
    String known = paths.get(inode);
    if (known != null) {
      return known;
    }
    Name name = up.get(inode);
    String path = "inode " + Ids.text(inode);
    if (name != null && depth < DEPTH_MAX) {
      String above = resolve(name.directory(), up, depth + 1);
      path = (above.equals("/") ? "" : above) + "/" + name.name().toStringUtf8();
    }
    paths.put(inode, path);
    return path;
  }
}
