package org.skep.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

final class QuestionTest {
  private final StringBuilder asked = new StringBuilder();

  private boolean ask(String input) {
    return Question.ask("Really?", new BufferedReader(new StringReader(input)), asked);
  }

  @Test
  void asksUntilThereIsAnAnswer() {
    assertThat(ask("what\n\nY\n")).isTrue();
    assertThat(asked).hasToString("Really? [y/n] Really? [y/n] Really? [y/n] ");
  }

  @Test
  void theEndOfTheInputMeansNo() {
    assertThat(ask("")).isFalse();
    assertThat(ask("no\n")).isFalse();
    assertThat(ask("hm")).isFalse();
  }
}
