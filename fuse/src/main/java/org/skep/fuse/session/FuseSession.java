package org.skep.fuse.session;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.skep.fuse.FuseEngine;
import org.skep.fuse.FuseNegotiation;
import org.skep.fuse.FuseNotifier;
import org.skep.fuse.FuseOperations;
import org.skep.fuse.FuseOptions;
import org.skep.fuse.FuseRequest;
import org.skep.linux.Errno;
import org.skep.linux.SystemCallException;

/// A mounted file system that is being served. It ends when the mount does: by [#unmount],
/// [#close], or umount(8) from outside. Thread-safe.
public final class FuseSession implements AutoCloseable {
  public static final int READERS_MIN = 2;
  public static final int READERS_MAX = 8;

  private static final System.Logger LOG = System.getLogger(FuseSession.class.getName());

  private final Mounter mounter;
  private final FuseEngine engine;
  private final List<Device> devices;
  private final ReaderPool pool;
  private final int deviceMinor;
  private final FuseNegotiation negotiation;

  /// Guarded by this object's monitor.
  private boolean finished;

  private FuseSession(
      Mounter mounter,
      FuseEngine engine,
      List<Device> devices,
      ReaderPool pool,
      int deviceMinor,
      FuseNegotiation negotiation) {
    this.mounter = mounter;
    this.engine = engine;
    this.devices = devices;
    this.pool = pool;
    this.deviceMinor = deviceMinor;
    this.negotiation = negotiation;
  }

  /// Mounts and serves; the mount is usable on return. INIT is served on the calling thread.
  ///
  /// @param readers descriptors and threads, [#READERS_MIN] to [#READERS_MAX]
  /// @param failures is told of exceptions that operations throw
  public static FuseSession mount(
      Path mountPoint,
      MountOptions mountOptions,
      FuseOptions fuseOptions,
      int readers,
      FuseOperations operations,
      ThreadStarter threads,
      Consumer<Throwable> failures)
      throws MountException {
    if (readers < READERS_MIN || readers > READERS_MAX) {
      throw new IllegalArgumentException("readers " + readers);
    }
    Mounter mounter = Mounter.of(mountPoint, mountOptions);
    FuseEngine engine = new FuseEngine(operations, fuseOptions, failures);
    List<Device> devices = new ArrayList<>();
    devices.add(new Device(mounter.mount(mountOptions)));
    try {
      FuseNegotiation negotiation = negotiate(engine, devices.get(0));
      addDevices(devices, readers);
      int minor =
          MountTable.find(mounter.mountPoint()).map(MountTable.Entry::deviceMinor).orElse(-1);
      ReaderPool pool = new ReaderPool(engine, devices, threads);
      FuseSession session = new FuseSession(mounter, engine, devices, pool, minor, negotiation);
      session.raiseReadAhead();
      pool.start();
      return session;
    } catch (MountException e) {
      undo(mounter, devices, e);
      engine.destroy();
      throw e;
    }
  }

  /// Where the user may not open the device itself (mounted by fusermount3, /dev/fuse not for
  /// everybody) all threads share one descriptor.
  private static void addDevices(List<Device> devices, int readers) {
    Device first = devices.get(0);
    boolean copying = true;
    while (devices.size() < readers) {
      Device next = first;
      if (copying) {
        try {
          next = first.copy();
        } catch (MountException e) {
          copying = false;
          LOG.log(System.Logger.Level.DEBUG, "one descriptor for all threads: {0}", e.getMessage());
        }
      }
      devices.add(next);
    }
  }

