package org.skep.cli.terminal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.Locale;

/// A question with the answer yes or no, on standard error and from standard input.
public final class Question {
  private Question() {}

  /// Asks until `y` or `n` comes. The end of the input means no.
  public static boolean ask(String question) {
    return ask(
        question,
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())),
        System.err);
  }

  static boolean ask(String question, BufferedReader in, Appendable out) {
    try {
      while (true) {
        out.append(question).append(" [y/n] ");
        String line = in.readLine();
        if (line == null) {
          out.append("\n");
          return false;
        }
        switch (line.strip().toLowerCase(Locale.ROOT)) {
          case "y", "yes" -> {
            return true;
          }
          case "n", "no" -> {
            return false;
          }
          default -> {}
        }
      }
    } catch (IOException e) {
      return false;
    }
  }
}
