package org.skep.simulation.check;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;

/// Whether both members of each mirrored shard hold the same, byte for byte, in all tables but the
/// log.
public final class ShardCopies {
  private static final int NAMED_MAX = 10;

  private ShardCopies() {}

  /// @return what differs, one line each
  public static List<String> differences(SimulatedCluster cluster) throws DiskException {
    List<String> differences = new ArrayList<>();
    if (cluster.mirroredShards() == 0) {
      return differences;
    }
    for (BuddyGroup group :
        new SimulatedGroups(cluster, NodeKind.METADATA).newest().groupsOf(NodeKind.METADATA)) {
      if (group.isPair()) {
        MemoryStore primary = cluster.metadataOf(group.primary()).store();
        MemoryStore secondary = cluster.metadataOf(group.secondary()).store();
        for (Table table : Table.values()) {
          if (table != Table.LOG) {
            compare(group, table, rows(primary, table), rows(secondary, table), differences);
          }
        }
      }
    }
    return differences;
  }

  private static Map<ByteBuffer, ByteBuffer> rows(MemoryStore store, Table table)
      throws DiskException {
    Map<ByteBuffer, ByteBuffer> rows = new TreeMap<>();
    new Records(store)
        .scan(
            table,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              rows.put(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
              return true;
            });
    return rows;
  }

  private static void compare(
      BuddyGroup group,
      Table table,
      Map<ByteBuffer, ByteBuffer> primary,
      Map<ByteBuffer, ByteBuffer> secondary,
      List<String> differences) {
    Map<ByteBuffer, ByteBuffer> all = new TreeMap<>(primary);
    all.putAll(secondary);
    for (ByteBuffer key : all.keySet()) {
      ByteBuffer here = primary.get(key);
      ByteBuffer there = secondary.get(key);
      if ((here == null || !here.equals(there)) && differences.size() < NAMED_MAX) {
        differences.add(
            "shard %d, %s %s: %s at the primary %d, %s at the secondary %d"
                .formatted(
                    group.id(),
                    table,
                    text(key),
                    text(here),
                    group.primary(),
                    text(there),
                    group.secondary()));
      }
    }
  }

  private static String text(@Nullable ByteBuffer value) {
    if (value == null) {
      return "nothing";
    }
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
