package org.skep.cli.up;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.runtime.real.RealChance;

/// The directory of a `skep up`:
///
/// ```
/// lock           locked by the process that runs the cluster, with its number
/// up.toml        UpState: while it runs, or after a kill
/// secret         the cluster's secret, mode 0600
/// known          the target directories that have been in use: an empty one of these is a loss
/// management/  meta1/ ...  storage101/ storage201/ ...
/// run/           Unix sockets
/// log/           logs; with --processes one for each daemon
/// conf/          with --processes: the daemons' configuration files
/// ```
final class UpDirectory implements AutoCloseable {
  static final String LOG = "log";

  private static final int SECRET_BYTES = 32;
  private static final int TARGETS_PER_NODE = 100;
  private static final String MANAGEMENT = "management";

  /// Node ids and target ids (node * 100 + 1) must both fit.
  static final int NODES_MAX = 500;

  private final Path root;
  private final FileChannel lockChannel;

  private UpDirectory(Path root, FileChannel lockChannel) {
    this.root = root;
    this.lockChannel = lockChannel;
  }

  /// Takes the directory for this process, making it if it is missing.
  ///
  /// @throws CommandFailure if another process has it
  static UpDirectory take(Path root) {
    try {
      Files.createDirectories(root);
      for (String folder : List.of("run", LOG, "conf")) {
        Files.createDirectories(root.resolve(folder));
      }
      Path file = root.resolve("lock");
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        String owner = Files.readString(file).strip();
        channel.close();
        throw new CommandFailure(
            "the cluster in "
                + root
                + " is already up (process "
                + owner
                + "): stop it with `skep down --dir "
                + root
                + "`, or choose another --dir");
      }
      channel.truncate(0);
      ByteBuffer number = StandardCharsets.US_ASCII.encode(ProcessIdentity.own().pid() + "\n");
      while (number.hasRemaining()) {
        int _ = channel.write(number);
      }
      return new UpDirectory(root, channel);
    } catch (IOException e) {
      throw new CommandFailure("cannot use the directory " + root + ": " + e.getMessage());
    }
  }

  /// The process that has taken the directory, if one has.
  static Optional<ProcessIdentity> owner(Path root) {
    Path file = root.resolve("lock");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null
          ? Optional.empty()
          : Optional.of(ProcessIdentity.of(Integer.parseInt(Files.readString(file).strip())));
    } catch (IOException | NumberFormatException e) {
      throw new CommandFailure("cannot use the directory " + root + ": " + e.getMessage());
    }
  }

  Path root() {
    return root;
  }

  Path log(String name) {
    return root.resolve(LOG).resolve(name + ".log");
  }

  Path configuration(String name) {
    return root.resolve("conf").resolve(name + ".toml");
  }

  /// What is to run: the targets that are there, and new ones up to the wanted numbers.
  ///
  /// @param metadata wanted number of metadata targets; empty: those there are, at first 2
  /// @param storage wanted number of storage targets; empty: those there are, at first 4
  /// @param tcpOnly whether the servers have no Unix sockets
  /// @param mirrored whether the targets become mirror groups
  /// @throws CommandFailure if there are more than wanted, or too few to be mirrored
  ClusterPlan plan(
      OptionalInt metadata,
      OptionalInt storage,
      boolean tcpOnly,
      Path mountPoint,
      List<String> mountOptions,
      StripePattern pattern,
      boolean mirrored) {
    try {
      List<ClusterPlan.Server> servers = new ArrayList<>();
      Set<String> known = known();
      int metadataCount = count("metadata", "--meta-targets", NodeKind.METADATA, metadata, 2);
      int storageCount = count("storage", "--storage-targets", NodeKind.STORAGE, storage, 4);
      if (mirrored && storageCount < 2) {
        throw new CommandFailure(
            root + " has one storage target, and --mirror needs two: add --storage-targets 2");
      }
      for (int node = 1; node <= metadataCount; node++) {
        servers.add(server(NodeKind.METADATA, node, tcpOnly, known));
      }
      for (int node = 1; node <= storageCount; node++) {
        servers.add(server(NodeKind.STORAGE, node, tcpOnly, known));
      }
      Path management = Files.createDirectories(root.resolve(MANAGEMENT));
      return new ClusterPlan(
          new ClusterPlan.Management(
              management, listen("mgmtd", freePort(), tcpOnly), !known.contains(MANAGEMENT)),
          servers,
          secret(),
          mountPoint,
          mountOptions,
          pattern,
          mirrored);
    } catch (IOException e) {
      throw new CommandFailure("cannot use the directory " + root + ": " + e.getMessage());
    }
  }

  private ClusterPlan.Server server(NodeKind kind, int node, boolean tcpOnly, Set<String> known)
      throws IOException {
    Path directory = Files.createDirectories(directory(kind, node));
    boolean init = !known.contains(directory.getFileName().toString());
    List<Endpoint> endpoints = listen(kind.label() + "-" + node, 0, tcpOnly);
    return new ClusterPlan.Server(kind, node, targetId(kind, node), directory, endpoints, init);
  }

  /// A metadata target has the id of its node, as with the model; a storage target 101 is the first
  /// of node 1.
  private static int targetId(NodeKind kind, int node) {
    return kind == NodeKind.METADATA ? node : node * TARGETS_PER_NODE + 1;
  }

  private Path directory(NodeKind kind, int node) {
    return root.resolve(kind.label() + targetId(kind, node));
  }

  private int count(String what, String option, NodeKind kind, OptionalInt wanted, int preset) {
    int found = 0;
    while (Files.isDirectory(directory(kind, found + 1))) {
      found++;
    }
    if (wanted.isPresent() && wanted.getAsInt() < found) {
      throw new CommandFailure(
          root
              + " has "
              + found
              + " "
              + what
              + " targets, and "
              + option
              + " says "
              + wanted.getAsInt()
              + ": targets hold data and can't be left out; say "
              + found
              + " or more, or choose another --dir");
    }
    return wanted.orElse(found == 0 ? preset : found);
  }

  /// A Unix socket, unless its path would be too long or none is wanted, and loopback.
  private List<Endpoint> listen(String name, int port, boolean tcpOnly) {
    List<Endpoint> endpoints = new ArrayList<>();
    String socket = root.resolve("run").resolve(name + ".sock").toString();
    if (!tcpOnly && socket.length() <= Endpoint.UNIX_PATH_LENGTH_MAX) {
      endpoints.add(new Endpoint.Unix(socket));
    }
    endpoints.add(new Endpoint.Tcp("127.0.0.1", port));
    return endpoints;
  }

  /// Management's port must be known before management runs.
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Path secret() throws IOException {
    Path file = root.resolve("secret");
    if (!Files.exists(file)) {
      Path fresh = root.resolve("secret.new");
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      byte[] bytes = new RealChance().secretBytes(SECRET_BYTES);
      Files.writeString(fresh, Base64.getEncoder().encodeToString(bytes) + "\n");
      Files.move(fresh, file);
    }
    return file;
  }

  private Set<String> known() throws IOException {
    Path file = root.resolve("known");
    return Files.exists(file) ? Set.copyOf(Files.readAllLines(file)) : Set.of();
  }

  /// All of them are in use now.
  void remember(ClusterPlan plan) {
    List<String> names = new ArrayList<>(List.of(MANAGEMENT));
    plan.servers().forEach(server -> names.add(server.directory().getFileName().toString()));
    try {
      if (!known().containsAll(names)) {
        Files.write(root.resolve("known"), names);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      lockChannel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
