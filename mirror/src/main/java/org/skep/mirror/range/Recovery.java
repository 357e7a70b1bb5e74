package org.skep.mirror.range;

import java.io.IOException;
import java.util.List;
import org.skep.mirror.GroupView;

/// Makes the secondary of a pair equal to this primary where a change was interrupted.
@FunctionalInterface
public interface Recovery {

  /// Compares, and copies what differs, by requests in the view's epoch ([GroupMember#ask]). Nobody
  /// else changes the ranges meanwhile; takes no [RangeLocks].
  ///
  /// @throws IOException if it could not be done; it is tried again, or a newer map says something
  ///   else
  void makeEqual(GroupView view, List<ItemRange> ranges) throws IOException, InterruptedException;
}
