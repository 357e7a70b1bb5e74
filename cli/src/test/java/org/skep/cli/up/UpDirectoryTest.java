package org.skep.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.Endpoint;
import org.skep.cluster.StripePattern;

/// Where the servers of a `skep up` listen.
final class UpDirectoryTest {
  @TempDir private Path root;

  private List<Endpoint> endpoints(boolean tcpOnly) {
    try (UpDirectory directory = UpDirectory.take(root)) {
      ClusterPlan plan =
          directory.plan(
              OptionalInt.empty(),
              OptionalInt.empty(),
              tcpOnly,
              root.resolve("mnt"),
              List.of(),
              StripePattern.DEFAULT,
              false);
      return Stream.concat(
              plan.management().listen().stream(),
              plan.servers().stream().flatMap(server -> server.listen().stream()))
          .toList();
    }
  }

  @Test
  void eachServerHasAUnixSocketAndLoopback() {
    assertThat(endpoints(false)).hasSize(14);
    assertThat(endpoints(false).stream().filter(Endpoint.Unix.class::isInstance)).hasSize(7);
  }

  @Test
  void mirroringNeedsTwoStorageTargets() {
    try (UpDirectory directory = UpDirectory.take(root)) {
      assertThatThrownBy(() ->
              directory.plan(
                  OptionalInt.empty(),
                  OptionalInt.of(1),
                  false,
                  root.resolve("mnt"),
                  List.of(),
                  StripePattern.DEFAULT,
                  true))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("--storage-targets 2");
    }
  }

  @Test
  void withTcpOnlyThereIsNoUnixSocket() {
    assertThat(endpoints(true)).hasSize(7).allMatch(Endpoint.Tcp.class::isInstance);
  }
}
