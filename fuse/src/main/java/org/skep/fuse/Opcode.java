package org.skep.fuse;

import org.jspecify.annotations.Nullable;

/// The operations of the protocol: one row each, with its number, the size of its fixed arguments,
/// what serves it, and whether its success has no content, so that it may be answered later.
@SuppressWarnings("ImmutableEnumChecker") // The handlers are functions without state.
enum Opcode {
  LOOKUP(1, 0, NameHandlers::lookup),
  FORGET(2, 8, SessionHandlers::forget),
  GETATTR(3, 16, AttributeHandlers::getattr),
  SETATTR(4, SetAttributes.BYTES, AttributeHandlers::setattr),
  READLINK(5, 0, NameHandlers::readlink),
  SYMLINK(6, 0, NameHandlers::symlink),
  MKNOD(8, 16, NameHandlers::mknod),
  MKDIR(9, 8, NameHandlers::mkdir),
  UNLINK(10, 0, NameHandlers::unlink, true),
  RMDIR(11, 0, NameHandlers::rmdir, true),
  RENAME(12, 8, NameHandlers::rename, true),
  LINK(13, 8, NameHandlers::link),
  OPEN(14, 8, FileHandlers::open),
  READ(15, 40, FileHandlers::read),
  WRITE(16, 40, FileHandlers::write),
  STATFS(17, 0, AttributeHandlers::statfs),
  RELEASE(18, 24, FileHandlers::release, true),
  FSYNC(20, 16, FileHandlers::fsync, true),
  SETXATTR(21, 8, AttributeHandlers::setxattr, true),
  GETXATTR(22, 8, AttributeHandlers::getxattr),
  LISTXATTR(23, 8, AttributeHandlers::listxattr),
  REMOVEXATTR(24, 0, AttributeHandlers::removexattr, true),
  FLUSH(25, 24, FileHandlers::flush, true),
  INIT(26, 16, SessionHandlers::init),
  OPENDIR(27, 8, DirectoryHandlers::opendir),
  READDIR(28, 40, DirectoryHandlers::readdir),
  RELEASEDIR(29, 24, DirectoryHandlers::releasedir, true),
  FSYNCDIR(30, 16, DirectoryHandlers::fsyncdir, true),
  GETLK(31, 48, LockHandlers::getlk),
  SETLK(32, 48, LockHandlers::setlk, true),
  SETLKW(33, 48, LockHandlers::setlkw, true),
  ACCESS(34, 8, AttributeHandlers::access, true),
  CREATE(35, 16, FileHandlers::create),
  INTERRUPT(36, 8, SessionHandlers::interrupt),
  BMAP(37, 0, SessionHandlers::unsupported),
  DESTROY(38, 0, SessionHandlers::destroy),
  IOCTL(39, 32, FileHandlers::ioctl),
  POLL(40, 0, SessionHandlers::unsupported),
  NOTIFY_REPLY(41, 0, SessionHandlers::unasked),
  BATCH_FORGET(42, 8, SessionHandlers::batchForget),
  FALLOCATE(43, 32, FileHandlers::fallocate, true),
  READDIRPLUS(44, 40, DirectoryHandlers::readdirplus),
  RENAME2(45, 16, NameHandlers::rename2, true),
  LSEEK(46, 24, FileHandlers::lseek),
  COPY_FILE_RANGE(47, 56, FileHandlers::copyFileRange),
  SYNCFS(50, 8, FileHandlers::syncfs, true),
  TMPFILE(51, 16, FileHandlers::tmpfile),
  STATX(52, 24, AttributeHandlers::statx),
  COPY_FILE_RANGE_64(53, 56, FileHandlers::copyFileRange64);

  /// Serves a request whose fixed arguments are there. Gives an errno; with 0 it has sent the
  /// reply, or leaves an empty one to the engine; [#NO_REPLY] where the protocol has none;
  /// [FuseOperations#DEFERRED].
  interface Handler {
    int serve(FuseEngine engine, FuseRequest request);
  }

  static final int NO_REPLY = -2;

  /// A handler's errno 0 plus a body of so many bytes.
  static int body(FuseRequest request, int errno, int bodyBytes) {
    if (errno == 0) {
      request.sendSuccess(bodyBytes);
    }
    return errno;
  }

  private static final @Nullable Opcode[] BY_NUMBER = new Opcode[54];

  static {
    for (Opcode opcode : values()) {
      BY_NUMBER[opcode.number] = opcode;
    }
  }

  final int number;
  final int argumentBytesMin;
  final Handler handler;
  final boolean emptyReply;

  Opcode(int number, int argumentBytesMin, Handler handler) {
    this(number, argumentBytesMin, handler, false);
  }

  Opcode(int number, int argumentBytesMin, Handler handler, boolean emptyReply) {
    this.number = number;
    this.argumentBytesMin = argumentBytesMin;
    this.handler = handler;
    this.emptyReply = emptyReply;
  }

  static @Nullable Opcode of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  boolean hasReply() {
    return this != FORGET && this != BATCH_FORGET && this != INTERRUPT && this != NOTIFY_REPLY;
  }
}
