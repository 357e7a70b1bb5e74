package org.skep.client.system;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Unwritten;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.MapFollower;
import org.skep.runtime.membership.Suspicion;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.ProcessWatch;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Secret;
import org.skep.wire.message.Kind;
import org.skep.wire.message.NodeMessage;

/// One client of one cluster, from the addresses of management to the [FileSystem]; on real or
/// simulated ports. Any thread may call it.
public final class ClusterClient implements AutoCloseable {
  private static final long MAP_ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RpcClient rpc;
  private final MapHolder maps;
  private final MapFollower follower;
  private final ManagementCaller management;
  private final Router router;
  private final ProcessWatch watch;
  private final ClusterFileSystem fileSystem;

  /// @param management all peers of management
  /// @param secret null: authentication is off
  /// @param name of this client in the operator's list, usually the host and the mount point;
  ///   empty: it is no mount and is not listed
  /// @param connectNanos how long [#connect] waits for a cluster that can be used
  public record Settings(
      List<Endpoint> management,
      @Nullable Secret secret,
      String name,
      long connectNanos,
      DataSettings data) {

    public static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(30);

    public Settings {
      management = List.copyOf(management);
    }

    public Settings(List<Endpoint> management, @Nullable Secret secret, String name) {
      this(management, secret, name, CONNECT_NANOS, DataSettings.DEFAULT);
    }
  }

  private ClusterClient(Ports ports, Settings settings) {
    long id = clientId(ports);
    maps = new MapHolder(ports.clock());
    rpc =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT,
                id,
                settings.secret(),
                () -> maps.current().clusterId(),
                maps::hint));
    management = ManagementCaller.of(ports.clock(), rpc, settings.management());
    follower =
        new MapFollower(
            ports, management, maps, settings.name().isEmpty() ? null : node(ports, settings, id));
    long waitNanos = settings.data().ioTimeoutNanos();
    router =
        new Router(
            ports,
            rpc,
            maps,
            new Router.Settings(waitNanos, Router.Settings.DEFAULT.requestTimeoutNanos()),
            new Suspicion(management));
    watch = new ProcessWatch(ports, maps, rpc);
    fileSystem =
        new ClusterFileSystem(
            new RoutedServers(router, management, maps, waitNanos),
            ports.clock(),
            ports.threads(),
            settings.data());
  }

  /// Builds a client and waits until it knows a cluster map with a root directory.
  ///
  /// @throws ErrnoException EIO naming management's addresses, if that takes longer than the
  ///   settings allow; EPERM if management does not let us in
  public static ClusterClient connect(Ports ports, Settings settings) throws ErrnoException {
    ClusterClient client = new ClusterClient(ports, settings);
    client.follower.start();
    client.watch.start();
    try {
      client.awaitRoot(ports, settings.connectNanos());
      return client;
    } catch (ErrnoException e) {
      client.close();
      throw e;
    }
  }

  private void awaitRoot(Ports ports, long nanos) throws ErrnoException {
    long end = ports.clock().nanoTime() + nanos;
    while (maps.current().rootInode() == 0) {
      String refusal = management.refusal();
      if (refusal != null) {
        throw new ErrnoException(Errno.EPERM.number(), "management refuses: " + refusal);
      }
      long rest = end - ports.clock().nanoTime();
      if (rest <= 0) {
        throw new ErrnoException(
            Errno.EIO.number(),
            maps.current().version() == 0
                ? "no answer from management at " + management.where()
                : "the cluster has no metadata target yet, says management at "
                    + management.where());
      }
      try {
        boolean _ =
            maps.awaitVersion(maps.current().version() + 1, Math.min(rest, MAP_ROUND_NANOS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ErrnoException(Errno.EINTR.number(), "interrupted while waiting for management");
      }
    }
  }

  private static long clientId(Ports ports) {
    long id = 0;
    while (id == 0) {
      id = ByteBuffer.wrap(ports.chance().secretBytes(Long.BYTES)).getLong();
    }
    return id;
  }

  private static NodeMessage node(Ports ports, Settings settings, long id) {
    return NodeMessage.newBuilder()
        .setKind(Kind.CLIENT)
        // Only for the operator's eyes: clients are told apart by their incarnation.
        .setId(1 + (int) Math.floorMod(id, (long) Ids.ID_MAX))
        .setName(settings.name())
        .setHostId(ports.network().hostId())
        .setIncarnation(id)
        .build();
  }

  public FileSystem fileSystem() {
    return fileSystem;
  }

  /// For the list of waits.
  public Router router() {
    return router;
  }

  public ManagementCaller management() {
    return management;
  }

  /// The newest map.
  public MapHolder maps() {
    return maps;
  }

  /// Writes out what is held, as long as servers take something. May be called more than once.
  ///
  /// @return what they don't have then, after none has taken anything for ten seconds
  public Unwritten finish() {
    return fileSystem.finish();
  }

  /// Ends the sessions and the connections; requests that wait fail with EIO. What is held is not
  /// waited for ([#finish] does).
  public void end() {
    fileSystem.end();
    disconnect();
  }

  /// [#finish] and [#end]; what could not be written is logged.
  @Override
  public void close() {
    fileSystem.close();
    disconnect();
  }

  private void disconnect() {
    watch.stop();
    follower.stop();
    router.close();
    rpc.close();
  }
}
