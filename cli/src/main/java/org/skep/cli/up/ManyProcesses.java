package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.service.Service;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;

/// Each daemon of the plan as a process of its own, with a configuration file of its own: one that
/// was killed is started again with `skep storage --config DIR/conf/storage-1.toml`.
final class ManyProcesses implements Service {
  /// The plan says all addresses.
  private static final String NO_OTHER_SOCKET = "socket-dir = \"\"";

  private final ClusterPlan plan;
  private final UpDirectory directory;
  private final Mirroring mirroring;
  private final Consumer<List<ProcessIdentity>> started;
  // guarded by this
  private final List<Child> children = new ArrayList<>();
  private boolean stopped;

  /// @param started is told of the daemons, in the order in which they are to be stopped, before
  ///   they are waited for
  ManyProcesses(
      ClusterPlan plan,
      UpDirectory directory,
      Mirroring mirroring,
      Consumer<List<ProcessIdentity>> started) {
    this.plan = plan;
    this.directory = directory;
    this.mirroring = mirroring;
    this.started = started;
  }

  @Override
  public String start() throws InterruptedException {
    startServers();
    if (plan.mirrored()) {
      awaitReady();
      mirroring.prepare();
    }
    startMount();
    awaitReady();
    return "mounted at " + plan.mountPoint();
  }

  private void awaitReady() throws InterruptedException {
    for (Child child : snapshot()) {
      child.awaitReady();
    }
  }

  private synchronized void startServers() {
    if (stopped) {
      return;
    }
    start("mgmtd", "mgmtd", managementConfiguration(), plan.management().init(), List.of());
    for (ClusterPlan.Server server : plan.servers()) {
      String daemon = server.kind().label();
      start(server.name(), daemon, serverConfiguration(server), server.init(), List.of());
    }
    tell();
  }

  private synchronized void startMount() {
    if (stopped) {
      return;
    }
    List<String> arguments = new ArrayList<>();
    plan.mountOptions().forEach(options -> arguments.addAll(List.of("-o", options)));
    arguments.addAll(List.of("-o", "fsname=" + plan.source(), plan.mountPoint().toString()));
    start("mount", "mount", common(), false, arguments);
    tell();
  }

  private synchronized void tell() {
    started.accept(children.reversed().stream().map(Child::identity).toList());
  }

  private void start(
      String name, String daemon, List<String> settings, boolean init, List<String> more) {
    Path file = directory.configuration(name);
    List<String> lines = new ArrayList<>(settings);
    lines.add("pid-file = " + quote(Restarted.pidFile(directory.root(), name).toString()));
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + file + ": " + e.getMessage());
    }
    List<String> arguments = new ArrayList<>(List.of(daemon, "--config", file.toString()));
    if (init) {
      arguments.add("--init");
    }
    arguments.addAll(more);
    children.add(Child.start(name, arguments, directory.log(name)));
  }

  private List<String> common() {
    List<String> settings = new ArrayList<>();
    settings.add("mgmtd = " + list(plan.management().listen()));
    settings.add("auth-file = " + quote(plan.secretFile().toString()));
    return settings;
  }

  private List<String> managementConfiguration() {
    return List.of(
        "dir = " + quote(plan.management().directory().toString()),
        NO_OTHER_SOCKET,
        "listen = " + list(plan.management().listen()),
        "auth-file = " + quote(plan.secretFile().toString()));
  }

  private List<String> serverConfiguration(ClusterPlan.Server server) {
    List<String> settings = new ArrayList<>(common());
    settings.add("targets = [" + quote(server.directory().toString()) + "]");
    settings.add("target-ids = [" + server.targetId() + "]");
    settings.add("node-id = " + server.nodeId());
    settings.add("listen = " + list(server.listen()));
    settings.add(NO_OTHER_SOCKET);
    if (server.kind() == NodeKind.METADATA) {
      settings.add("chunk-size = " + plan.pattern().chunkBytes());
      settings.add("num-targets = " + plan.pattern().targetCount());
    }
    return settings;
  }

  private static String list(List<Endpoint> endpoints) {
    return endpoints.stream()
        .map(endpoint -> quote(endpoint.toString()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private synchronized List<Child> snapshot() {
    return List.copyOf(children);
  }

  /// In the reverse order of their start: the mount first, management last. Goes on with the rest
  /// where one fails.
  @Override
  public void stop() {
    List<Child> running;
    synchronized (this) {
      stopped = true;
      running = List.copyOf(children);
    }
    Failures failures = new Failures();
    for (Child child : running.reversed()) {
      failures.attempt(() -> stop(child));
    }
    failures.rethrow();
  }

  private void stop(Child child) {
    String name = child.name();
    Failures failures = new Failures();
    Optional<ProcessIdentity> restarted = Restarted.of(directory.root(), name);
    boolean ran = child.identity().alive();
    child.stopping();
    failures.attempt(() -> Stopping.stop(child.identity(), name));
    if (ran) {
      child.stopFailure().ifPresent(failures::add);
    }
    restarted.ifPresent(
        process -> failures.attempt(() -> Stopping.stop(directory.root(), process, name)));
    failures.rethrow();
  }
}
