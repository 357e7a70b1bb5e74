package org.skep.metadata.operation;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;

/// Where new files and directories go. Any thread may call it.
public interface Placement {

  /// The layout of a new file: over as many targets as the pattern wants, or as there are.
  ///
  /// @return null if there is not one target of that pool and kind yet
  @Nullable Layout layout(StripePattern pattern);

  /// The shard of a new directory.
  int directoryShard(int parentShard);
}
