package org.skep.client.system;

import com.google.protobuf.ByteString;
import java.util.List;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.linux.Errno;
import org.skep.wire.Limits;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.GetXattrRequest;
import org.skep.wire.message.ListXattrsRequest;
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.SetXattrRequest;

/// Extended attributes. Any thread may call it.
final class Xattrs {
  private final Calls calls;

  Xattrs(Calls calls) {
    this.calls = calls;
  }

  ByteString get(long inode, ByteString name) throws ErrnoException {
    return calls
        .read(
            inode,
            Operations.GET_XATTR,
            GetXattrRequest.newBuilder().setInode(inode).setName(name).build())
        .getValue();
  }

  List<ByteString> list(long inode) throws ErrnoException {
    return calls
        .read(inode, Operations.LIST_XATTRS, ListXattrsRequest.newBuilder().setInode(inode).build())
        .getNamesList();
  }

  void set(SetXattrRequest request) throws ErrnoException {
    if (request.getName().size() > Limits.XATTR_NAME_BYTES_MAX) {
      throw new ErrnoException(
          Errno.ERANGE.number(), "an attribute's name of " + request.getName().size() + " bytes");
    }
    if (request.getValue().size() > Limits.XATTR_VALUE_BYTES_MAX) {
      throw new ErrnoException(
          Errno.E2BIG.number(), "an attribute of " + request.getValue().size() + " bytes");
    }
    Empty _ = calls.change(request.getInode(), Operations.SET_XATTR, request);
  }

  void remove(long inode, ByteString name) throws ErrnoException {
    Empty _ =
        calls.change(
            inode,
            Operations.REMOVE_XATTR,
            RemoveXattrRequest.newBuilder().setInode(inode).setName(name).build());
  }
}
