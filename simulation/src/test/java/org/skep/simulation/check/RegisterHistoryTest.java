package org.skep.simulation.check;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RegisterHistoryTest {
  private final RegisterHistory history = new RegisterHistory();

  @Test
  void reads_of_the_last_write_are_right() {
    history.wrote(1, 10, 20);
    history.read(1, 21, 30);
    history.wrote(2, 31, 40);
    history.read(2, 41, 50);
    assertThatCode(history::check).doesNotThrowAnyException();
  }

  @Test
  void a_read_during_a_write_may_see_either() {
    history.read(0, 12, 14);
    history.wrote(1, 10, 20);
    history.read(1, 15, 18);
    assertThatCode(history::check).doesNotThrowAnyException();
  }

  @Test
  void an_acknowledged_write_that_is_not_seen_is_lost() {
    history.wrote(1, 10, 20);
    history.wrote(2, 30, 40);
    history.read(1, 50, 60);
    assertThatThrownBy(history::check).hasMessageContaining("not as from one copy");
  }

  @Test
  void the_initial_value_after_a_write_is_a_lost_write() {
    history.wrote(1, 10, 20);
    history.read(0, 30, 40);
    assertThatThrownBy(history::check).hasMessageContaining("not as from one copy");
  }

  @Test
  void old_after_new_is_wrong_even_while_the_write_is_under_way() {
    history.wrote(1, 10, 100);
    history.read(1, 20, 30);
    history.read(0, 40, 50);
    assertThatThrownBy(history::check).hasMessageContaining("not as from one copy");
  }

  @Test
  void a_write_that_takes_effect_twice_is_no_single_copy_but_may_be_allowed() {
    history.wrote(1, 10, 100);
    history.read(1, 20, 30);
    history.wrote(2, 40, 50);
    history.read(1, 110, 120);
    assertThatThrownBy(history::check).hasMessageContaining("not as from one copy");
    assertThatCode(history::checkRepeating).doesNotThrowAnyException();
    history.wrote(3, 130, 140);
    history.read(1, 150, 160);
    assertThatThrownBy(history::checkRepeating).hasMessageContaining("written over");
  }

  @Test
  void a_failed_write_may_show_up_late_or_never() {
    history.mayHaveWritten(1, 10);
    history.mayHaveWritten(2, 10);
    history.read(0, 20, 30);
    history.read(1, 40, 50);
    assertThatCode(history::check).doesNotThrowAnyException();
  }

  @Test
  void a_failed_write_that_was_seen_stays() {
    history.mayHaveWritten(1, 10);
    history.read(1, 20, 30);
    history.read(0, 40, 50);
    assertThatThrownBy(history::check).hasMessageContaining("not as from one copy");
  }

  @Test
  void what_nobody_wrote_is_wrong() {
    history.read(7, 20, 30);
    assertThatThrownBy(history::check).hasMessageContaining("nobody wrote");
  }

  @Test
  void a_value_from_the_future_is_wrong() {
    history.read(1, 1, 5);
    history.wrote(1, 10, 20);
    assertThatThrownBy(history::check).hasMessageContaining("before it was written");
  }
}
