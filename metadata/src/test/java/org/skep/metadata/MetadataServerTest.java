package org.skep.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.metadata.target.MetadataTarget;
import org.skep.runtime.identity.TargetIdentity;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Answer;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.Caller;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.RenameRequest;

/// The metadata server on real ports: sockets, threads, directories and RocksDB of this host.
class MetadataServerTest {
  private static final Secret SECRET = Secret.of("a secret of the test".getBytes(UTF_8));
  private static final long ROOT = Ids.inode(1, Ids.ROOT_COUNTER);

  @TempDir private Path directory;
  private final Ports ports = RealPorts.create();
  private final MapHolder maps = new MapHolder(ports.clock());
  private FakeManagement management;
  private RpcClient client;
  private Router router;
  private long sequence;

  @BeforeEach
  void startManagement() throws IOException {
    management = new FakeManagement(ports, endpoint(), SECRET);
    management.server.start();
    client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT, 99, SECRET, () -> FakeManagement.CLUSTER_ID, version -> {}));
    router = new Router(ports, client, maps, new Router.Settings(20_000_000_000L, 20_000_000_000L));
  }

  private Endpoint endpoint() {
    return new Endpoint.Unix(directory.resolve("mgmtd").toString());
  }

  @AfterEach
  void stopManagement() {
    client.close();
    management.server.stop();
  }

  private MetadataServer server(boolean init) throws IOException {
    return server(init, 0);
  }

  private MetadataServer server(boolean init, int spares) throws IOException {
    MetadataSettings settings =
        new MetadataSettings(
            0,
            "",
            List.of(new Endpoint.Tcp("127.0.0.1", 0)),
            List.of(endpoint()),
            SECRET,
            init,
            StripePattern.DEFAULT,
            ServerLimits.DEFAULT,
            "",
            spares);
    return new MetadataServer(
        ports,
        settings,
        List.of(
            new MetadataServer.Directory(directory.resolve("m1"), 0),
            new MetadataServer.Directory(directory.resolve("m2"), 0)));
  }

  private <Q extends MessageLite, R extends MessageLite> R done(
      long inode, Operation<Q, R> operation, Q request) {
    sequence++;
    Answer<R> answer = router.callShard(Ids.shardOf(inode), operation, request, sequence, sequence);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done<R>) answer).reply();
  }

  private long makeDirectory(String name, int shard) {
    return done(
            ROOT,
            Operations.MAKE_DIRECTORY,
            MakeDirectoryRequest.newBuilder()
                .setParent(ROOT)
                .setName(ByteString.copyFromUtf8(name))
                .setMode(0755)
                .setShard(shard)
                .setCaller(Caller.getDefaultInstance())
                .build())
        .getInode();
  }

  private Entry lookup(long parent, String name) {
    return done(
        parent,
        Operations.LOOKUP,
        LookupRequest.newBuilder()
            .setParent(parent)
            .setName(ByteString.copyFromUtf8(name))
            .build());
  }

  @Test
  void aTreeOverTwoShardsOutlivesARestart() throws Exception {
    MetadataServer first = server(true);
    first.start();
    maps.offer(management.map);
    long one = makeDirectory("one", 1);
    long two = makeDirectory("two", 2);
    Entry fifo =
        done(
            one,
            Operations.MAKE_NODE,
            MakeNodeRequest.newBuilder()
                .setParent(one)
                .setName(ByteString.copyFromUtf8("fifo"))
                .setMode(0010644)
                .build());
    Empty _ =
        done(
            two,
            Operations.RENAME,
            RenameRequest.newBuilder()
                .setOldParent(one)
                .setOldName(ByteString.copyFromUtf8("fifo"))
                .setNewParent(two)
                .setNewName(ByteString.copyFromUtf8("moved"))
                .build());
    assertThat(lookup(two, "moved").getInode()).isEqualTo(fifo.getInode());
    assertThat(first.service().hosts()).hasSize(2);
    first.stop();

    MetadataServer second = server(false);
    second.start();
    maps.offer(management.map);
    assertThat(lookup(ROOT, "two").getInode()).isEqualTo(two);
    assertThat(lookup(two, "moved").getInode()).isEqualTo(fifo.getInode());
    second.stop();
  }

  @Test
  void theTargetsCanBeReadByTheirOwnerOnly() throws Exception {
    Path wide = Files.createDirectory(directory.resolve("m2"));
    Files.setPosixFilePermissions(wide, PosixFilePermissions.fromString("rwxr-xr-x"));
    MetadataServer server = server(true);
    server.start();
    server.stop();
    for (String name : List.of("m1", "m2", "m1/store", "m2/store")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .as(name)
          .isEqualTo("rwx------");
    }
  }

  private List<Integer> runOnce(boolean init, int spares) throws Exception {
    MetadataServer server = server(init, spares);
    server.start();
    List<Integer> ids = server.service().targets().stream().map(MetadataTarget::id).toList();
    assertThat(server.service().hosts()).as("spares have no shard").hasSize(2);
    server.stop();
    return ids;
  }

  @Test
  void sparesAreMadeOnceInTheTargetDirectoriesAndStay() throws Exception {
    assertThat(runOnce(true, 0)).containsExactly(1, 2);
    assertThat(runOnce(false, 3)).as("of an older directory").containsExactly(1, 2, 3, 4, 5);
    for (String name : List.of("m1/spare", "m2/spare", "m1/spare2")) {
      assertThat(directory.resolve(name).resolve(TargetIdentity.FILE_NAME)).exists();
      assertThat(directory.resolve(name + "-made")).exists();
      assertThat(directory.resolve(name).resolve("store")).as("unused").doesNotExist();
    }
    assertThat(directory.resolve("m2/spare2")).doesNotExist();
    assertThat(runOnce(false, 3)).containsExactly(1, 2, 3, 4, 5);
    assertThat(runOnce(false, 0)).as("no new ones").containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void aSpareThatIsLostIsNotMadeAnewUnlessAskedFor() throws Exception {
    assertThat(runOnce(true, 2)).containsExactly(1, 2, 3, 4);
    Path spare = directory.resolve("m1/spare");
    Files.delete(spare.resolve(TargetIdentity.FILE_NAME));
    assertThatThrownBy(server(false, 2)::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("m1/spare: the directory is empty");
    Files.delete(spare);
    assertThatThrownBy(server(false, 2)::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("m1/spare: the directory is missing");
    assertThat(runOnce(true, 2)).containsExactly(1, 2, 5, 4);
  }

  @Test
  void aTargetWhoseStoreIsGoneIsRefused() throws Exception {
    MetadataServer first = server(true);
    first.start();
    first.stop();
    Path store = directory.resolve("m2").resolve("store");
    try (Stream<Path> files = Files.list(store)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(store);
    MetadataServer second = server(true);
    assertThatThrownBy(second::start).isInstanceOf(IOException.class).hasMessageContaining("store");
  }
}
