package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.linux.Errno;
import org.skep.wire.message.Caller;

/// An operation: how the cluster does it, and how the model does.
sealed interface Step permits NameStep, FileStep {
  Caller CALLER = Caller.newBuilder().setPrivileged(true).build();

  /// What a step that was not refused gave.
  ///
  /// @param inode that was made or found; 0 where there is none
  /// @param listing of a directory, else null
  /// @param text whatever else a step was answered
  record Result(long inode, @Nullable TreeMap<ByteString, Long> listing, String text) {
    static final Result NOTHING = new Result(0, null, "");

    Result(long inode, @Nullable TreeMap<ByteString, Long> listing) {
      this(inode, listing, "");
    }
  }

  /// Asks the cluster.
  ///
  /// @return null if there was nothing to ask for
  @Nullable Result perform(FileSystem files) throws ErrnoException;

  /// With which errnos it may be refused as the tree is; empty if it must not be.
  Set<Integer> refusals(ModelTree tree);

  /// With which errnos it may be refused besides, though it need not be.
  default Set<Integer> excuses(ModelTree tree) {
    return Set.of();
  }

  /// Does it to a tree that does not refuse it.
  ///
  /// @return whether the result can be so
  boolean apply(ModelTree tree, Result result);

  static Set<Integer> errnos(Errno... errnos) {
    Set<Integer> numbers = new TreeSet<>();
    for (Errno errno : errnos) {
      numbers.add(errno.number());
    }
    return numbers;
  }
}
