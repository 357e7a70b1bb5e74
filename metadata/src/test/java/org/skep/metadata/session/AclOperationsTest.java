package org.skep.metadata.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.metadata.lock.HandClock;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.GetXattrRequest;
import org.skep.wire.message.ListXattrsRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetXattrRequest;

/// Access control lists as the shard serves them; the expectations are ext4's.
class AclOperationsTest {
  private static final long ANNA = 0x11;
  private static final ByteString ACCESS = ByteString.copyFromUtf8("system.posix_acl_access");
  private static final ByteString DEFAULT = ByteString.copyFromUtf8("system.posix_acl_default");

  // u::rwx u:1000:rwx g::r-x g:1001:r-x m::rwx o::---
  private static final String NAMED =
      "0200000001000700ffffffff02000700e803000004000500ffffffff08000500e903000010000700ffffffff"
          + "20000000ffffffff";
  // u::rw- g::r-- o::---
  private static final String MINIMAL = "0200000001000600ffffffff04000400ffffffff20000000ffffffff";

  private ShardLife shard;
  private long file;

  @BeforeEach
  void start() throws DiskException {
    shard = new ShardLife(new MemoryStore(), new HandClock());
    file = shard.create(ANNA, "file");
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }

  private int set(long inode, ByteString name, String hex) {
    SetXattrRequest request =
        SetXattrRequest.newBuilder().setInode(inode).setName(name).setValue(bytes(hex)).build();
    return shard.errno(ANNA, Operations.SET_XATTR, request);
  }

  private String get(long inode, ByteString name) {
    return HexFormat.of()
        .formatHex(
            shard
                .done(
                    ANNA,
                    Operations.GET_XATTR,
                    GetXattrRequest.newBuilder().setInode(inode).setName(name).build())
                .getValue()
                .toByteArray());
  }

  private List<ByteString> names(long inode) {
    return shard
        .done(ANNA, Operations.LIST_XATTRS, ListXattrsRequest.newBuilder().setInode(inode).build())
        .getNamesList();
  }

  private String mode(long inode) throws DiskException {
    return Integer.toOctalString(shard.shard.records().inode(inode).getMode());
  }

  @Test
  void settingAListSetsTheMode() throws Exception {
    assertThat(set(file, ACCESS, NAMED)).isZero();

    assertThat(get(file, ACCESS)).isEqualTo(NAMED);
    assertThat(names(file)).containsExactly(ACCESS);
    assertThat(mode(file)).isEqualTo("100770");
  }

  @Test
  void aListThatIsOnlyAModeReplacesTheStoredOne() throws Exception {
    set(file, ACCESS, NAMED);

    assertThat(set(file, ACCESS, MINIMAL)).isZero();

    assertThat(names(file)).isEmpty();
    assertThat(mode(file)).isEqualTo("100640");
  }

  @Test
  void removingTheListLeavesTheMode() throws Exception {
    set(file, ACCESS, NAMED);
    Empty removed =
        shard.done(
            ANNA,
            Operations.REMOVE_XATTR,
            RemoveXattrRequest.newBuilder().setInode(file).setName(ACCESS).build());

    assertThat(removed).isNotNull();
    assertThat(names(file)).isEmpty();
    assertThat(mode(file)).isEqualTo("100770");
  }

  @Test
  void chmodChangesTheMask() {
    set(file, ACCESS, NAMED);
    Attributes changed =
        shard.done(
            ANNA,
            Operations.SET_ATTRIBUTES,
            SetAttributesRequest.newBuilder().setInode(file).setMode(0604).build());

    assertThat(changed.getMode()).isEqualTo(0100604);
    assertThat(get(file, ACCESS))
        .isEqualTo(
            "0200000001000600ffffffff02000700e803000004000500ffffffff08000500e903000010000000"
                + "ffffffff20000400ffffffff");
  }

  @Test
  void newFilesInheritTheDefaultListOfTheirDirectory() throws Exception {
    assertThat(set(ShardLife.ROOT, DEFAULT, NAMED)).isZero();
    CreateRequest create =
        CreateRequest.newBuilder()
            .setParent(ShardLife.ROOT)
            .setName(ByteString.copyFromUtf8("inherits"))
            .setMode(0666)
            .setUmask(077)
            .build();

    long made = shard.done(ANNA, Operations.CREATE, create).getEntry().getInode();

    assertThat(mode(made)).isEqualTo("100660");
    assertThat(get(made, ACCESS))
        .isEqualTo(
            "0200000001000600ffffffff02000700e803000004000500ffffffff08000500e903000010000600"
                + "ffffffff20000000ffffffff");
    assertThat(names(made)).containsExactly(ACCESS);
    assertThat(get(ShardLife.ROOT, DEFAULT)).isEqualTo(NAMED);
    assertThat(mode(ShardLife.ROOT)).isEqualTo("40755");
  }

  @Test
  void symlinksInheritNothing() throws Exception {
    set(ShardLife.ROOT, DEFAULT, NAMED);
    MakeNodeRequest make =
        MakeNodeRequest.newBuilder()
            .setParent(ShardLife.ROOT)
            .setName(ByteString.copyFromUtf8("link"))
            .setMode(0120777)
            .setUmask(077)
            .setSymlinkTarget(ByteString.copyFromUtf8("file"))
            .build();

    long made = shard.done(ANNA, Operations.MAKE_NODE, make).getInode();

    assertThat(mode(made)).isEqualTo("120777");
    assertThat(names(made)).isEmpty();
    assertThat(set(made, ACCESS, NAMED)).isEqualTo(Errno.EOPNOTSUPP.number());
  }

  @Test
  void whatIsNoListIsRefusedAndChangesNothing() throws Exception {
    assertThat(set(file, ACCESS, "0200000001000700ffffffff")).isEqualTo(Errno.EINVAL.number());
    assertThat(set(file, ACCESS, "03000000")).isEqualTo(Errno.EOPNOTSUPP.number());
    assertThat(set(file, DEFAULT, NAMED)).isEqualTo(Errno.EACCES.number());
    assertThat(mode(file)).isEqualTo("100644");
    assertThat(names(file)).isEmpty();
  }
}
