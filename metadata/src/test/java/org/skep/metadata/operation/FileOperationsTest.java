package org.skep.metadata.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.twin.ShardCluster.ROOT;
import static org.skep.metadata.twin.TreeClient.bytes;
import static org.skep.metadata.twin.TreeClient.done;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.GetXattrRequest;
import org.skep.wire.message.InodesExistRequest;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.Time;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.Written;

/// The semantics of single operations on one file: opened, cut, appended to, unlinked, closed.
class FileOperationsTest extends OneClient {
  @Test
  void truncateCutsChunksOnlyWhereTheyMayBe() throws Exception {
    long file = created("f");
    Answer<Empty> _ = close(file, false);
    Attributes _ = done(set(to(file).setSize(1 << 20)));
    Attributes _ = done(set(to(file).setSize(5)));
    assertThat(cluster.chunks.calls).as("nothing was written").isEmpty();
    Attributes _ =
        done(
            client.change(
                file,
                Operations.UPDATE_WRITTEN,
                UpdateWrittenRequest.newBuilder().setInode(file).setWritten(written(100)).build()));
    assertThat(client.attributes(file).getSize()).isEqualTo(100);
    assertThat(client.attributes(file).getMtime().getSeconds()).isEqualTo(99);
    Attributes _ = done(set(to(file).setSize(200)));
    assertThat(cluster.chunks.calls).as("grown").isEmpty();
    Attributes _ = done(set(to(file).setSize(50)));
    assertThat(cluster.chunks.calls).containsExactly("truncate " + Ids.text(file) + " 50");
    refused(set(to(file).setSize(-1)), Errno.EFBIG);
    refused(set(to(ROOT).setSize(0)), Errno.EISDIR);
    settle();
  }

  @Test
  void aTruncateThatCannotReachStorageHoldsTheFileUntilItCan() throws Exception {
    long file = created("f");
    Answer<Empty> _ = close(file, true);
    cluster.chunks.away = true;
    refused(set(to(file).setSize(0)), FailureMessage.Kind.RETRY);
    refused(open(file, OpenFlags.O_RDONLY), FailureMessage.Kind.RETRY);
    cluster.restart(1, 0);
    refused(open(file, OpenFlags.O_RDONLY), FailureMessage.Kind.RETRY);
    cluster.chunks.away = false;
    settle();
    assertThat(cluster.chunks.calls).containsExactly("truncate " + Ids.text(file) + " 0");
    assertThat(done(open(file, OpenFlags.O_RDONLY)).getSize()).isZero();
  }

  @Test
  void anUnlinkedFileLivesUntilItsLastClose() throws Exception {
    long file = created("f");
    Attributes _ = done(open(file, OpenFlags.O_WRONLY));
    Empty _ = done(client.unlink(ROOT, "f"));
    assertThat(client.attributes(file).getLinks()).isZero();
    refused(client.link(file, ROOT, "again"), Errno.ENOENT);
    Empty _ = done(close(file, true));
    assertThat(exists(file)).isTrue();
    cluster.restart(1, 0);
    Empty _ = done(close(file, false));
    assertThat(exists(file)).isFalse();
    settle();
    assertThat(cluster.chunks.calls)
        .containsExactlyInAnyOrder(
            "remove " + Ids.text(file) + ".0 at 1", "remove " + Ids.text(file) + ".1 at 2");
    assertThat(NamespaceChecker.check(cluster.stores(), ROOT)).isEmpty();
  }

  @Test
  void aFileThatWasNeverWrittenNeedsNoStorage() throws Exception {
    long file = created("f");
    Attributes _ = done(open(file, OpenFlags.O_RDWR));
    Empty _ = done(close(file, false));
    Empty _ = done(close(file, false));
    Empty _ = done(client.unlink(ROOT, "f"));
    settle();
    assertThat(cluster.chunks.calls).isEmpty();
    long written = created("g");
    Empty _ = done(close(written, true));
    Attributes _ = done(open(written, OpenFlags.O_RDWR));
    Empty _ = done(close(written, false));
    Empty _ = done(client.unlink(ROOT, "g"));
    settle();
    assertThat(cluster.chunks.calls).as("written before").hasSize(2);
  }

  @Test
  void garbageOutlivesStorageThatIsAway() throws Exception {
    long file = created("f");
    Empty _ = done(close(file, true));
    cluster.chunks.away = true;
    Empty _ = done(client.unlink(ROOT, "f"));
    assertThat(cluster.host(1).settleAll()).isFalse();
    cluster.restart(1, 0);
    cluster.chunks.away = false;
    settle();
    assertThat(cluster.chunks.calls).hasSize(2);
  }

  @Test
  void createOpensWhatIsThere() {
    long file = created("f");
    refused(create("f", OpenFlags.O_RDWR, true), Errno.EEXIST);
    CreateReply again = done(create("f", OpenFlags.O_RDWR, false));
    assertThat(again.getCreated()).isFalse();
    assertThat(again.getEntry().getInode()).isEqualTo(file);
    assertThat(again.getEntry().hasAttributes()).isTrue();
    Entry _ = done(client.makeDirectory(ROOT, "d", 2));
    CreateReply directory = done(create("d", OpenFlags.O_RDWR, false));
    assertThat(directory.getEntry().hasAttributes()).as("not opened").isFalse();
    refused(open(ROOT, OpenFlags.O_RDONLY), Errno.EISDIR);
  }

