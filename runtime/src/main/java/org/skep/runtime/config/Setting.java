package org.skep.runtime.config;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A key that the operator may set: `--key VALUE` as an option, `SKEP_KEY` as an environment
/// variable, `key = value` in the file (with dots: in tables).
///
/// @param key lower-case words with hyphens, in tables with dots: `raft.peers`
/// @param defaultText as it would be written, lists with commas; null: it must be given
/// @param secret its value is never printed
/// @param explanation one sentence, for help
public record Setting<T>(
    String key,
    ValueType<T> type,
    @Nullable String defaultText,
    boolean secret,
    String explanation) {
  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*([.-][a-z0-9]+)*");

  public Setting {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("key " + key);
    }
  }

  public static <T> Setting<T> of(
      String key, ValueType<T> type, String defaultText, String explanation) {
    return new Setting<>(key, type, defaultText, false, explanation);
  }

  /// One without a default.
  public static <T> Setting<T> required(String key, ValueType<T> type, String explanation) {
    return new Setting<>(key, type, null, false, explanation);
  }

  /// One whose value is never printed.
  public static Setting<String> secret(String key, String explanation) {
    return new Setting<>(key, ValueType.text(), "", true, explanation);
  }

  /// The command line's: `--raft-peers`.
  public String option() {
    return "--" + key.replace('.', '-');
  }

  /// The environment's: `SKEP_RAFT_PEERS`.
  public String variable() {
    return "SKEP_" + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
