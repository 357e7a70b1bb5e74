package org.skep.metadata.check;

import java.io.IOException;
import java.util.List;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.RangeDigest;

/// What the second member of a pair holds, which has every acknowledged batch. Any thread may call
/// it.
@FunctionalInterface
public interface SecondaryDigests {

  /// @return in the order of the ranges
  /// @throws IOException if it does not answer, or is not the pair's second member any more
  List<RangeDigest> of(List<KeyRange> ranges) throws IOException, InterruptedException;
}
