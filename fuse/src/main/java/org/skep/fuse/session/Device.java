package org.skep.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.skep.fuse.ReplyChannel;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.IoVector;
import org.skep.linux.SystemCallException;

/// One descriptor of `/dev/fuse` that is connected to the mount. Serving threads use it freely
/// until they have all ended; other threads hold `closing` for reading, so that they never write to
/// a number that has been given to another file.
final class Device implements ReplyChannel {
  /// `_IOR(229, 0, uint32_t)`
  private static final long FUSE_DEV_IOC_CLONE = 0x8004e500L;

  private static final System.Logger LOG = System.getLogger(Device.class.getName());

  private final int descriptor;
  private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();

  /// Guarded by `closing`.
  private boolean closed;

  Device(int descriptor) {
    this.descriptor = descriptor;
  }

  /// A further descriptor of the same mount, with a queue of its own for what it has in hand.
  Device copy() throws MountException {
    int copy = Mounter.openDevice();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment original = arena.allocate(4, 4);
      original.set(JAVA_INT, 0, descriptor);
      Descriptors.ioctl(copy, FUSE_DEV_IOC_CLONE, original);
      return new Device(copy);
    } catch (SystemCallException e) {
      try {
        Descriptors.close(copy);
      } catch (SystemCallException second) {
        e.addSuppressed(second);
      }
      throw new MountException("cannot clone /dev/fuse: " + e.getMessage(), e);
    }
  }

  /// The next request, whole, or `-errno`.
  long read(MemorySegment target) {
    return Descriptors.tryRead(descriptor, target);
  }

  @Override
  public long send(IoVector message) {
    long result = Descriptors.tryWritev(descriptor, message);
    while (result == -Errno.EINTR.number() || result == -Errno.EAGAIN.number()) {
      result = Descriptors.tryWritev(descriptor, message);
    }
    if (result < 0 && unexpected((int) -result)) {
      LOG.log(
          System.Logger.Level.ERROR, "the kernel refused a reply: {0}", Errno.of((int) -result));
    }
    return result;
  }

  /// ENOENT: nobody waits any more, or the node isn't known. ENODEV, ENOTCONN, ECONNABORTED: the
  /// mount has ended. ENOTDIR, ENOTEMPTY, EBUSY, EPERM: what the kernel says of a notification.
  private static boolean unexpected(int errno) {
    return switch (Errno.of(errno)) {
      case ENOENT, ENODEV, ENOTCONN, ECONNABORTED, ENOTDIR, ENOTEMPTY, EBUSY, EPERM -> false;
      default -> true;
    };
  }

  @Override
  public long sendDetached(IoVector message) {
    closing.readLock().lock();
    try {
      return closed ? -Errno.ENODEV.number() : send(message);
    } finally {
      closing.readLock().unlock();
    }
  }

  /// After the serving threads of this descriptor have ended. With the last one the mount's
  /// connection ends.
  void close() throws SystemCallException {
    closing.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        Descriptors.close(descriptor);
      }
    } finally {
      closing.writeLock().unlock();
    }
  }
}
