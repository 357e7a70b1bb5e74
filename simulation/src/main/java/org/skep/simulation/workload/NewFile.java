package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.CreateRequest;

/// Makes the files that workloads write to.
final class NewFile {
  private NewFile() {}

  /// A regular file that was not there before, open for reading and writing.
  static OpenFile create(FileSystem files, long parent, ByteString name) throws ErrnoException {
    return files.create(
        CreateRequest.newBuilder()
            .setParent(parent)
            .setName(name)
            .setMode(ModelTree.REGULAR | 0644)
            .setExclusive(true)
            .setOpenFlags(OpenFlags.O_RDWR)
            .setCaller(Step.CALLER)
            .build());
  }
}