  @Test
  void anUnnamedFileMayGetANameUnlessExclusive() throws Exception {
    long file = unnamed(0);
    long directory = done(client.makeDirectory(ROOT, "d", 2)).getInode();
    Entry linked = done(client.link(file, directory, "named"));
    assertThat(linked.getInode()).isEqualTo(file);
    Empty _ = done(close(file, false));
    assertThat(client.attributes(file).getLinks()).isEqualTo(1);
    long exclusive = unnamed(OpenFlags.O_EXCL);
    refused(client.link(exclusive, ROOT, "no"), Errno.ENOENT);
    Empty _ = done(close(exclusive, false));
    assertThat(exists(exclusive)).isFalse();
    settle();
    assertThat(NamespaceChecker.check(cluster.stores(), ROOT)).isEmpty();
  }

  @Test
  void attributesHaveNamespacesFlagsAndLimits() {
    long file = created("f");
    refused(getXattr(file, "user.a"), Errno.ENODATA);
    refused(setXattr(file, "user.a", 1, 2), Errno.ENODATA);
    Empty _ = done(setXattr(file, "user.a", 65_536, 1));
    refused(setXattr(file, "user.a", 1, 1), Errno.EEXIST);
    refused(setXattr(file, "user.b", 65_537, 0), Errno.E2BIG);
    refused(setXattr(file, "other.b", 1, 0), Errno.EOPNOTSUPP);
    refused(setXattr(file, "user.", 1, 0), Errno.EINVAL);
    refused(setXattr(file, "user." + "x".repeat(251), 1, 0), Errno.ERANGE);
    Empty _ =
        done(
            client.change(
                file,
                Operations.REMOVE_XATTR,
                RemoveXattrRequest.newBuilder().setInode(file).setName(bytes("user.a")).build()));
    refused(getXattr(file, "user.a"), Errno.ENODATA);
  }

  @Test
  void aWriteTakesTheCapabilityAway() {
    long file = created("f");
    Empty _ = done(setXattr(file, "security.capability", 20, 0));
    Empty _ = done(close(file, true));
    refused(getXattr(file, "security.capability"), Errno.ENODATA);
  }

  @Test
  void appendsGetRangesOfTheirOwn() {
    long file = created("f");
    assertThat(append(file, 0, 100)).isZero();
    assertThat(append(file, 0, 50)).isEqualTo(100);
    assertThat(append(file, 1000, 50)).isEqualTo(1000);
    refused(
        client.change(
            file,
            Operations.RESERVE_APPEND,
            ReserveAppendRequest.newBuilder()
                .setInode(file)
                .setKnownSize(Long.MAX_VALUE)
                .setLength(1)
                .build()),
        Errno.EFBIG);
  }

  private Answer<Empty> close(long inode, boolean written) {
    CloseRequest.Builder request =
        CloseRequest.newBuilder().setInode(inode).setOpenedForWriting(true);
    if (written) {
      request.setWritten(written(10));
    } else {
      request.setNeverWritten(true);
    }
    return client.change(inode, Operations.CLOSE, request.build());
  }

  private static Written written(long size) {
    return Written.newBuilder()
        .setSizeAtLeast(size)
        .setMtime(Time.newBuilder().setSeconds(99))
        .build();
  }

  private Answer<Attributes> open(long inode, int flags) {
    return client.change(
        inode,
        Operations.OPEN,
        OpenRequest.newBuilder()
            .setInode(inode)
            .setFlags(flags)
            .setCaller(TreeClient.USER)
            .build());
  }

  private boolean exists(long inode) {
    return done(client.read(
                inode,
                Operations.INODES_EXIST,
                InodesExistRequest.newBuilder().addInodes(inode).build()))
            .getExistingCount()
        == 1;
  }

  private long unnamed(int flags) {
    return done(client.change(
            ROOT,
            Operations.CREATE_UNNAMED,
            CreateUnnamedRequest.newBuilder()
                .setParent(ROOT)
                .setMode(0600)
                .setOpenFlags(OpenFlags.O_RDWR | flags)
                .setCaller(TreeClient.USER)
                .build()))
        .getInode();
  }

  private Answer<Empty> setXattr(long inode, String name, int bytes, int flags) {
    return client.change(
        inode,
        Operations.SET_XATTR,
        SetXattrRequest.newBuilder()
            .setInode(inode)
            .setName(bytes(name))
            .setValue(ByteString.copyFrom(new byte[bytes]))
            .setFlags(flags)
            .build());
  }

  private Answer<?> getXattr(long inode, String name) {
    return client.read(
        inode,
        Operations.GET_XATTR,
        GetXattrRequest.newBuilder().setInode(inode).setName(bytes(name)).build());
  }

  private long append(long file, long known, long length) {
    return done(client.change(
            file,
            Operations.RESERVE_APPEND,
            ReserveAppendRequest.newBuilder()
                .setInode(file)
                .setKnownSize(known)
                .setLength(length)
                .build()))
        .getOffset();
  }
}
