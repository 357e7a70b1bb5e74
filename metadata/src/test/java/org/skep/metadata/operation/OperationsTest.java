package org.skep.metadata.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.twin.ShardCluster.ROOT;
import static org.skep.metadata.twin.TreeClient.bytes;
import static org.skep.metadata.twin.TreeClient.done;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.FileType;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.SetPatternRequest;
import org.skep.wire.message.Time;

/// The semantics of single operations on names, directories and attributes, as a client sees them.
class OperationsTest extends OneClient {
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

  private int permissions(long inode) {
    return client.attributes(inode).getMode() & FileType.PERMISSIONS;
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
}
