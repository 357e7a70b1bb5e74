package org.skep.simulation.cluster;

import org.skep.metadata.store.KeyValueStore;
import org.skep.runtime.port.Disk;

/// A bug that a test plants between the product and the disks of its hosts, to see whether a run
/// finds it.
public interface Flaw {

  /// No bug.
  Flaw NONE = new Flaw() {};

  /// What a storage server gets as its disk in each of its lives.
  default Disk disk(Disk disk) {
    return disk;
  }

  /// What a metadata server gets as its store in each of its lives.
  default KeyValueStore store(KeyValueStore store) {
    return store;
  }
}
