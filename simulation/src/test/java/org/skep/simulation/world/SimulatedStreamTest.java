package org.skep.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.BulkStream;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.rpc.Upload;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Limits;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.WriteChunkRequest;

/// Streams of bulk payload between two processes of the simulated world.
final class SimulatedStreamTest {
  private static final long HOUR_NANOS = 3_600_000_000_000L;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int PIECE = BulkStream.PIECE_BYTES;
  private static final WriteChunkRequest GOOD = WriteChunkRequest.getDefaultInstance();
  private static final WriteChunkRequest BAD = GOOD.toBuilder().setOffset(1).build();

  private final Scheduler scheduler = new Scheduler(1);
  private final SimulatedNetwork network =
      new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
  private final AtomicInteger arrivedBytes = new AtomicInteger();

  /// Refuses [#BAD] after its first piece.
  private RpcServer serve(Ports ports) throws IOException {
    Dispatcher dispatcher =
        new Dispatcher()
            .onStream(
                Operations.WRITE_CHUNK,
                (request, exchange, bulk) -> {
                  for (ByteBuffer piece = bulk.next(); piece != null; piece = bulk.next()) {
                    int _ = arrivedBytes.addAndGet(piece.remaining());
                    if (request.equals(BAD)) {
                      return Outcome.refused(Failure.errno(Errno.ENOSPC.number(), "full"));
                    }
                  }
                  assertThat(FrameHeader.bulkCrc(bulk.whole())).isEqualTo(bulk.crc());
                  return Outcome.done(ChunkState.getDefaultInstance());
                });
    RpcServer server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.STORAGE,
                List.of(new Endpoint.Tcp("server", 8003)),
                null,
                () -> "",
                5,
                () -> 1,
                ServerLimits.DEFAULT),
            dispatcher);
    server.start();
    return server;
  }

  private static Answer<ChunkState> send(RpcClient client, WriteChunkRequest request, int bytes)
      throws IOException {
    Peer peer =
        new Peer(NodeKind.STORAGE, 1, 5, "other", List.of(new Endpoint.Tcp("server", 8003)));
    ByteBuffer out = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; i++) {
      out.put(i, (byte) (i * 31));
    }
    try (Upload<ChunkState> upload =
        client.upload(
            peer,
            Operations.WRITE_CHUNK,
            request,
            RequestHeader.PROCESS,
            bytes,
            FrameHeader.bulkCrc(out),
            20 * SECOND_NANOS)) {
      for (int at = 0; at < bytes; at += PIECE) {
        upload.send(out.slice(at, Math.min(PIECE, bytes - at)));
      }
      return upload.finish();
    }
  }

  private void scenario(Ports server, Ports here) throws IOException {
    RpcServer served = serve(server);
    RpcClient client =
        new RpcClient(here, RpcClient.Settings.of(NodeKind.CLIENT, 9, null, () -> "", _ -> {}));
    for (int bytes : new int[] {0, 1, PIECE + 1, Limits.BULK_BYTES_MAX}) {
      arrivedBytes.set(0);
      assertThat(send(client, GOOD, bytes))
          .isEqualTo(new Answer.Done<>(ChunkState.getDefaultInstance(), 0));
      assertThat(arrivedBytes).hasValue(bytes);
      if (bytes > 0) {
        assertThat(send(client, BAD, bytes)).isInstanceOf(Answer.Refused.class);
      }
    }
    client.close();
    served.stop();
  }

  @Test
  void streamsArriveWholeAndRefusalsLeaveTheConnectionGood() {
    SimulatedProcess server = new SimulatedProcess(scheduler, network, "server", "server", 1.0);
    SimulatedProcess client = new SimulatedProcess(scheduler, network, "client", "client", 1.0);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread _ =
        client.start(
            "scenario",
            () -> {
              try {
                scenario(server.ports(), client.ports());
              } catch (IOException | AssertionError e) {
                failure.set(e);
              }
              ended.set(true);
            });
    scheduler.runUntil(ended::get, HOUR_NANOS, "the scenario's end");
    assertThat(failure.get()).isNull();
  }
}
