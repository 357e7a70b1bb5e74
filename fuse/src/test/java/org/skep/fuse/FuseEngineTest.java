package org.skep.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.fuse.EngineHarness.args;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.fuse.EngineHarness.Reply;
import org.skep.linux.Errno;

@SuppressWarnings("ByteBufferBackingArray") // All buffers are made by args().
class FuseEngineTest {
  private static final long ROOT = FuseFlags.ROOT_NODE;

  private final MemoryFileSystem files = new MemoryFileSystem();
  private final EngineHarness kernel = new EngineHarness(files).initialized();

  @AfterEach
  void everyReplyWasWellFormedAndNothingBroke() {
    assertThat(kernel.failures).isEmpty();
    kernel.close();
  }

  private long create(String name) {
    Reply reply =
        kernel.call(35, ROOT, args(16).putInt(2).putInt(0100666).putInt(022).putInt(0), name);
    assertThat(reply.error()).isZero();
    assertThat(reply.body().limit()).isEqualTo(144);
    assertThat(reply.body().getInt(40 + 60)).as("mode less umask").isEqualTo(0100644);
    return reply.body().getLong(0);
  }

  private static ByteBuffer io(long handle, long offset, int size) {
    return args(40).putLong(handle).putLong(offset).putInt(size);
  }

