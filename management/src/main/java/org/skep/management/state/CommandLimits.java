package org.skep.management.state;

import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;

/// What bounds a command, so that neither a record of the log nor the map can grow without end.
public final class CommandLimits {

  /// A UUID in text has 36.
  public static final int UUID_LENGTH_MAX = 64;

  /// RFC 1035's longest host name.
  public static final int NAME_LENGTH_MAX = 255;

  /// Targets of one node.
  public static final int CLAIMS_MAX = 1024;

  /// Changes in one record; more go into the next one. A record stays below 128 KiB.
  public static final int CHANGES_MAX = 4096;

  /// The map with its frame must fit into one message (`Limits.MESSAGE_BYTES_MAX`).
  public static final int MAP_BYTES_MAX = 7 << 20;

  private CommandLimits() {}

  static void idOrZero(String what, int id) {
    if (id != 0) {
      Ids.check(what, id);
    }
  }

  static void name(String what, String text, int lengthMin, int lengthMax) {
    if (text.length() < lengthMin || text.length() > lengthMax) {
      throw new IllegalArgumentException(what + " of " + text.length() + " characters");
    }
    if (text.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
      throw new IllegalArgumentException(what + " with control characters");
    }
  }

  static void endpoints(List<Endpoint> endpoints) {
    if (endpoints.size() > Node.ENDPOINTS_MAX) {
      throw new IllegalArgumentException("a node with " + endpoints.size() + " endpoints");
    }
  }
}
