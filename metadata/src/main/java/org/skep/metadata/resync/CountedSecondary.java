package org.skep.metadata.resync;

import java.io.IOException;
import java.util.List;
import org.skep.metadata.replication.Appended;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.Secondary;

/// A secondary that catches up: what it takes, and what it does not, is counted.
record CountedSecondary(Secondary secondary, Counters counters) implements Secondary {

  @Override
  public Appended append(long previous, List<LoggedBatch> batches, boolean sync)
      throws IOException, InterruptedException {
    counters.appending(batches);
    Appended appended = secondary.append(previous, batches, sync);
    counters.appended(appended.refused() ? List.of() : batches);
    return appended;
  }
}