  private Reply write(long node, long offset, String text) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    return kernel.call(
        16,
        node,
        args(40 + data.length)
            .putLong(node)
            .putLong(offset)
            .putInt(data.length)
            .position(40)
            .put(data));
  }

  private static void expect(Reply reply, Errno errno) {
    assertThat(reply.error()).isEqualTo(errno.number());
    assertThat(reply.body().limit()).isZero();
    assertThat(reply.lengthIsRight()).isTrue();
  }

  private static void succeeded(Reply reply, int bodyBytes) {
    assertThat(reply.error()).isZero();
    assertThat(reply.unique()).isEqualTo(EngineHarness.UNIQUE);
    assertThat(reply.body().limit()).isEqualTo(bodyBytes);
    assertThat(reply.lengthIsRight()).isTrue();
  }

  @Test
  void initAgreesOnWhatBothKnow() {
    try (EngineHarness old = new EngineHarness(new MemoryFileSystem())) {
      Reply reply =
          old.call(26, 0, args(16).putInt(7).putInt(31).putInt(131072).putInt(1 | 1 << 22));
      succeeded(reply, 64);
      assertThat(reply.body().getInt(0)).isEqualTo(7);
      assertThat(reply.body().getInt(4)).isEqualTo(31);
      assertThat(reply.body().getInt(8)).isEqualTo(131072);
      assertThat(reply.body().getInt(12)).isEqualTo(1 | 1 << 22);
      assertThat(reply.body().getInt(20)).isEqualTo(1 << 20);
      assertThat(reply.body().getInt(24)).isEqualTo(1);
      assertThat(reply.body().getShort(28)).isEqualTo((short) 256);
      assertThat(reply.body().getInt(32)).isZero();
    }
    assertThat(files.negotiation.has(Capability.DIRECT_IO_ALLOW_MMAP)).isTrue();
    assertThat(files.negotiation.has(Capability.WRITEBACK_CACHE)).isFalse();
  }

  @Test
  void initRefusesWhatIsTooOldAndAnswersANewerMajorWithOurs() {
    try (EngineHarness other = new EngineHarness(new MemoryFileSystem())) {
      expect(other.call(26, 0, args(64).putInt(7).putInt(30)), Errno.EPROTO);
      expect(other.call(1, ROOT, "a"), Errno.EIO);
      Reply newer = other.call(26, 0, args(64).putInt(8).putInt(1));
      succeeded(newer, 64);
      assertThat(newer.body().getInt(0)).isEqualTo(7);
      assertThat(other.engine.negotiation()).isNull();
    }
    expect(kernel.call(26, 0, args(64).putInt(7).putInt(45)), Errno.EPROTO);
  }

  @Test
  void lookupGivesNodeAndAttributes() {
    long node = create("a");
    Reply reply = kernel.call(1, ROOT, "a");
    succeeded(reply, 128);
    assertThat(reply.body().getLong(0)).isEqualTo(node);
    assertThat(reply.body().getLong(16)).as("entry valid").isEqualTo(1);
    assertThat(reply.body().getInt(40 + 68)).as("uid").isEqualTo(1000);
    expect(kernel.call(1, ROOT, "b"), Errno.ENOENT);
  }

  @Test
  void namesThatCannotBeAreRefused() {
    for (int opcode : new int[] {1, 10, 11}) {
      expect(kernel.call(opcode, ROOT, "x".repeat(256)), Errno.ENAMETOOLONG);
      expect(kernel.call(opcode, ROOT, "a/b"), Errno.EINVAL);
      expect(kernel.call(opcode, ROOT, "."), Errno.EINVAL);
      expect(kernel.call(opcode, ROOT, ".."), Errno.EINVAL);
      expect(kernel.call(opcode, ROOT, ""), Errno.ENOENT);
      expect(kernel.call(opcode, ROOT, args(3).put(new byte[] {'a', 'b', 'c'})), Errno.EIO);
    }
    expect(kernel.call(1, ROOT, "x".repeat(255)), Errno.ENOENT);
    expect(kernel.call(12, ROOT, args(8).putLong(ROOT), "a"), Errno.EIO);
    expect(kernel.call(6, ROOT, "a", "x".repeat(4096)), Errno.ENAMETOOLONG);
  }

  @Test
  void dataWrittenIsRead() {
    long node = create("a");
    Reply written = write(node, 3, "hello");
    succeeded(written, 8);
    assertThat(written.body().getInt(0)).isEqualTo(5);
    Reply read = kernel.call(15, node, io(node, 1, 100));
    succeeded(read, 7);
    assertThat(read.body().get(2)).isEqualTo((byte) 'h');
    succeeded(kernel.call(15, node, io(node, 8, 100)), 0);
  }

  @Test
  void sizesAndOffsetsOutOfBoundsAreRefused() {
    long node = create("a");
    expect(kernel.call(16, node, io(node, 0, 1)), Errno.EIO);
    expect(kernel.call(16, node, io(node, 0, -1)), Errno.EIO);
    expect(kernel.call(15, node, io(node, -1, 1)), Errno.EINVAL);
    expect(kernel.call(15, node, io(node, 0, (1 << 20) + 1)), Errno.EINVAL);
    expect(kernel.call(15, node, io(node, Long.MAX_VALUE, 10)), Errno.EINVAL);
    expect(
        kernel.call(43, node, args(32).putLong(node).putLong(Long.MAX_VALUE).putLong(2)),
        Errno.EFBIG);
    expect(kernel.call(43, node, args(32).putLong(node).putLong(0).putLong(0)), Errno.EINVAL);
    expect(kernel.call(46, node, args(24).putLong(node).putLong(0).putInt(2)), Errno.EINVAL);
    expect(kernel.call(4, node, args(88).putInt(8).putInt(0).putLong(0).putLong(-5)), Errno.EINVAL);
    expect(
        kernel.call(33, node, args(48).putLong(node).putLong(1).putLong(9).putLong(8)),
        Errno.EINVAL);
    expect(
        kernel.call(32, node, args(48).putLong(node).putLong(1).putLong(0).putLong(8).putInt(3)),
        Errno.EINVAL);
  }

  @Test
  void attributesAreReadAndSet() {
    long node = create("a");
    succeeded(kernel.call(3, node, args(16)), 104);
    ByteBuffer set = args(88).putInt(1 | 8 | 1 << 5);
    set.putLong(16, 1234).putLong(40, 99).putInt(68, 0600);
    Reply reply = kernel.call(4, node, set);
    succeeded(reply, 104);
    assertThat(reply.body().getLong(16 + 8)).isEqualTo(1234);
    assertThat(reply.body().getLong(16 + 32)).isEqualTo(99);
    assertThat(reply.body().getInt(16 + 60)).isEqualTo(0100600);
    Reply statx = kernel.call(52, node, args(24));
    succeeded(statx, 288);
    assertThat(statx.body().getLong(32 + 40)).isEqualTo(1234);
    assertThat(statx.body().getLong(32 + 80)).as("birth").isEqualTo(7);
    Reply statfs = kernel.call(17, node, args(0));
    succeeded(statfs, 80);
    assertThat(statfs.body().getInt(44)).isEqualTo(255);
  }

  @Test
  void namesAreMadeMovedLinkedAndRemoved() {
    succeeded(kernel.call(9, ROOT, args(8).putInt(0777).putInt(022), "d"), 128);
    succeeded(kernel.call(8, ROOT, args(16).putInt(0010644).putInt(0).putInt(0), "fifo"), 128);
    Reply symlink = kernel.call(6, ROOT, "s", "target");
    succeeded(symlink, 128);
    Reply target = kernel.call(5, symlink.body().getLong(0));
    succeeded(target, 6);
    long node = create("a");
    succeeded(kernel.call(13, ROOT, args(8).putLong(node), "b"), 128);
    succeeded(kernel.call(12, ROOT, args(8).putLong(ROOT), "b", "c"), 0);
    expect(kernel.call(45, ROOT, args(16).putLong(ROOT).putInt(1), "a", "c"), Errno.EEXIST);
    succeeded(kernel.call(45, ROOT, args(16).putLong(ROOT).putInt(2), "a", "d"), 0);
    succeeded(kernel.call(10, ROOT, "c"), 0);
    succeeded(kernel.call(11, ROOT, "a"), 0);
    expect(kernel.call(10, ROOT, "c"), Errno.ENOENT);
    succeeded(kernel.call(51, ROOT, args(16).putInt(2).putInt(0100600), "/"), 144);
  }

  @Test
  void extendedAttributesKeepTheirSizesAndLimits() {
    long node = create("a");
    succeeded(
        kernel.call(
            21,
            node,
            args(16 + 7 + 3)
                .putInt(3)
                .putInt(0)
                .position(16)
                .put(EngineHarness.name("user.x"))
                .put(new byte[] {1, 2, 3})),
        0);
    Reply length = kernel.call(22, node, args(8), "user.x");
    succeeded(length, 8);
    assertThat(length.body().getInt(0)).isEqualTo(3);
    expect(kernel.call(22, node, args(8).putInt(2), "user.x"), Errno.ERANGE);
    succeeded(kernel.call(22, node, args(8).putInt(3), "user.x"), 3);
    succeeded(kernel.call(23, node, args(8).putInt(100)), 7);
    expect(
        kernel.call(
            21, node, args(16 + 7).putInt(4).position(16).put(EngineHarness.name("user.x"))),
        Errno.EIO);
    expect(kernel.call(21, node, args(12)), Errno.EIO);
    succeeded(kernel.call(24, node, "user.x"), 0);
    expect(kernel.call(24, node, "user.x"), Errno.ENODATA);
  }

  @Test
  void directoriesAreReadInPieces() {
    for (int i = 0; i < 10; i++) {
      create("name" + i);
    }
    List<String> seen = new ArrayList<>();
    long offset = 0;
    while (true) {
      Reply reply = kernel.call(28, ROOT, io(0, offset, 100));
      ByteBuffer body = reply.body();
      if (body.limit() == 0) {
        break;
      }
      for (int at = 0; at < body.limit(); ) {
        offset = body.getLong(at + 8);
        int length = body.getInt(at + 16);
        seen.add(
            new String(body.array(), body.arrayOffset() + at + 24, length, StandardCharsets.UTF_8));
        at += 24 + (length + 7) / 8 * 8;
      }
    }
    assertThat(seen).hasSize(10).isSorted().doesNotHaveDuplicates();
    Reply plus = kernel.call(44, ROOT, io(0, 8, 4096));
    succeeded(plus, 2 * (128 + 32));
    assertThat(plus.body().getLong(160)).as("node of the second").isNotZero();
    succeeded(kernel.call(44, ROOT, io(0, 0, 159)), 0);
  }

  @Test
  void lookupsAreGivenBack() {
    long node = create("a");
    kernel.call(1, ROOT, "a");
    assertThat(files.lookupCount()).isEqualTo(2);
    kernel.replies.clear();
    kernel.send(2, 5, node, args(8).putLong(1).array(), 0);
    assertThat(files.lookupCount()).isEqualTo(1);
    kernel.send(42, 7, 0, args(24).putInt(2).putInt(0).putLong(node).putLong(1).array(), 0);
    assertThat(files.lookupCount()).as("a count that exceeds the list is dropped").isEqualTo(1);
    kernel.send(42, 7, 0, args(24).putInt(1).putInt(0).putLong(node).putLong(1).array(), 0);
    assertThat(files.lookupCount()).isZero();
    assertThat(kernel.replies).isEmpty();
    assertThat(kernel.engine.malformedCount()).isEqualTo(1);
  }

  @Test
  void filesAreSyncedAllocatedSearchedAndCopied() {
    long node = create("a");
    long other = create("b");
    write(node, 0, "0123456789");
    succeeded(kernel.call(20, node, args(16).putLong(node).putInt(1)), 0);
    succeeded(kernel.call(30, ROOT, args(16)), 0);
    succeeded(kernel.call(50, ROOT, args(8)), 0);
    succeeded(kernel.call(25, node, args(24).putLong(node)), 0);
    succeeded(kernel.call(43, other, args(32).putLong(other).putLong(0).putLong(5)), 0);
    Reply hole = kernel.call(46, node, args(24).putLong(node).putLong(2).putInt(4));
    succeeded(hole, 8);
    assertThat(hole.body().getLong(0)).isEqualTo(10);
    ByteBuffer copy =
        args(56)
            .putLong(node)
            .putLong(2)
            .putLong(other)
            .putLong(other)
            .putLong(0)
            .putLong(100)
            .putLong(0);
    Reply copied = kernel.call(47, node, copy);
    succeeded(copied, 8);
    assertThat(copied.body().getInt(0)).isEqualTo(8);
    assertThat(kernel.call(53, node, copy).body().getLong(0)).isEqualTo(8);
    succeeded(kernel.call(14, node, args(8).putInt(2)), 16);
    succeeded(kernel.call(27, ROOT, args(8)), 16);
    succeeded(kernel.call(18, node, args(24).putLong(node)), 0);
    succeeded(kernel.call(29, ROOT, args(24)), 0);
    succeeded(kernel.call(38, 0, args(0)), 0);
  }

  private static ByteBuffer lock(long node, long owner, int type) {
    return args(48)
        .putLong(node)
        .putLong(owner)
        .putLong(0)
        .putLong(Long.MAX_VALUE)
        .putInt(type)
        .putInt(42)
        .putInt(1);
  }

  @Test
  void aBlockedLockIsAnsweredWhenItIsFree() {
    long node = create("a");
    succeeded(kernel.call(32, node, lock(node, 1, 1)), 0);
    expect(kernel.call(32, node, lock(node, 2, 1)), Errno.EAGAIN);
    Reply conflict = kernel.call(31, node, lock(node, 2, 1));
    succeeded(conflict, 24);
    assertThat(conflict.body().getInt(20)).isEqualTo(4711);
    assertThat(kernel.call(31, node, lock(node, 1, 1)).body().getInt(16))
        .isEqualTo(FuseFlags.F_UNLCK);
    kernel.replies.clear();
    kernel.send(33, 0x2000, node, lock(node, 2, 1).array(), 0);
    assertThat(kernel.replies).isEmpty();
    assertThat(kernel.engine.deferredCount()).isOne();
    kernel.send(32, 0x3000, node, lock(node, 1, 2).array(), 0);
    assertThat(kernel.replies).extracting(Reply::unique).containsExactly(0x2000L, 0x3000L);
    assertThat(kernel.engine.deferredCount()).isZero();
  }

  @Test
  void anInterruptEndsABlockedLock() {
    long node = create("a");
    kernel.call(32, node, lock(node, 1, 1));
    kernel.replies.clear();
    kernel.send(33, 0x2000, node, lock(node, 2, 1).array(), 0);
    kernel.send(36, 0x2001, 0, args(8).putLong(0x2000).array(), 0);
    assertThat(kernel.replies)
        .singleElement()
        .satisfies(reply -> {
          assertThat(reply.unique()).isEqualTo(0x2000);
          assertThat(reply.error()).isEqualTo(Errno.EINTR.number());
        });
    kernel.replies.clear();
    kernel.send(36, 0x2001, 0, args(8).putLong(0x2000).array(), 0);
    assertThat(kernel.replies)
        .as("asked again, in case the request is on its way")
        .singleElement()
        .satisfies(reply -> assertThat(reply.error()).isEqualTo(Errno.EAGAIN.number()));
  }

  @Test
  void theSupplementaryGroupOfACreationIsFound() {
    byte[] name = new byte[] {'g', 0, 0, 0, 0, 0, 0, 0};
    ByteBuffer arguments =
        args(8 + 8 + 16)
            .putInt(0755)
            .putInt(0)
            .put(name)
            .putInt(16)
            .putInt(32)
            .putInt(1)
            .putInt(777);
    long[] group = new long[2];
    FuseOperations operations =
        new FuseOperations() {
          @Override
          public int mkdir(
              FuseRequest request,
              long parent,
              byte[] made,
              int mode,
              int umask,
              EntryReply reply) {
            group[0] = request.supplementaryGroup();
            group[1] = made.length;
            return 0;
          }
        };
    try (EngineHarness other = new EngineHarness(operations).initialized()) {
      other.replies.clear();
      other.send(9, 1, ROOT, arguments.array(), 2);
      assertThat(group).containsExactly(777, 1);
      other.send(9, 1, ROOT, arguments.array(), 0);
      assertThat(group[0]).isEqualTo(-1);
      other.send(9, 1, ROOT, arguments.array(), 0xffff);
      assertThat(other.replies.getLast().error()).isEqualTo(Errno.EIO.number());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 19, 37, 40, 48, 54, 4096, -1, Integer.MIN_VALUE})
  void whatIsUnknownOrUnsupportedIsEnosys(int opcode) {
    expect(kernel.call(opcode, ROOT, args(64)), Errno.ENOSYS);
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void argumentsThatAreTooShortAreRefused(Opcode opcode) {
    if (opcode.argumentBytesMin == 0) {
      return;
    }
    kernel.replies.clear();
    kernel.send(opcode.number, 1, ROOT, new byte[opcode.argumentBytesMin - 1], 0);
    if (opcode.hasReply()) {
      assertThat(kernel.replies).singleElement().satisfies(reply -> expect(reply, Errno.EIO));
    } else {
      assertThat(kernel.replies).isEmpty();
    }
    assertThat(kernel.engine.malformedCount()).isOne();
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void aFileSystemWithoutOperationsAnswersEverythingOnce(Opcode opcode) {
    try (EngineHarness empty = new EngineHarness(new FuseOperations() {}).initialized()) {
      empty.replies.clear();
      byte[] arguments = args(200).put(60, (byte) 'a').put(70, (byte) 'b').array();
      empty.send(opcode.number, 1, ROOT, arguments, 0);
      assertThat(empty.replies.size())
          .isEqualTo(opcode.hasReply() || opcode == Opcode.INTERRUPT ? 1 : 0);
      assertThat(empty.failures).isEmpty();
    }
  }

  @Test
  void requestsWithAWrongLengthAreRefused() {
    kernel.replies.clear();
    kernel.serve(new byte[39]);
    assertThat(kernel.replies).isEmpty();
    byte[] raw = args(48).putInt(47).putInt(3).array();
    kernel.serve(raw);
    assertThat(kernel.replies)
        .singleElement()
        .satisfies(reply -> assertThat(reply.error()).isEqualTo(Errno.EIO.number()));
  }

  @Test
  void anOperationThatThrowsAnswersEioAndIsReported() {
    FuseOperations broken =
        new FuseOperations() {
          @Override
          public int unlink(FuseRequest request, long parent, byte[] name) {
            throw new IllegalStateException("broken");
          }

          @Override
          public int rmdir(FuseRequest request, long parent, byte[] name) {
            return 99999;
          }
        };
    try (EngineHarness other = new EngineHarness(broken).initialized()) {
      expect(other.call(10, ROOT, "a"), Errno.EIO);
      assertThat(other.failures)
          .singleElement()
          .satisfies(failure -> assertThat(failure).hasMessage("broken"));
      expect(other.call(11, ROOT, "a"), Errno.EIO);
    }
  }
}
