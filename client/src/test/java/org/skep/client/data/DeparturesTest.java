package org.skep.client.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DeparturesTest {
  private final Departures departures = new Departures();

  @Test
  void a_departure_is_after_the_moments_before_it_only() {
    long before = departures.now();
    departures.left(7);
    assertThat(departures.leftSince(7, before)).isTrue();
    assertThat(departures.leftSince(8, before)).isFalse();
    assertThat(departures.leftSince(7, departures.now())).isFalse();
  }

  @Test
  void of_an_inode_that_left_twice_the_later_time_counts() {
    departures.left(7);
    long between = departures.now();
    departures.left(7);
    assertThat(departures.leftSince(7, between)).isTrue();
  }

  @Test
  void when_too_many_left_any_may_have() {
    long before = departures.now();
    for (long inode = 1; inode <= 4_097; inode++) {
      departures.left(inode);
    }
    assertThat(departures.leftSince(9_999, before)).isTrue();
    assertThat(departures.leftSince(9_999, departures.now())).isFalse();
    assertThat(departures.leftSince(4_097, departures.now() - 1)).isTrue();
  }
}
