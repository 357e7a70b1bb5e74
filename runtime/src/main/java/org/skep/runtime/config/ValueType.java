package org.skep.runtime.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.skep.cluster.Endpoint;

/// One kind of value: how it is written, and what it may be.
///
/// @param allowed for messages and help: `a number from 1 to 10`
/// @param list whether several values may be given: a TOML array, or text with commas
public record ValueType<T>(String allowed, boolean list, Parser<T> parser) {
  private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]*)");

  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "b", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30, "t", 1L << 40);

  private static final Map<String, Long> NANOS =
      Map.of(
          "ns",
          1L,
          "us",
          1000L,
          "ms",
          1_000_000L,
          "s",
          1_000_000_000L,
          "m",
          60_000_000_000L,
          "min",
          60_000_000_000L,
          "h",
          3_600_000_000_000L,
          "d",
          86_400_000_000_000L);

  /// Makes a value of what was written: one text, or for a list any number of them.
  @FunctionalInterface
  public interface Parser<T> {
    /// @throws IllegalArgumentException if it is not allowed
    T parse(List<String> written);
  }

  public static ValueType<String> text() {
    return single("text", text -> text);
  }

  /// `true` or `false`.
  public static ValueType<Boolean> flag() {
    return single(
        "true or false",
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException(text);
            });
  }

  public static ValueType<Integer> number(int min, int max) {
    return single(
        "a number from " + min + " to " + max,
        text -> (int) inRange(Long.parseLong(text.replace("_", "")), min, max));
  }

  /// In bytes: `4096`, `512K`, `1M`, `2G`, `1T` (powers of 1,024; a `B` or `iB` may follow).
  public static ValueType<Long> size(long min, long max) {
    return single(
        "a size from " + sizeText(min) + " to " + sizeText(max) + ", like 512K or 1G",
        text -> inRange(quantity(text, BYTES, true), min, max));
  }

  /// In nanoseconds: `500ms`, `5s`, `2m`, `1h`, `1d`, `0`.
  public static ValueType<Long> duration(long minNanos, long maxNanos) {
    return single(
        "a time from "
            + durationText(minNanos)
            + " to "
            + durationText(maxNanos)
            + ", like 500ms or 5s",
        text -> inRange(text.equals("0") ? 0 : quantity(text, NANOS, false), minNanos, maxNanos));
  }

  /// `host`, `host:port`, `[v6]:port` or `unix:/path`.
  public static ValueType<Endpoint> endpoint(int defaultPort) {
    return single(
        "an address: host, host:port or unix:/path", text -> Endpoint.parse(text, defaultPort));
  }

  /// One of the constants, written in lower case with hyphens.
  public static <E extends Enum<E>> ValueType<E> oneOf(Class<E> type) {
    List<String> labels = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      labels.add(label(constant));
    }
    return single(
        "one of " + String.join(", ", labels),
        text -> {
          for (E constant : type.getEnumConstants()) {
            if (label(constant).equals(text)) {
              return constant;
            }
          }
          throw new IllegalArgumentException(text);
        });
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// A list of such values; may be empty.
  public static <T> ValueType<List<T>> listOf(ValueType<T> type) {
    return new ValueType<>(
        "a list; each is " + type.allowed(),
        true,
        written -> written.stream().map(text -> type.parser().parse(List.of(text))).toList());
  }

  /// A kind of its own.
  public static <T> ValueType<T> single(String allowed, Function<String, T> parse) {
    return new ValueType<>(
        allowed,
        false,
        written -> {
          if (written.size() != 1) {
            throw new IllegalArgumentException("one value is needed");
          }
          return parse.apply(written.getFirst().strip());
        });
  }

  private static long inRange(long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(value + " is out of range");
    }
    return value;
  }

  private static long quantity(String text, Map<String, Long> units, boolean binary) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text);
    }
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    if (binary && unit.length() > 1) {
      unit = unit.substring(0, 1) + (unit.substring(1).matches("i?b") ? "" : "?");
    }
    Long factor = units.get(unit);
    if (factor == null) {
      throw new IllegalArgumentException(text);
    }
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static String sizeText(long bytes) {
    String units = "KMGTPE";
    int unit = -1;
    long rest = bytes;
    while (rest != 0 && rest % 1024 == 0 && unit < units.length() - 1) {
      rest /= 1024;
      unit++;
    }
    return rest + (unit < 0 ? "" : units.substring(unit, unit + 1));
  }

  private static String durationText(long nanos) {
    if (nanos % 86_400_000_000_000L == 0 && nanos != 0) {
      return nanos / 86_400_000_000_000L + "d";
    }
    if (nanos % 1_000_000_000L == 0) {
      return nanos / 1_000_000_000L + "s";
    }
    return nanos / 1_000_000L + "ms";
  }
}
