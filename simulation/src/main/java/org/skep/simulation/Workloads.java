package org.skep.simulation;

import java.util.Locale;
import org.skep.simulation.workload.NamespaceWorkload;
import org.skep.simulation.workload.Workload;

/// The workloads by name.
public enum Workloads {
  NAMESPACE;

  /// A fresh one, for one run.
  public Workload create() {
    return switch (this) {
      case NAMESPACE -> new NamespaceWorkload();
    };
  }

  /// The name on the command line.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
