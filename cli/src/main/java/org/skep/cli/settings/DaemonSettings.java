package org.skep.cli.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import org.skep.cli.quantity.Sizes;
import org.skep.cluster.Endpoint;
import org.skep.cluster.StripePattern;
import org.skep.metadata.target.KeptSpare;
import org.skep.runtime.config.Setting;
import org.skep.runtime.config.ValueType;

/// All keys of each daemon, in the order in which they are printed.
public final class DaemonSettings {
  private static final long SECOND_NANOS = 1_000_000_000L;

  public static final Setting<List<Endpoint>> MGMTD_LISTEN =
      ServerSettings.listen(CommonSettings.MANAGEMENT_PORT);

  public static final Setting<List<Endpoint>> META_LISTEN =
      ServerSettings.listen(CommonSettings.METADATA_PORT);

  public static final Setting<List<Endpoint>> STORAGE_LISTEN =
      ServerSettings.listen(CommonSettings.STORAGE_PORT);

  /// Of management.
  public static final Setting<String> DIR =
      Setting.required("dir", ValueType.text(), "The directory of management's Raft log.");

  /// Of management.
  public static final Setting<Long> OFFLINE_TIMEOUT =
      Setting.of(
          "offline-timeout",
          ValueType.duration(SECOND_NANOS, 600 * SECOND_NANOS),
          "5s",
          "A target silent for half of it becomes Probably-offline, for all of it Offline.");

  /// Of the mount.
  public static final Setting<Long> IO_TIMEOUT =
      Setting.of(
          "io-timeout",
          ValueType.duration(0, 30L * 86400 * SECOND_NANOS),
          "60s",
          "How long a request waits for a server that is away before it fails with EIO; 0: for"
              + " ever.");

  /// Of the mount.
  public static final Setting<Long> WRITE_BEHIND =
      Setting.of(
          "write-behind",
          ValueType.size(2 << 20, 1L << 34),
          "256M",
          "How much written data the mount holds until servers have it.");

  /// Of the mount.
  public static final Setting<Long> READ_AHEAD =
      Setting.of(
          "read-ahead",
          ValueType.size(0, 1 << 30),
          "4M",
          "How much is read ahead for each sequential reader; 0: nothing.");

  /// Of the mount.
  public static final Setting<Boolean> ATIME =
      Setting.of(
          "atime",
          ValueType.flag(),
          "true",
          "Whether times of reading are kept, by the rule of relatime.");

  /// Of the mount.
  public static final Setting<Long> NAME_CACHE =
      Setting.of(
          "name-cache",
          ValueType.duration(0, 3600 * SECOND_NANOS),
          "0",
          "How long the kernel may trust names without asking; 0: changes by other mounts are seen"
              + " at once.");

  /// Of the mount.
  public static final Setting<Long> ATTRIBUTE_CACHE =
      Setting.of(
          "attribute-cache",
          ValueType.duration(0, 3600 * SECOND_NANOS),
          "5ms",
          "How long the kernel may trust attributes without asking.");

  /// Of a metadata server.
  public static final Setting<Integer> CHUNK_SIZE =
      Setting.of(
          "chunk-size",
          ValueType.single("a power of two from 64K to 1G", DaemonSettings::chunkBytes),
          "512K",
          "The chunk size of the root directory when it is made; other directories inherit it.");

  /// Of a metadata server.
  public static final Setting<Integer> NUM_TARGETS =
      Setting.of(
          "num-targets",
          ValueType.number(1, StripePattern.TARGET_COUNT_MAX),
          "4",
          "Over how many targets files are striped, for the root directory when it is made.");

  /// Of a metadata server; empty: as many as it has targets.
  public static final Setting<OptionalInt> SPARE_TARGETS =
      Setting.of(
          "spare-targets",
          ValueType.single(
              "a number from 0 to " + KeptSpare.COUNT_MAX + ", or empty",
              DaemonSettings::spareTargets),
          "",
          "How many empty targets it keeps, in its target directories, for second copies of other"
              + " servers' shards; empty: one for each of its own; those that it made stay.");

  /// Of a storage server.
  public static final Setting<Long> RESYNC_BYTES_PER_SECOND =
      Setting.of(
          "resync-bytes-per-second",
          ValueType.size(0, 1L << 40),
          "0",
          "How fast a resync of a mirror group may go through the data, of which it sends what"
              + " differs; 0: as fast as it can.");

  private DaemonSettings() {}

  public static List<Setting<?>> mgmtd() {
    return all(
        List.of(DIR, MGMTD_LISTEN, ServerSettings.SOCKET_DIR),
        List.of(OFFLINE_TIMEOUT),
        CommonSettings.SECURITY,
        CommonSettings.LOGGING);
  }

  public static List<Setting<?>> meta() {
    return all(
        server(META_LISTEN),
        List.of(CHUNK_SIZE, NUM_TARGETS, SPARE_TARGETS),
        CommonSettings.SECURITY,
        CommonSettings.LOGGING);
  }

  public static List<Setting<?>> storage() {
    return all(
        server(STORAGE_LISTEN),
        List.of(RESYNC_BYTES_PER_SECOND),
        CommonSettings.SECURITY,
        CommonSettings.LOGGING);
  }

  public static List<Setting<?>> mount() {
    return all(
        List.of(CommonSettings.MGMTD),
        List.of(IO_TIMEOUT, WRITE_BEHIND, READ_AHEAD, ATIME, NAME_CACHE, ATTRIBUTE_CACHE),
        CommonSettings.SECURITY,
        CommonSettings.LOGGING);
  }

  private static List<Setting<?>> server(Setting<?> listen) {
    return List.of(
        CommonSettings.MGMTD,
        ServerSettings.TARGETS,
        ServerSettings.TARGET_IDS,
        ServerSettings.NODE_ID,
        ServerSettings.NODE_NAME,
        ServerSettings.FAILURE_DOMAIN,
        listen,
        ServerSettings.SOCKET_DIR);
  }

  private static OptionalInt spareTargets(String text) {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    int count = Integer.parseInt(text);
    if (count < 0 || count > KeptSpare.COUNT_MAX) {
      throw new IllegalArgumentException("out of range");
    }
    return OptionalInt.of(count);
  }

  @SafeVarargs
  private static List<Setting<?>> all(Collection<Setting<?>>... parts) {
    List<Setting<?>> settings = new ArrayList<>();
    for (Collection<Setting<?>> part : parts) {
      settings.addAll(part);
    }
    return List.copyOf(settings);
  }

  /// A chunk size as it is written.
  ///
  /// @throws IllegalArgumentException if it is none that is allowed
  public static int chunkBytes(String text) {
    long bytes = Sizes.parse(text);
    StripePattern.checkChunkBytes(bytes);
    return (int) bytes;
  }
}
