package org.skep.cli.service;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.metadata.MetadataServer;
import org.skep.metadata.MetadataSettings;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.port.Ports;

/// A metadata server in this process.
public final class MetadataService implements Service {
  private final Ports ports;
  private final MetadataSettings settings;
  private final List<MetadataServer.Directory> directories;
  private volatile @Nullable MetadataServer server;

  public MetadataService(
      Ports ports, MetadataSettings settings, List<MetadataServer.Directory> directories) {
    this.ports = ports;
    this.settings = settings;
    this.directories = List.copyOf(directories);
  }

  @Override
  public String start() throws InterruptedException {
    try {
      MetadataServer starting = new MetadataServer(ports, settings, directories);
      server = starting;
      starting.start();
      return "metadata at " + Serving.at(starting.service().endpoints());
    } catch (IOException | RegistrationRefusedException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop() {
    MetadataServer running = server;
    if (running != null) {
      running.stop();
    }
  }
}
