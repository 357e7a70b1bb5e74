package org.skep.management.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.wire.message.NodeMessage;

final class ClientListTest {
  private static final long SECOND = 1_000_000_000L;
  private final ClientList clients = new ClientList();

  private static NodeMessage named(String name) {
    return NodeMessage.newBuilder().setName(name).build();
  }

  private static NodeMessage named(String name, int id) {
    return named(name).toBuilder().setId(id).build();
  }

  @Test
  void aClientIsListedAsLongAsItPolls() {
    clients.pollBegins(10, named("a"), 0);
    clients.pollBegins(11, named("b"), 0);
    assertThat(clients.list(100 * SECOND)).containsExactly(named("a", 1), named("b", 2));
    clients.pollEnds(10, 100 * SECOND);
    assertThat(clients.list(119 * SECOND)).hasSize(2);
    assertThat(clients.list(120 * SECOND)).containsExactly(named("b", 2));
  }

  @Test
  void aFreedIdIsGivenAgainAndAKnownClientKeepsItsOwn() {
    clients.pollBegins(10, named("a"), 0);
    clients.pollBegins(11, named("b"), 0);
    clients.pollEnds(10, 0);
    clients.pollEnds(11, 0);
    clients.pollBegins(11, named("b2"), 19 * SECOND);
    clients.pollBegins(12, named("c"), 20 * SECOND);
    assertThat(clients.list(20 * SECOND)).containsExactly(named("b2", 2), named("c", 1));
  }

  @Test
  void moreClientsThanIdsAreNotListed() {
    for (int client = 1; client <= 0xFFFF + 10; client++) {
      clients.pollBegins(client, named("c"), 0);
    }
    assertThat(clients.list(0)).hasSize(0xFFFF);
    clients.pollEnds(0xFFFF + 5, 0);
    clients.pollEnds(7, 0);
    assertThat(clients.list(20 * SECOND)).hasSize(0xFFFE);
  }
}
