package org.skep.runtime.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The effective values of a list of settings, each with its origin. Immutable.
public final class Configuration {
  private static final Pattern BARE = Pattern.compile("true|false|\\d{1,18}");
  private static final int NEAR_MAX = 3;

  private final Map<String, Value> values = new LinkedHashMap<>();

  /// @param parsed null if the setting must be given and was not
  private record Value(
      Setting<?> setting, @Nullable Object parsed, List<String> written, String origin) {}

  private record Written(List<String> values, String origin) {}

  private Configuration() {}

  /// Puts the sources together: an option beats the environment, that beats the file, that beats
  /// the default.
  ///
  /// @param options by key; lists as one text with commas
  /// @param environment all variables of the process; only those of the settings are looked at
  /// @param file null: there is none
  /// @throws ConfigurationException for an unknown key in the file, or a value that is not allowed
  public static Configuration of(
      List<Setting<?>> settings,
      Map<String, String> options,
      Map<String, String> environment,
      @Nullable ConfigurationFile file)
      throws ConfigurationException {
    if (file != null) {
      refuseUnknown(settings, file);
    }
    Configuration configuration = new Configuration();
    for (Setting<?> setting : settings) {
      Written written = written(setting, options, environment, file);
      Value value =
          written == null
              ? new Value(setting, null, List.of(), "missing")
              : new Value(setting, parse(setting, written), written.values(), written.origin());
      if (configuration.values.put(setting.key(), value) != null) {
        throw new IllegalStateException("two settings " + setting.key());
      }
    }
    return configuration;
  }

  private static @Nullable Written written(
      Setting<?> setting,
      Map<String, String> options,
      Map<String, String> environment,
      @Nullable ConfigurationFile file) {
    String option = options.get(setting.key());
    if (option != null) {
      return new Written(split(setting, option), "option " + setting.option());
    }
    String variable = environment.get(setting.variable());
    if (variable != null) {
      return new Written(split(setting, variable), "environment " + setting.variable());
    }
    List<String> inFile = file == null ? null : file.values().get(setting.key());
    if (file != null && inFile != null) {
      return new Written(inFile, file.origin(setting.key()));
    }
    String preset = setting.defaultText();
    return preset == null ? null : new Written(split(setting, preset), "default");
  }

  private static List<String> split(Setting<?> setting, String text) {
    if (!setting.type().list()) {
      return List.of(text);
    }
    return Arrays.stream(text.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static Object parse(Setting<?> setting, Written written) throws ConfigurationException {
    try {
      return Objects.requireNonNull(setting.type().parser().parse(written.values()));
    } catch (IllegalArgumentException e) {
      String given =
          setting.secret() ? "(secret)" : "\"" + String.join(", ", written.values()) + "\"";
      throw new ConfigurationException(
          written.origin()
              + ": "
              + setting.key()
              + " is "
              + given
              + ", but must be "
              + setting.type().allowed());
    }
  }

  private static void refuseUnknown(List<Setting<?>> settings, ConfigurationFile file)
      throws ConfigurationException {
    List<String> known = settings.stream().map(Setting::key).toList();
    for (String key : file.values().keySet()) {
      if (!known.contains(key)) {
        String nearest = nearest(key, known);
        throw new ConfigurationException(
            file.origin(key)
                + ": unknown key \""
                + key
                + "\""
                + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?"));
      }
    }
  }

  static @Nullable String nearest(String key, List<String> known) {
    String best = null;
    int bestDistance = NEAR_MAX + 1;
    for (String candidate : known) {
      int distance = distance(key, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /// Levenshtein's.
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[right.length()];
  }

  /// The value.
  ///
  /// @throws ConfigurationException if it has no default and was not given
  /// @throws IllegalStateException if the setting is not one of this configuration
  public <T> T get(Setting<T> setting) throws ConfigurationException {
    Object parsed = value(setting).parsed();
    if (parsed == null) {
      throw new ConfigurationException(
          setting.key()
              + " is missing: give "
              + setting.option()
              + ", "
              + setting.variable()
              + " or "
              + setting.key()
              + " in the configuration file ("
              + setting.type().allowed()
              + ")");
    }
    @SuppressWarnings("unchecked") // made by this setting's own type
    T value = (T) parsed;
    return value;
  }

  /// Whether it was given, other than by default.
  public boolean isGiven(Setting<?> setting) {
    Value value = value(setting);
    return value.parsed() != null && !value.origin().equals("default");
  }

  /// `default`, `file:line`, `option --x`, `environment SKEP_X` or `missing`.
  public String origin(Setting<?> setting) {
    return value(setting).origin();
  }

  private Value value(Setting<?> setting) {
    Value value = values.get(setting.key());
    if (value == null || !value.setting().equals(setting)) {
      throw new IllegalStateException("no such setting here: " + setting.key());
    }
    return value;
  }

  /// One line for each setting, in their order: `key = value # origin`; secrets are not shown.
  public String print() {
    List<String> lines = new ArrayList<>();
    for (Value value : values.values()) {
      String prefix = value.parsed() == null ? "# " : "";
      lines.add(prefix + value.setting().key() + " = " + shown(value) + " # " + value.origin());
    }
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private static String shown(Value value) {
    List<String> texts = new ArrayList<>();
    for (String text : value.written()) {
      boolean hidden = value.setting().secret() && !text.isEmpty();
      texts.add(hidden ? "\"(secret)\"" : BARE.matcher(text).matches() ? text : quoted(text));
    }
    boolean list = value.setting().type().list();
    return list ? "[" + String.join(", ", texts) + "]" : texts.isEmpty() ? "" : texts.getFirst();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
