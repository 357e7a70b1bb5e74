package org.skep.simulation.workload;

import org.skep.client.FileSystem;

/// Something that a client does, on a thread of its process.
///
/// @param client its index
public record Actor(int client, Body body) {

  @FunctionalInterface
  public interface Body {
    void run(FileSystem files) throws Exception;
  }
}
