package org.skep.simulation;

import java.util.Locale;
import org.skep.simulation.workload.DataWorkload;
import org.skep.simulation.workload.GroupsWorkload;
import org.skep.simulation.workload.MirrorWorkload;
import org.skep.simulation.workload.NamespaceWorkload;
import org.skep.simulation.workload.SessionsWorkload;
import org.skep.simulation.workload.StormWorkload;
import org.skep.simulation.workload.Workload;

/// The workloads by name.
public enum Workloads {
  NAMESPACE,
  DATA,
  SESSIONS,
  STORM,
  MIRROR,
  SPLIT,
  ORPHAN,
  LATE,
  GROUPS;

  /// A fresh one, for one run.
  public Workload create() {
    return switch (this) {
      case NAMESPACE -> new NamespaceWorkload();
      case DATA -> new DataWorkload();
      case SESSIONS -> new SessionsWorkload();
      case STORM -> new StormWorkload();
      case MIRROR -> new MirrorWorkload(MirrorWorkload.Trouble.USUAL);
      case SPLIT -> new MirrorWorkload(MirrorWorkload.Trouble.SPLIT);
      case ORPHAN -> new MirrorWorkload(MirrorWorkload.Trouble.WRITER_DIES);
      case GROUPS -> new GroupsWorkload();
      case LATE -> new MirrorWorkload(MirrorWorkload.Trouble.LATE);
    };
  }

  /// The name on the command line.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
