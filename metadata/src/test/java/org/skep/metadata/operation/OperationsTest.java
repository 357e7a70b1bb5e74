package org.skep.metadata.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.twin.ShardCluster.ROOT;
import static org.skep.metadata.twin.TreeClient.bytes;
import static org.skep.metadata.twin.TreeClient.done;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.FileType;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.GetXattrRequest;
import org.skep.wire.message.InodesExistRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetPatternRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.Time;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.Written;

/// The semantics of single operations, as a client sees them.
class OperationsTest {
  private static final Caller ROOT_USER =
      Caller.newBuilder().setUid(0).setGid(0).setPrivileged(true).build();

  private final TestClock clock = new TestClock();
  private final ShardCluster cluster = cluster();
  private final TreeClient client = new TreeClient(cluster, 5);

  private ShardCluster cluster() {
    try {
      return new ShardCluster(2, clock, 1);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void refused(Answer<?> answer, Errno errno) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    Failure failure = ((Answer.Refused<?>) answer).failure();
    assertThat(failure.kind()).as("%s", failure).isEqualTo(FailureMessage.Kind.ERRNO);
    assertThat(Errno.of(failure.errno())).as("%s", failure).isEqualTo(errno);
  }

  private static void refused(Answer<?> answer, FailureMessage.Kind kind) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<?>) answer).failure().kind()).isEqualTo(kind);
  }

  private Answer<CreateReply> create(String name, int flags, boolean exclusive) {
    return client.change(
        ROOT,
        Operations.CREATE,
        CreateRequest.newBuilder()
            .setParent(ROOT)
            .setName(bytes(name))
            .setMode(0644)
            .setOpenFlags(flags)
            .setExclusive(exclusive)
            .setCaller(TreeClient.USER)
            .build());
  }

  private long created(String name) {
    return done(create(name, OpenFlags.O_RDWR, true)).getEntry().getInode();
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

  private Answer<Attributes> set(SetAttributesRequest.Builder request) {
    return client.change(request.getInode(), Operations.SET_ATTRIBUTES, request.build());
  }

  private SetAttributesRequest.Builder to(long inode) {
    return SetAttributesRequest.newBuilder().setInode(inode);
  }

  private int permissions(long inode) {
    return client.attributes(inode).getMode() & FileType.PERMISSIONS;
  }

  private void settle() throws Exception {
    cluster.settle(() -> clock.advance(4_000_000_000L));
  }

  @Test
  void namesThatCannotBeAreRefused() {
    refused(client.makeFile(ROOT, ""), Errno.EINVAL);
    refused(client.makeFile(ROOT, "."), Errno.EINVAL);
    refused(client.makeDirectory(ROOT, "..", 0), Errno.EINVAL);
    refused(client.makeFile(ROOT, "a/b"), Errno.EINVAL);
    refused(client.makeFile(ROOT, "a\0"), Errno.EINVAL);
    refused(client.makeFile(ROOT, "x".repeat(256)), Errno.ENAMETOOLONG);
    assertThat(done(client.makeFile(ROOT, "x".repeat(255))).getInode()).isNotZero();
    refused(client.lookup(ROOT, "y"), Errno.ENOENT);
  }

  @Test
  void inodesOfOtherShardsAreMalformedAndUnknownOnesStale() {
    long unknown = Ids.inode(1, 12345);
    refused(set(to(unknown).setMode(0)), Errno.ESTALE);
    refused(client.makeFile(unknown, "x"), Errno.ENOENT);
    Answer<GetAttributesReply> wrong =
        cluster.ask(
            1,
            Operations.GET_ATTRIBUTES,
            GetAttributesRequest.newBuilder().addInodes(Ids.inode(2, 5)).build(),
            new Call(0, 5, 0, 0));
    refused(wrong, FailureMessage.Kind.MALFORMED);
  }

  @Test
  void entriesInAFileAreRefused() {
    long file = done(client.makeFile(ROOT, "file")).getInode();
    refused(client.makeFile(file, "x"), Errno.ENOTDIR);
    refused(client.lookup(file, "x"), Errno.ENOTDIR);
    refused(client.makeDirectory(file, "x", 2), Errno.ENOTDIR);
  }

  @Test
  void aSetGroupDirectoryHandsItsGroupDown() {
    long directory = done(client.makeDirectory(ROOT, "d", 2)).getInode();
    Attributes _ = done(set(to(directory).setMode(02775).setGid(500).setCaller(ROOT_USER)));
    Entry below = done(client.makeDirectory(directory, "below", 1));
    assertThat(below.getAttributes().getGid()).isEqualTo(500);
    assertThat(below.getAttributes().getMode() & 07777).isEqualTo(02755);
    Entry file =
        done(
            client.change(
                directory,
                Operations.MAKE_NODE,
                MakeNodeRequest.newBuilder()
                    .setParent(directory)
                    .setName(bytes("f"))
                    .setMode(FileType.REGULAR | 02775)
                    .setUmask(022)
                    .setCaller(TreeClient.USER)
                    .build()));
    assertThat(file.getAttributes().getGid()).isEqualTo(500);
    assertThat(file.getAttributes().getMode() & 07777).as("not a member").isEqualTo(0755);
  }

  @Test
  void aChangeOfOwnerTakesPrivileges() {
    long file = created("f");
    Attributes _ = done(set(to(file).setMode(06755).setCaller(ROOT_USER)));
    assertThat(permissions(file)).isEqualTo(06755);
    Attributes changed = done(set(to(file).setUid(7).setCaller(ROOT_USER)));
    assertThat(changed.getMode() & 07777).isEqualTo(0755);
    Attributes _ = done(set(to(file).setMode(06745).setCaller(ROOT_USER)));
    Attributes _ = done(set(to(file).setGid(7).setCaller(ROOT_USER)));
    assertThat(permissions(file)).as("group can't execute").isEqualTo(02745);
    long directory = done(client.makeDirectory(ROOT, "d", 0)).getInode();
    Attributes _ = done(set(to(directory).setMode(06777).setCaller(ROOT_USER)));
    Attributes _ = done(set(to(directory).setUid(7).setCaller(ROOT_USER)));
    assertThat(permissions(directory)).isEqualTo(06777);
  }

  @Test
  void chmodByANonMemberDropsSetGroup() {
    long file = created("f");
    Attributes _ = done(set(to(file).setGid(300).setCaller(ROOT_USER)));
    Attributes _ = done(set(to(file).setMode(02755).setCaller(TreeClient.USER)));
    assertThat(permissions(file)).isEqualTo(0755);
    Caller member = TreeClient.USER.toBuilder().addGroups(300).build();
    Attributes _ = done(set(to(file).setMode(02755).setCaller(member)));
    assertThat(permissions(file)).isEqualTo(02755);
  }

  @Test
  void timesAreSetAsGivenAndChangeTimeIsNow() {
    long file = created("f");
    Time time = Time.newBuilder().setSeconds(-5).setNanos(999_999_999).build();
    Attributes changed = done(set(to(file).setAtime(time).setMtimeNow(true)));
    assertThat(changed.getAtime()).isEqualTo(time);
    assertThat(changed.getMtime().getSeconds()).isGreaterThan(1_000_000_000);
    assertThat(changed.getCtime()).isEqualTo(changed.getMtime());
    refused(
        set(to(file).setAtime(Time.newBuilder().setNanos(1_000_000_000))),
        FailureMessage.Kind.MALFORMED);
  }

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

  private boolean exists(long inode) {
    return done(client.read(
                inode,
                Operations.INODES_EXIST,
                InodesExistRequest.newBuilder().addInodes(inode).build()))
            .getExistingCount()
        == 1;
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

  @Test
  void aScanSeesEachEntryThatLivesThroughItOnce() {
    for (int i = 0; i < 10; i++) {
      Entry _ = done(client.makeFile(ROOT, "f" + i));
    }
    ReadDirectoryReply first = list(0, 0, 3);
    assertThat(names(first.getEntriesList())).containsExactly("f0", "f1", "f2");
    Empty _ = done(client.unlink(ROOT, "f2"));
    Empty _ = done(client.unlink(ROOT, "f5"));
    Entry _ = done(client.makeFile(ROOT, "late"));
    Empty _ = done(client.rename(ROOT, "f0", ROOT, "f7", 0));
    ReadDirectoryReply rest = list(first.getEntries(2).getCookie(), first.getEndCookie(), 100);
    assertThat(names(rest.getEntriesList())).containsExactly("f3", "f4", "f6", "f7", "f8", "f9");
    assertThat(rest.getEnd()).isTrue();
    assertThat(names(client.list(ROOT, 100))).contains("late").doesNotContain("f0");
    assertThat(list(-1, 0, 5).getEntriesList()).as("a cookie of nobody").isEmpty();
  }

  private ReadDirectoryReply list(long cookie, long end, int max) {
    return done(
        client.read(
            ROOT,
            Operations.READ_DIRECTORY,
            ReadDirectoryRequest.newBuilder()
                .setInode(ROOT)
                .setCookie(cookie)
                .setEndCookie(end)
                .setEntriesMax(max)
                .setWithAttributes(true)
                .build()));
  }

  private static List<String> names(List<DirectoryEntry> entries) {
    return entries.stream().map(entry -> entry.getName().toStringUtf8()).toList();
  }

  @Test
  void aRepetitionGetsTheFirstAnswer() throws Exception {
    Entry first = done(client.makeDirectory(ROOT, "d", 2));
    client.again();
    assertThat(done(client.makeDirectory(ROOT, "d", 2))).isEqualTo(first);
    cluster.restart(1, 0);
    client.again();
    assertThat(done(client.makeDirectory(ROOT, "d", 2))).isEqualTo(first);
    client.again();
    refused(client.makeFile(ROOT, "other"), FailureMessage.Kind.MALFORMED);
    Entry _ = done(client.makeFile(ROOT, "next"));
    client.again();
    client.again();
    refused(client.makeDirectory(ROOT, "d", 2), FailureMessage.Kind.MALFORMED);
  }

  @Test
  void anInodeIdIsNeverUsedTwiceEvenIfTheHostForgetsTheFirstUse() throws Exception {
    Set<Long> seen = new HashSet<>();
    for (int life = 0; life < 4; life++) {
      for (int i = 0; i < 3; i++) {
        assertThat(seen.add(done(client.makeFile(ROOT, "f" + i)).getInode())).isTrue();
      }
      cluster.store(1).crash();
      cluster.restart(1, 1000);
      refused(client.lookup(ROOT, "f0"), Errno.ENOENT);
    }
  }

  @Test
  void aFullDiskRefusesAndWorksAgain() {
    cluster.store(1).setFull(true);
    refused(client.makeFile(ROOT, "f"), Errno.ENOSPC);
    cluster.store(1).setFull(false);
    client.again();
    Entry _ = done(client.makeFile(ROOT, "f"));
  }

  @Test
  void directoriesHandTheirPatternDown() {
    PatternMessage pattern =
        PatternMessage.newBuilder()
            .setChunkBytes(1 << 20)
            .setTargetCount(2)
            .setStoragePoolId(1)
            .build();
    Empty _ =
        done(
            client.change(
                ROOT,
                Operations.SET_PATTERN,
                SetPatternRequest.newBuilder().setInode(ROOT).setPattern(pattern).build()));
    Entry below = done(client.makeDirectory(ROOT, "d", 2));
    Entry file = done(client.makeFile(below.getInode(), "f"));
    assertThat(file.getAttributes().getLayout().getChunkBytes()).isEqualTo(1 << 20);
    refused(
        client.change(
            ROOT,
            Operations.SET_PATTERN,
            SetPatternRequest.newBuilder()
                .setInode(ROOT)
                .setPattern(pattern.toBuilder().setChunkBytes(1000))
                .build()),
        Errno.EINVAL);
  }

  @Test
  void directoryTimesAndCountsFollowTheirEntries() {
    Attributes before = client.attributes(ROOT);
    List<Long> made = new ArrayList<>();
    made.add(done(client.makeDirectory(ROOT, "a", 2)).getInode());
    made.add(done(client.makeDirectory(ROOT, "b", 1)).getInode());
    Attributes after = client.attributes(ROOT);
    assertThat(after.getLinks()).isEqualTo(before.getLinks() + 2);
    assertThat(after.getSize()).isEqualTo(2);
    assertThat(after.getMtime()).isNotEqualTo(before.getMtime());
    Empty _ = done(client.rename(ROOT, "a", made.get(1), "a", 0));
    assertThat(client.attributes(ROOT).getLinks()).isEqualTo(before.getLinks() + 1);
    assertThat(client.attributes(made.get(1)).getLinks()).isEqualTo(3);
    refused(client.removeDirectory(ROOT, "b"), Errno.ENOTEMPTY);
    refused(
        client.change(
            ROOT,
            Operations.MAKE_DIRECTORY,
            MakeDirectoryRequest.newBuilder()
                .setParent(ROOT)
                .setName(bytes("x"))
                .setShard(1 << 20)
                .build()),
        FailureMessage.Kind.MALFORMED);
  }
}
