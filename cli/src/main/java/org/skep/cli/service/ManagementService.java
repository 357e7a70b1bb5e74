package org.skep.cli.service;

import java.io.IOException;
import java.nio.file.Path;
import org.skep.cli.outcome.CommandFailure;
import org.skep.management.ManagementServer;
import org.skep.management.ManagementSettings;
import org.skep.runtime.port.Ports;
import org.slf4j.LoggerFactory;

/// Management in this process.
public final class ManagementService implements Service {
  private final ManagementServer server;

  public ManagementService(Ports ports, Path directory, ManagementSettings settings) {
    server = new ManagementServer(ports, directory, settings);
  }

  @Override
  public String start() throws InterruptedException {
    try {
      server.start();
      return "management of cluster "
          + server.clusterId()
          + " at "
          + Serving.at(server.endpoints());
    } catch (IOException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop() {
    try {
      server.stop();
    } catch (IOException e) {
      LoggerFactory.getLogger(ManagementService.class).error("stopping", e);
    }
  }
}
