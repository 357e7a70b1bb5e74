package org.skep.cli.json;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes JSON (RFC 8259) on one line: maps with text keys, collections, text, numbers, booleans,
/// null.
public final class JsonText {
  private JsonText() {}

  public static String of(@Nullable Object value) {
    StringBuilder text = new StringBuilder();
    append(value, text);
    return text.toString();
  }

  private static void append(@Nullable Object value, StringBuilder into) {
    switch (value) {
      case null -> into.append("null");
      case Map<?, ?> map -> {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          into.append(separator);
          quote(String.valueOf(entry.getKey()), into);
          into.append(':');
          append(entry.getValue(), into);
          separator = ",";
        }
        into.append(map.isEmpty() ? "{}" : "}");
      }
      case Collection<?> items -> {
        String separator = "[";
        for (Object item : items) {
          into.append(separator);
          append(item, into);
          separator = ",";
        }
        into.append(items.isEmpty() ? "[]" : "]");
      }
      case Number number -> into.append(number);
      case Boolean truth -> into.append(truth);
      default -> quote(value.toString(), into);
    }
  }

  private static void quote(String text, StringBuilder into) {
    into.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        into.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) {
        into.append(String.format("\\u%04x", (int) c));
      } else {
        into.append(c);
      }
    }
    into.append('"');
  }
}
