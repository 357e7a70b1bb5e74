package org.skep.runtime.rpc;

import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.message;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.cluster.Endpoint;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.message.EndpointMessage;

/// Not a test: `main` measures latency and throughput of requests, client and server in one JVM.
/// Compare only within one run.
final class RpcBench {
  private static final long SECOND = 1_000_000_000L;
  private static final Operation<EndpointMessage, EndpointMessage> STREAMED =
      RpcWorld.operation(0x704, "streamed", false);

  private RpcBench() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("rpc-bench");
    for (int round = 0; round < 2; round++) {
      for (Endpoint endpoint : new Endpoint[] {RpcWorld.unix(directory), RpcWorld.tcp()}) {
        run(endpoint);
      }
    }
    Files.delete(directory);
  }

  private static void run(Endpoint endpoint) throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      Dispatcher _ =
          world
              .dispatcher
              .on(SPECIAL, (request, exchange) -> Outcome.done(request))
              .onStream(
                  STREAMED,
                  (request, exchange, bulk) -> {
                    while (bulk.next() != null) {
                      Thread.onSpinWait();
                    }
                    return Outcome.done(request);
                  });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, endpoint);
      RpcClient client = world.client(SECRET, 1);
      latency(world, client, endpoint);
      for (int bytes : new int[] {512 << 10, 1 << 20}) {
        for (int threads : new int[] {1, 4}) {
          throughput(world, client, endpoint, bytes, threads, SPECIAL);
          throughput(world, client, endpoint, bytes, threads, STREAMED);
        }
      }
    }
  }

  private static void latency(RpcWorld world, RpcClient client, Endpoint endpoint)
      throws IOException {
    EndpointMessage ping = message("0123456789");
    Peer peer = world.peer();
    int count = 60_000;
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      Object _ = client.call(peer, SPECIAL, ping, 10 * SECOND);
      nanos[i] = System.nanoTime() - start;
    }
    long[] warm = Arrays.copyOfRange(nanos, count / 2, count);
    Arrays.sort(warm);
    System.out.printf(
        "%s ping-pong p50 %.1f us, p99 %.1f us%n",
        endpoint.getClass().getSimpleName(),
        warm[warm.length / 2] / 1e3,
        warm[warm.length * 99 / 100] / 1e3);
  }

  private static void throughput(
      RpcWorld world,
      RpcClient client,
      Endpoint endpoint,
      int bytes,
      int threads,
      Operation<EndpointMessage, EndpointMessage> operation) {
    Peer peer = world.peer();
    int each = (int) ((4L << 30) / bytes / threads);
    AtomicInteger finished = new AtomicInteger();
    long cpu = cpu();
    long start = System.nanoTime();
    for (int t = 0; t < threads; t++) {
      Thread _ =
          world.threads.start(
              "bench",
              () -> {
                ByteBuffer out = RpcWorld.bulk(bytes);
                try {
                  for (int i = 0; i < each; i++) {
                    if (operation.equals(STREAMED)) {
                      upload(client, peer, out);
                    } else {
                      Object _ =
                          client.call(
                              peer,
                              SPECIAL,
                              message("x"),
                              RequestHeader.PROCESS,
                              out,
                              null,
                              10 * SECOND);
                    }
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                int _ = finished.incrementAndGet();
              });
    }
    while (finished.get() < threads) {
      world.ports.clock().parkNanos(world, 1_000_000);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%s %s %d KiB, %d connections: %.0f MiB/s, %.2f CPU s/GiB%n",
        endpoint.getClass().getSimpleName(),
        operation.name(),
        bytes >> 10,
        threads,
        4096 / seconds,
        (cpu() - cpu) / 1e9 / 4);
  }

  private static void upload(RpcClient client, Peer peer, ByteBuffer out) throws IOException {
    int crc = FrameHeader.bulkCrc(out);
    int bytes = out.remaining();
    try (Upload<EndpointMessage> upload =
        client.upload(
            peer, STREAMED, message("x"), RequestHeader.PROCESS, bytes, crc, 10 * SECOND)) {
      for (int at = 0; at < bytes; at += BulkStream.PIECE_BYTES) {
        upload.send(out.slice(at, Math.min(BulkStream.PIECE_BYTES, bytes - at)));
      }
      Object _ = upload.finish();
    }
  }

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
