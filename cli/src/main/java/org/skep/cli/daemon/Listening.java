package org.skep.cli.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.settings.ServerSettings;
import org.skep.cluster.Endpoint;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;

/// Where a server listens: at its addresses, and at a Unix socket for who is on the same host.
final class Listening {
  private Listening() {}

  /// @param kind of the daemon
  /// @param directory of it; gives the socket a name that stays
  static List<Endpoint> of(
      Configuration configuration, Setting<List<Endpoint>> listen, String kind, Path directory) {
    List<Endpoint> endpoints = new ArrayList<>(DaemonCommand.value(configuration, listen));
    if (endpoints.isEmpty()) {
      throw new CommandFailure("listen is empty: give at least one address");
    }
    String socketDirectory = DaemonCommand.value(configuration, ServerSettings.SOCKET_DIR);
    boolean unix = endpoints.stream().anyMatch(Endpoint.Unix.class::isInstance);
    if (socketDirectory.isEmpty() || unix) {
      return endpoints;
    }
    Path socket = Path.of(socketDirectory).resolve(kind + "-" + mark(directory) + ".sock");
    boolean fits = socket.toString().length() <= Endpoint.UNIX_PATH_LENGTH_MAX;
    if (fits && usable(socket, configuration.isGiven(ServerSettings.SOCKET_DIR))) {
      endpoints.addFirst(new Endpoint.Unix(socket.toString()));
    }
    return endpoints;
  }

  private static boolean usable(Path socket, boolean wanted) {
    try {
      Files.createDirectories(socket.toAbsolutePath().getParent());
      return Files.isWritable(socket.toAbsolutePath().getParent());
    } catch (IOException e) {
      if (wanted) {
        throw new CommandFailure("cannot use socket-dir: " + e.getMessage());
      }
      return false;
    }
  }

  private static String mark(Path directory) {
    CRC32 crc = new CRC32();
    crc.update(directory.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
