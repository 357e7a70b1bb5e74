package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.client.fake.LateAnswer;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// What a shard said before a file was written and closed here is not taken for the file as it is,
/// though it arrives after that.
@Timeout(30)
final class OutdatedAnswerTest {
  private static final byte[] WRITTEN = Clients.filled(5 * Clients.CHUNK, 1);

  private interface Question<T> {
    T ask(ClusterFileSystem client, long inode) throws Exception;
  }

  /// Asks before a file is written and closed, and hears of it after.
  private static <T> T late(Clients clients, Operation<?, ?> operation, Question<T> question)
      throws Exception {
    ClusterFileSystem client = clients.client();
    OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
    Callable<T> asking = () -> question.ask(client, file.inode());
    FutureTask<T> asked = new FutureTask<>(asking);
    try (LateAnswer answer = new LateAnswer(clients.cluster(), operation)) {
      Thread _ = Thread.ofPlatform().daemon().start(asked);
      answer.awaitMade();
      Clients.write(file, 0, WRITTEN);
      file.close();
      answer.arrive();
      return asked.get();
    }
  }

  @Test
  void anOpening() throws Exception {
    try (Clients clients = new Clients()) {
      OpenFile opened = late(clients, Operations.OPEN, Clients::open);
      assertThat(opened.attributes().getSize()).isEqualTo(WRITTEN.length);
      assertThat(Clients.read(opened, 0, 1 << 20)).isEqualTo(WRITTEN);
      opened.close();
    }
  }

  @Test
  void attributes() throws Exception {
    try (Clients clients = new Clients()) {
      assertThat(late(clients, Operations.GET_ATTRIBUTES, ClusterFileSystem::attributes).getSize())
          .isEqualTo(WRITTEN.length);
    }
  }

  @Test
  void aLookup() throws Exception {
    try (Clients clients = new Clients()) {
      ByteString name = ByteString.copyFromUtf8("f");
      assertThat(
              late(clients, Operations.LOOKUP, (client, _) -> client.lookup(Clients.ROOT, name))
                  .getSize())
          .isEqualTo(WRITTEN.length);
    }
  }
}
