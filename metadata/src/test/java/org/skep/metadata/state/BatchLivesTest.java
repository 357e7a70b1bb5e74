package org.skep.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  private static BatchLives begin(BatchLives before, long found, int origin) {
    return BatchLives.begin(before.bytes(), found, origin);
  }

  @Test
  void two_that_are_one_story_have_the_shorter_one_in_common() {
    BatchLives first = BatchLives.begin(null, 0, 1);
    BatchLives second = begin(first, first.base() + 7, 2);
    long early = first.base() + 3;
    assertThat(second.common(second.base() + 5, first, early)).isEqualTo(early);
    assertThat(second.common(second.base() + 5, second, second.base() + 2))
        .isEqualTo(second.base() + 2);
  }

  @Test
  void a_tail_behind_what_the_next_primary_found_is_not_in_common() {
    BatchLives first = BatchLives.begin(null, 0, 1);
    long found = first.base() + 7;
    BatchLives second = begin(first, found, 2);
    assertThat(second.common(second.base() + 5, first, found + 10)).isEqualTo(found);
    BatchLives third = begin(second, second.base() + 9, 1);
    assertThat(third.common(third.base() + 1, first, found + 10)).isEqualTo(found);
    assertThat(third.common(third.base() + 1, second, second.base() + 20))
        .isEqualTo(second.base() + 9);
  }

  @Test
  void lives_with_one_number_begun_by_two_members_are_not_the_same() {
    BatchLives first = BatchLives.begin(null, 0, 1);
    long found = first.base() + 7;
    BatchLives mine = begin(first, found, 1);
    BatchLives theirs = begin(first, found, 2);
    assertThat(theirs.base()).isEqualTo(mine.base());
    assertThat(mine.common(mine.base() + 9, theirs, theirs.base() + 4)).isEqualTo(found);
    BatchLives shorter = begin(first, found - 2, 2);
    assertThat(mine.common(mine.base() + 9, shorter, shorter.base() + 4)).isEqualTo(found - 2);
  }

  @Test
  void strangers_have_nothing_in_common() {
    BatchLives mine = BatchLives.begin(null, 0, 1);
    BatchLives theirs = BatchLives.begin(null, 0, 2);
    assertThat(mine.common(mine.base() + 9, theirs, theirs.base() + 4)).isEqualTo(BatchLives.NONE);
    assertThat(mine.common(mine.base() + 9, BatchLives.of(null), 0)).isEqualTo(BatchLives.NONE);
  }

  @Test
  void what_is_older_than_the_starts_that_are_known_is_not_in_common() {
    BatchLives old = BatchLives.begin(null, 0, 1);
    BatchLives lives = old;
    for (int start = 1; start < BatchLives.STARTS_MAX; start++) {
      lives = begin(lives, lives.base() + 1, 1);
    }
    assertThat(lives.common(lives.base() + 1, old, old.base() + 1)).isEqualTo(old.base() + 1);
    lives = begin(lives, lives.base() + 1, 1);
    assertThat(lives.common(lives.base() + 1, old, old.base() + 1)).isEqualTo(BatchLives.NONE);
  }

  @Test
  void lives_are_cut_to_those_before_a_batch_and_the_next_has_a_new_number_all_the_same() {
    BatchLives first = BatchLives.begin(null, 0, 1);
    BatchLives second = begin(first, first.base() + 7, 2);
    assertThat(second.upTo(first.base() + 7).bytes()).isEqualTo(first.bytes());
    assertThat(second.upTo(second.base() + 1).bytes()).isEqualTo(second.bytes());
    assertThat(begin(second, first.base() + 7, 1).base()).isGreaterThan(second.base());
  }

  @Test
  void batches_are_counted_over_lives() {
    BatchLives first = BatchLives.begin(null, 0, 1);
    BatchLives second = begin(first, first.base() + 7, 2);
    long latest = second.base() + 5;
    assertThat(second.countBehind(latest, latest)).isZero();
    assertThat(second.countBehind(second.base() + 1, latest)).isEqualTo(4);
    assertThat(second.countBehind(first.base() + 7, latest)).isEqualTo(5);
    assertThat(second.countBehind(first.base() + 3, latest)).isEqualTo(9);
    assertThat(second.countBehind(0, latest)).isEqualTo(12);
  }

  @Test
  void damaged_lives_are_refused() {
    assertThatThrownBy(() -> BatchLives.of(new byte[15]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BatchLives.of(new byte[16 * (BatchLives.STARTS_MAX + 1)]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
