package org.skep.simulation.check;

import java.util.ArrayList;
import java.util.List;
import org.skep.fsck.Finding;
import org.skep.fsck.Fsck;
import org.skep.fsck.Report;
import org.skep.fsck.Settings;
import org.skep.fsck.Watcher;
import org.skep.simulation.cluster.SimulatedClient;

/// `skep fsck` of a simulated cluster.
public final class FileSystemCheck {
  private FileSystemCheck() {}

  /// Looks at everything, content of copies included; on a thread of the client's process. Ends the
  /// client's sessions: it must have nothing open.
  ///
  /// @throws AssertionError naming what is found, or could not be looked at
  public static void check(SimulatedClient client) throws InterruptedException {
    Report report =
        new Fsck(
                client.process().ports().clock(),
                client.client().router(),
                client.client().maps(),
                new Settings(false, true),
                Watcher.SILENT)
            .run();
    List<String> texts = texts(report);
    if (!texts.isEmpty()) {
      throw new AssertionError("fsck: " + String.join("\n  ", texts));
    }
  }

  /// What a check found, and what it could not look at, one line each.
  public static List<String> texts(Report report) {
    List<String> texts = new ArrayList<>(report.gaps());
    for (Finding finding : report.findings()) {
      texts.add(
          "%s: %s: %s (%s: %s)"
              .formatted(
                  finding.damage().label(),
                  finding.where(),
                  finding.text(),
                  finding.outcome().label(),
                  finding.remark()));
    }
    return texts;
  }
}
