package org.skep.cli.quantity;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of bytes. Units are powers of 1024, with or without `iB` or `B`.
public final class Sizes {
  private static final String UNITS = "KMGTPE";
  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,19})([kmgtpe]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);

  private Sizes() {}

  /// `524288`, `512K`, `512k`, `512KiB`, `1M`, ...
  ///
  /// @throws IllegalArgumentException naming the text, if it is none or too large
  public static long parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a size: \"" + text + "\" (a number, with K, M, G or T for powers of 1024)");
    }
    int power =
        matcher.group(2).isEmpty()
            ? 0
            : UNITS.indexOf(matcher.group(2).toUpperCase(Locale.ROOT)) + 1;
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("too large: \"" + text + "\"", e);
    }
  }

  /// Exact: in the largest unit that leaves no rest (`512K`, `1M`, `1000`).
  public static String exact(long bytes) {
    int power = bytes == 0 ? 0 : Math.min(6, Long.numberOfTrailingZeros(bytes) / 10);
    return (bytes >> (10 * power)) + (power == 0 ? "" : UNITS.substring(power - 1, power));
  }

  /// About: three digits and the unit (`1.50 GiB`, `15.0 MiB`, `150 KiB`, `7 B`).
  public static String about(double bytes) {
    double value = bytes;
    int power = 0;
    while (value >= 999.5 && power < UNITS.length()) {
      value /= 1024;
      power++;
    }
    if (power == 0) {
      return Math.round(value) + " B";
    }
    String format = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value) + " " + UNITS.charAt(power - 1) + "iB";
  }
}
