package org.skep.cli.settings;

import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.runtime.config.Setting;
import org.skep.runtime.config.ValueType;

/// Keys of daemons that others connect to. Those that differ between the daemons are made by
/// methods.
public final class ServerSettings {

  public static final Setting<String> SOCKET_DIR =
      Setting.of(
          "socket-dir",
          ValueType.text(),
          "/run/skep",
          "The directory of a Unix socket for clients on this host, who then need half the CPU"
              + " time; empty: none.");

  public static final Setting<Integer> NODE_ID =
      Setting.of(
          "node-id",
          ValueType.number(0, Ids.ID_MAX),
          "0",
          "The id of this node; 0: as its directories say, or given out by management.");

  public static final Setting<String> NODE_NAME =
      Setting.of(
          "node-name", ValueType.text(), "", "The name of this node; empty: the host's name.");

  public static final Setting<String> FAILURE_DOMAIN =
      Setting.of(
          "failure-domain",
          ValueType.single("a text of at most 255 characters", ServerSettings::failureDomain),
          "",
          "What fails together with this server, like room1/rack2: automatic mirror groups have"
              + " their members in different domains; empty: only itself.");

  public static final Setting<List<String>> TARGETS =
      Setting.required(
          "targets", ValueType.listOf(ValueType.text()), "The target directories, at least one.");

  public static final Setting<List<Integer>> TARGET_IDS =
      Setting.of(
          "target-ids",
          ValueType.listOf(ValueType.number(0, Ids.ID_MAX)),
          "",
          "The target ids, in the order of `targets`, for new directories; empty or 0: given out"
              + " by management.");

  private ServerSettings() {}

  private static String failureDomain(String text) {
    if (text.length() > Node.FAILURE_DOMAIN_LENGTH_MAX) {
      throw new IllegalArgumentException("it has " + text.length() + " characters");
    }
    return text;
  }

  /// Where a daemon listens if nothing else is said: `port` on all addresses.
  public static Setting<List<Endpoint>> listen(int port) {
    return Setting.of(
        "listen",
        ValueType.listOf(ValueType.endpoint(port)),
        "0.0.0.0:" + port,
        "The addresses to listen on, which others are told; `0.0.0.0` is told as the node's name,"
            + " port 0 takes a free one.");
  }
}
