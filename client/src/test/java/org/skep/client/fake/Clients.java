package org.skep.client.fake;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.system.ClusterFileSystem;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateRequest;

/// A fake cluster and clients of it.
public final class Clients implements AutoCloseable {
  public static final long ROOT = org.skep.cluster.Ids.inode(1, 1);
  public static final int CHUNK = StripePattern.CHUNK_BYTES_MIN;

  private final FakeCluster cluster = new FakeCluster();
  private final TestThreads threads = new TestThreads();
  private final TestClock clock;
  private final DataSettings settings;
  private final List<ClusterFileSystem> clients = new ArrayList<>();

  public Clients(long speed, DataSettings settings) {
    this.clock = new TestClock(speed);
    this.settings = settings;
  }

  public Clients() {
    this(1, DataSettings.DEFAULT.withReadAheadBytes(0));
  }

  public FakeCluster cluster() {
    return cluster;
  }

  public ClusterFileSystem client() {
    ClusterFileSystem made =
        new ClusterFileSystem(cluster.client(clients.size() + 1L), clock, threads, settings);
    clients.add(made);
    return made;
  }

  public static Layout layout(int chunkBytes, int stripeCount) {
    List<Integer> stripes = new ArrayList<>();
    for (int stripe = 0; stripe < stripeCount; stripe++) {
      stripes.add(101 + stripe);
    }
    return new Layout(StripePattern.Kind.RAID0, chunkBytes, stripes);
  }

  public static Layout randomLayout(Random random) {
    return layout(CHUNK << random.nextInt(5), 1 + random.nextInt(5));
  }

  public static OpenFile open(ClusterFileSystem client, long inode) throws ErrnoException {
    return client.open(inode, OpenFlags.O_RDWR, Caller.getDefaultInstance());
  }

  public static OpenFile create(ClusterFileSystem client, String name, Layout layout)
      throws ErrnoException {
    return client.create(
        CreateRequest.newBuilder()
            .setParent(ROOT)
            .setName(ByteString.copyFromUtf8(name))
            .setOpenFlags(OpenFlags.O_RDWR)
            .setLayout(org.skep.wire.MapCodec.message(layout))
            .build());
  }

  public static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  public static byte[] filled(int count, int value) {
    byte[] bytes = new byte[count];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  public static void write(OpenFile file, long offset, byte[] bytes) throws ErrnoException {
    long _ = file.write(ByteBuffer.wrap(bytes), offset, false);
  }

  public static byte[] read(OpenFile file, long offset, int count) throws ErrnoException {
    ByteBuffer into = ByteBuffer.allocate(count);
    int got = file.read(into, offset);
    byte[] bytes = new byte[got];
    into.flip().get(bytes);
    return bytes;
  }

  /// Closes the clients; nothing may have escaped from a thread, no buffer may be left.
  @Override
  public void close() {
    for (ClusterFileSystem client : clients) {
      client.close();
      if (client.writeBuffersInUse() != 0) {
        throw new AssertionError(client.writeBuffersInUse() + " buffers were not given back");
      }
    }
    if (!threads.escaped().isEmpty()) {
      throw new AssertionError("a thread failed", threads.escaped().peek());
    }
  }
}
