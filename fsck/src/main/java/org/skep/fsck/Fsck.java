package org.skep.fsck;

import org.skep.runtime.port.Clock;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.route.Router;

/// Checks a whole cluster, while it is used. One object makes one check, on the calling thread.
public final class Fsck {
  private final Servers servers;
  private final Settings settings;
  private final Report report;

  /// @param router of a client: the check has a session at each shard until it ends
  /// @param maps follows the cluster's map, and has one
  public Fsck(Clock clock, Router router, MapSource maps, Settings settings, Watcher watcher) {
    this.settings = settings;
    servers = new Servers(clock, router, maps);
    report = new Report(settings, watcher);
  }

  /// A part of the check.
  interface Phase {
    void run() throws NoAnswerException, InterruptedException;
  }

  /// Runs all phases; what can't be looked at is told in the report's gaps.
  ///
  /// @throws InterruptedException if the thread was interrupted; what was repaired stays repaired
  public Report run() throws InterruptedException {
    try {
      PendingPhase pending = new PendingPhase(servers, report, settings);
      Names names = new Names(servers);
      LostAndFound lost = new LostAndFound(servers);
      run("unfinished changes", pending::begin);
      run("records", new RecordPhase(servers, report)::run);
      run("names", new NamePhase(servers, report, settings, names, lost)::run);
      run("circles", new TreePhase(servers, report, names, lost)::run);
      run("files", new FilePhase(servers, report, names)::run);
      run("chunks", new ChunkPhase(servers, report)::run);
      run("copies", new CopyPhase(servers, report, settings)::run);
      run("unfinished changes", pending::end);
      return report;
    } finally {
      servers.leave();
    }
  }

  private void run(String name, Phase phase) throws InterruptedException {
    try {
      phase.run();
    } catch (NoAnswerException e) {
      report.gap(name + " were not checked to the end: " + e.reason());
    }
    if (Thread.interrupted()) {
      throw new InterruptedException("the check was interrupted");
    }
  }
}
