package org.skep.cli.settings;

import java.util.List;
import org.skep.cli.log.LogSettings;
import org.skep.cluster.Endpoint;
import org.skep.runtime.config.Setting;
import org.skep.runtime.config.ValueType;

/// Keys that all daemons have.
public final class CommonSettings {
  /// The port of management.
  public static final int MANAGEMENT_PORT = 8008;

  /// The port of metadata servers.
  public static final int METADATA_PORT = 8005;

  /// The port of storage servers.
  public static final int STORAGE_PORT = 8003;

  public static final Setting<List<Endpoint>> MGMTD =
      Setting.required(
          "mgmtd",
          ValueType.listOf(ValueType.endpoint(MANAGEMENT_PORT)),
          "Where management is: its addresses.");

  public static final Setting<Boolean> AUTH =
      Setting.of(
          "auth",
          ValueType.flag(),
          "true",
          "Whether both sides of a connection must prove that they know the secret; the same in"
              + " the whole cluster.");

  public static final Setting<String> AUTH_FILE =
      Setting.of(
          "auth-file",
          ValueType.text(),
          "",
          "The file with the cluster's secret, 16 to 4,096 bytes, readable by its owner only.");

  public static final Setting<LogSettings.Level> LOG_LEVEL =
      Setting.of(
          "log-level",
          ValueType.oneOf(LogSettings.Level.class),
          "info",
          "What is logged: events of this weight and above.");

  public static final Setting<LogSettings.Format> LOG_FORMAT =
      Setting.of(
          "log-format",
          ValueType.oneOf(LogSettings.Format.class),
          "text",
          "Lines for people, or a JSON object a line.");

  public static final Setting<String> LOG_FILE =
      Setting.of(
          "log-file", ValueType.text(), "", "Where the log goes, appended; empty: standard error.");

  public static final Setting<String> PID_FILE =
      Setting.of(
          "pid-file",
          ValueType.text(),
          "",
          "A file that holds the process number while the daemon serves.");

  public static final List<Setting<?>> LOGGING = List.of(LOG_LEVEL, LOG_FORMAT, LOG_FILE, PID_FILE);

  public static final List<Setting<?>> SECURITY = List.of(AUTH, AUTH_FILE);

  private CommonSettings() {}
}
