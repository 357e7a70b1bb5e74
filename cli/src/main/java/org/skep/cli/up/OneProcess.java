package org.skep.cli.up;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.skep.cli.daemon.MountFlags;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.service.ManagementService;
import org.skep.cli.service.MetadataService;
import org.skep.cli.service.MountService;
import org.skep.cli.service.Service;
import org.skep.cli.service.StorageService;
import org.skep.client.DataSettings;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.linux.Processes;
import org.skep.management.ManagementSettings;
import org.skep.metadata.MetadataServer;
import org.skep.metadata.MetadataSettings;
import org.skep.mount.MountSettings;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.storage.StorageServer;
import org.skep.storage.StorageSettings;
import org.skep.wire.Secret;

/// All services of the plan in this process. They start side by side, and talk to each other over
/// sockets, with authentication, as they would from host to host.
final class OneProcess implements Service {
  private final ClusterPlan plan;
  private final Ports ports;
  private final Secret secret;
  private final ManagementService management;
  private final List<Service> servers = new ArrayList<>();
  private final MountService mount;

  OneProcess(ClusterPlan plan, Ports ports) {
    this.plan = plan;
    this.ports = ports;
    secret = ClusterLocation.readSecret(plan.secretFile());
    management =
        new ManagementService(
            ports,
            plan.management().directory(),
            ManagementSettings.of(plan.management().listen(), secret, plan.management().init()));
    for (ClusterPlan.Server server : plan.servers()) {
      servers.add(server.kind() == NodeKind.METADATA ? metadata(server) : storage(server));
    }
    mount = mount();
  }

  private List<Endpoint> managementEndpoints() {
    return plan.management().listen();
  }

  private Service metadata(ClusterPlan.Server server) {
    MetadataSettings settings =
        new MetadataSettings(
            server.nodeId(),
            "",
            server.listen(),
            managementEndpoints(),
            secret,
            server.init(),
            plan.pattern(),
            ServerLimits.DEFAULT,
            "",
            1);
    return new MetadataService(
        ports,
        settings,
        List.of(new MetadataServer.Directory(server.directory(), server.targetId())));
  }

  private Service storage(ClusterPlan.Server server) {
    StorageSettings settings =
        new StorageSettings(
            server.nodeId(),
            "",
            server.listen(),
            managementEndpoints(),
            secret,
            server.init(),
            0,
            StorageSettings.DESCRIPTORS_MAX,
            StorageSettings.SWEEP_INTERVAL_NANOS,
            StorageSettings.SWEEP_CHUNKS_PER_SECOND_MAX,
            ServerLimits.DEFAULT,
            "",
            0);
    return new StorageService(
        ports,
        settings,
        List.of(new StorageServer.Directory(server.directory(), server.targetId())));
  }

  private MountService mount() {
    ClusterClient.Settings client =
        new ClusterClient.Settings(
            managementEndpoints(),
            secret,
            ports.network().hostName() + ":" + plan.mountPoint(),
            ClusterClient.Settings.CONNECT_NANOS,
            DataSettings.DEFAULT);
    boolean others = Processes.effectiveUserId() == 0;
    return new MountService(
        ports,
        client,
        plan.mountPoint(),
        MountFlags.parse(plan.mountOptions(), plan.source(), others),
        MountSettings.DEFAULT);
  }

  @Override
  public String start() throws InterruptedException {
    List<Service> all = new ArrayList<>(servers);
    all.addFirst(management);
    if (plan.mirrored()) {
      start(all);
      prepareMirroring();
      start(List.of(mount));
    } else {
      all.add(mount);
      start(all);
    }
    return "mounted at " + plan.mountPoint();
  }

  private void prepareMirroring() {
    boolean done = false;
    try {
      new Mirroring(ports, plan).prepare();
      done = true;
    } finally {
      if (!done) {
        stop();
      }
    }
  }

  private void start(List<Service> all) throws InterruptedException {
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(all.size());
    for (Service service : all) {
      Thread _ = ports.threads().start("start", () -> start(service, failure, done));
    }
    done.await();
    @Nullable RuntimeException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  /// The first failure stops all others, which may be waiting for what will not come.
  private void start(
      Service service, AtomicReference<@Nullable RuntimeException> failure, CountDownLatch done) {
    try {
      String _ = service.start();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (failure.compareAndSet(null, e)) {
        stop();
      }
    } finally {
      done.countDown();
    }
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    mount.awaitEnd();
  }

  @Override
  public void stop() {
    mount.stop();
    List<Thread> stopping = new ArrayList<>();
    for (Service server : servers) {
      stopping.add(ports.threads().start("stop", server::stop));
    }
    for (Thread thread : stopping) {
      join(thread);
    }
    management.stop();
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
