package org.skep.runtime.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// A configuration file: its keys (of tables with dots), what is written there, and their lines.
public final class ConfigurationFile {
  private static final Pattern TABLE = Pattern.compile("\\s*\\[\\s*([^\\[\\]]+?)\\s*]\\s*(#.*)?");
  private static final Pattern KEY = Pattern.compile("\\s*([A-Za-z0-9_.\"'\\s-]+?)\\s*=.*");

  private final String name;
  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();

  private ConfigurationFile(String name) {
    this.name = name;
  }

  /// @param name of the file, for messages and origins
  /// @param text its content
  /// @throws ConfigurationException naming file and line, if it is not TOML or has values of a kind
  ///   that no setting has
  public static ConfigurationFile parse(String name, String text) throws ConfigurationException {
    ConfigurationFile file = new ConfigurationFile(name);
    JsonNode root;
    try {
      root = new TomlMapper().readTree(text);
    } catch (JacksonException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new ConfigurationException(
          name + ":" + line + ": not TOML: " + firstLine(e.getOriginalMessage()));
    }
    file.findLines(text);
    file.collect("", root);
    return file;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private void collect(String prefix, JsonNode table) throws ConfigurationException {
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      String key = prefix + entry.getKey();
      if (entry.getValue().isObject()) {
        collect(key + ".", entry.getValue());
      } else {
        values.put(key, written(key, entry.getValue()));
      }
    }
  }

  private List<String> written(String key, JsonNode value) throws ConfigurationException {
    List<String> written = new ArrayList<>();
    if (value.isArray()) {
      for (JsonNode element : value) {
        written.add(scalar(key, element));
      }
    } else {
      written.add(scalar(key, value));
    }
    return written;
  }

  private String scalar(String key, JsonNode value) throws ConfigurationException {
    if (value.isArray() || value.isObject()) {
      throw new ConfigurationException(origin(key) + ": " + key + " is nested too deeply");
    }
    return value.asString();
  }

  /// The parser keeps no places, so the lines are looked up in the text.
  private void findLines(String text) {
    String table = "";
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      Matcher header = TABLE.matcher(line);
      Matcher key = KEY.matcher(line);
      if (header.matches()) {
        table = plain(header.group(1)) + ".";
      } else if (key.matches()) {
        lines.putIfAbsent(table + plain(key.group(1)), number);
      }
    }
  }

  private static String plain(String key) {
    return key.replaceAll("[\"'\\s]", "");
  }

  Map<String, List<String>> values() {
    return values;
  }

  /// `file:line` of a key; only the file if its line was not found.
  String origin(String key) {
    Integer line = lines.get(key);
    return line == null ? name : name + ":" + line;
  }
}
