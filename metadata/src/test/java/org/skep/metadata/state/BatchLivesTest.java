package org.skep.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchLivesTest {

  @Test
  void nothing_of_the_present_life_is_lost() {
    BatchLives lives = BatchLives.begin(null, 0, 0);
    long first = lives.base() + 1;
    assertThat(lives.isLost(first, first)).isFalse();
  }

  @Test
  void what_the_next_start_does_not_find_is_lost_for_ever() {
    BatchLives first = BatchLives.begin(null, 0, 0);
    long found = first.base() + 7;
    BatchLives second = BatchLives.begin(first.bytes(), found, 0);
    long later = second.base() + 100;
    assertThat(second.isLost(found, later)).isFalse();
    assertThat(second.isLost(found + 1, later)).isTrue();
    BatchLives third = BatchLives.begin(second.bytes(), later, 0);
    assertThat(third.isLost(found, third.base())).isFalse();
    assertThat(third.isLost(found + 1, third.base())).isTrue();
    assertThat(third.isLost(later, third.base())).isFalse();
    assertThat(third.isLost(later + 1, third.base())).isTrue();
  }

  @Test
  void numbers_of_two_lives_differ_in_their_upper_half_even_behind_a_boundary() {
    long found = (5L << 32) - 1;
    BatchLives lives = BatchLives.begin(null, found, 0);
    long lost = found + 10;
    assertThat(lives.base() >>> 32).isGreaterThan(lost >>> 32);
    assertThat(lives.isLost(lost, lives.base())).isTrue();
  }

  @Test
  void a_number_that_was_never_given_out_counts_as_lost() {
    BatchLives lives = BatchLives.begin(null, 3, 0);
    assertThat(lives.isLost(lives.base() + 2, lives.base() + 1)).isTrue();
    assertThat(lives.isLost(Long.MAX_VALUE, lives.base() + 1)).isTrue();
    assertThat(lives.isLost(-1, lives.base() + 1)).isTrue();
  }

  @Test
  void what_is_older_than_the_starts_that_are_known_counts_as_lost() {
    BatchLives lives = BatchLives.begin(null, 0, 0);
    long early = lives.base() + 1;
    for (int start = 1; start < BatchLives.STARTS_MAX; start++) {
      lives = BatchLives.begin(lives.bytes(), lives.base() + 1, 0);
      assertThat(lives.bytes()).hasSize(16 * (start + 1));
    }
    lives = BatchLives.begin(lives.bytes(), lives.base() + 1, 0);
    assertThat(lives.bytes()).hasSize(16 * BatchLives.STARTS_MAX);
    assertThat(lives.isLost(early, lives.base())).isTrue();
    assertThat(lives.isLost(lives.base(), lives.base())).isFalse();
  }
}