  /// The kernel's first request is INIT, and nothing else comes before it is answered; a kernel
  /// with a newer major asks twice.
  private static FuseNegotiation negotiate(FuseEngine engine, Device device) throws MountException {
    try (Arena arena = Arena.ofShared()) {
      FuseRequest request = engine.newRequest(device, arena);
      try {
        for (int attempt = 0; attempt < 100; attempt++) {
          long bytes = device.read(request.buffer());
          if (bytes >= 0) {
            engine.serve(request, (int) bytes);
          } else if (bytes != -Errno.EINTR.number() && bytes != -Errno.ENOENT.number()) {
            throw new MountException(
                "the mount ended before it began: " + Errno.of((int) -bytes).text());
          }
          FuseNegotiation agreed = engine.negotiation();
          if (agreed != null) {
            return agreed;
          }
        }
      } finally {
        engine.retire(request);
      }
    }
    throw new MountException(
        "the kernel speaks no FUSE protocol from 7.31 on: Linux 5.4 or newer is needed");
  }

  private static void undo(Mounter mounter, List<Device> devices, MountException first) {
    try {
      mounter.detach();
      for (Device device : devices) {
        device.close();
      }
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  /// The kernel caps read-ahead at 128 KiB unless told otherwise for the device. It matters for
  /// speed only, and needs root's rights.
  private void raiseReadAhead() {
    Path file = Path.of("/sys/class/bdi/0:" + deviceMinor + "/read_ahead_kb");
    if (deviceMinor < 0 || !Files.isWritable(file)) {
      return;
    }
    String kibibytes = Integer.toString(engine.options().maxReadAheadBytes() / 1024);
    try {
      Files.write(file, kibibytes.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot raise the read-ahead: {0}", e.getMessage());
    }
  }

  /// Absolute, without symbolic links.
  public Path mountPoint() {
    return mounter.mountPoint();
  }

  public FuseNegotiation negotiation() {
    return negotiation;
  }

  /// For a thread that serves no request: see the deadlock in [FuseNotifier].
  public FuseNotifier notifier() {
    return new FuseNotifier(devices.get(0));
  }

  /// Serving threads at this moment, spare ones included.
  public int threadCount() {
    return pool.size();
  }

  /// Requests whose operation has put off the answer (blocked locks).
  public int deferredCount() {
    return engine.deferredCount();
  }

  /// Waits until the mount has ended, then closes the device and calls [FuseOperations#destroy].
  public void await() throws InterruptedException {
    pool.await();
    finish();
  }

  /// As [#await], for `timeoutMillis` at most; false if the mount lives on.
  public boolean await(long timeoutMillis) throws InterruptedException {
    if (!pool.await(timeoutMillis)) {
      return false;
    }
    finish();
    return true;
  }

  /// Once; a second caller waits until the first is through.
  private synchronized void finish() {
    if (finished) {
      return;
    }
    finished = true;
    engine.destroy();
    for (Device device : devices) {
      try {
        device.close();
      } catch (SystemCallException e) {
        LOG.log(System.Logger.Level.WARNING, "closing /dev/fuse: {0}", e.getMessage());
      }
    }
  }

  /// Ends the mount if nobody uses it; false if somebody does. The threads end soon after: see
  /// [#await].
  public boolean unmount() throws MountException {
    return pool.hasEnded() || mounter.unmount();
  }

  /// Takes the mount out of sight though it's in use. What is open works on; the session ends with
  /// its last user.
  public void detach() throws MountException {
    if (!pool.hasEnded()) {
      mounter.detach();
    }
  }

  /// Ends the session at once, as a last resort: calls under way and open files fail with ENOTCONN.
  /// Data that the mount has taken but not yet sent is the operations' to care for, in
  /// [FuseOperations#destroy].
  public void abort() throws MountException {
    if (pool.hasEnded()) {
      return;
    }
    mounter.abort(deviceMinor);
  }

  /// As [#abort], for a mount that is out of sight already.
  public void abortConnection() throws MountException {
    Mounter.abortConnection(deviceMinor);
  }

  /// Unmounts, lazily if the mount is in use, and waits up to ten seconds for its users; then
  /// aborts. Waits for operations under way, which must end by themselves.
  @Override
  public void close() throws MountException {
    try {
      if (!unmount()) {
        detach();
      }
      if (!await(CLOSE_MILLIS)) {
        Mounter.abortConnection(deviceMinor);
        await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while unmounting " + mountPoint(), e);
    }
  }

  private static final long CLOSE_MILLIS = 10_000;
}
