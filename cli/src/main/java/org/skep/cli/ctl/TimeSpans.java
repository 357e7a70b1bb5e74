package org.skep.cli.ctl;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The values of `--timespan`, in seconds: a number with `s`, `m`, `h` or `d`.
final class TimeSpans implements ITypeConverter<Long> {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})([smhd])");

  @Override
  public Long convert(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "\"" + text + "\" is no time span: a number and s, m, h or d, like 90m");
    }
    long unitSeconds =
        switch (matcher.group(2)) {
          case "s" -> 1;
          case "m" -> 60;
          case "h" -> 3600;
          default -> 86400;
        };
    long seconds = Long.parseLong(matcher.group(1)) * unitSeconds;
    if (seconds == 0) {
      throw new TypeConversionException("a time span of 0: nothing has changed in it");
    }
    return seconds;
  }
}
