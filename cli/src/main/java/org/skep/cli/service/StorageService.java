package org.skep.cli.service;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.port.Ports;
import org.skep.storage.StorageServer;
import org.skep.storage.StorageSettings;
import org.skep.storage.target.StorageTarget;

/// A storage server in this process.
public final class StorageService implements Service {
  private final Ports ports;
  private final StorageSettings settings;
  private final List<StorageServer.Directory> directories;
  private volatile @Nullable StorageServer server;

  public StorageService(
      Ports ports, StorageSettings settings, List<StorageServer.Directory> directories) {
    this.ports = ports;
    this.settings = settings;
    this.directories = List.copyOf(directories);
  }

  @Override
  public String start() throws InterruptedException {
    try {
      StorageServer starting = new StorageServer(ports, settings, directories);
      server = starting;
      starting.start();
      List<Integer> ids = starting.service().targets().stream().map(StorageTarget::id).toList();
      return "storage "
          + Serving.targets(ids)
          + " at "
          + Serving.at(starting.service().endpoints());
    } catch (IOException | RegistrationRefusedException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop() {
    StorageServer running = server;
    if (running != null) {
      running.stop();
    }
  }
}
