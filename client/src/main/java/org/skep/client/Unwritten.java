package org.skep.client;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a client could not bring to its servers before it ended.
///
/// @param bytes of data that storage does not have
/// @param files with such data, or with a size that their shard was not told
/// @param targets the storage targets (or groups) that were waited for
/// @param shards the metadata targets that were waited for
public record Unwritten(
    long bytes, int files, SortedSet<Integer> targets, SortedSet<Integer> shards) {
  public static final Unwritten NOTHING = new Unwritten(0, 0, new TreeSet<>(), new TreeSet<>());

  public Unwritten {
    targets = new TreeSet<>(targets);
    shards = new TreeSet<>(shards);
  }

  public boolean isNothing() {
    return files == 0;
  }

  public Unwritten plus(Unwritten other) {
    SortedSet<Integer> allTargets = new TreeSet<>(targets);
    allTargets.addAll(other.targets);
    SortedSet<Integer> allShards = new TreeSet<>(shards);
    allShards.addAll(other.shards);
    return new Unwritten(bytes + other.bytes, files + other.files, allTargets, allShards);
  }

  /// One line for people.
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(bytes).append(bytes == 1 ? " byte of " : " bytes of ");
    text.append(files).append(files == 1 ? " file were" : " files were").append(" not written");
    String waited =
        Stream.of(list("storage target", targets), list("metadata target", shards))
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(" and "));
    return waited.isEmpty() ? text.toString() : text + ": no answer from " + waited;
  }

  private static String list(String what, Collection<Integer> ids) {
    if (ids.isEmpty()) {
      return "";
    }
    return what
        + (ids.size() == 1 ? " " : "s ")
        + ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
