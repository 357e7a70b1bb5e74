package org.skep.cli.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.skep.runtime.config.Setting;

/// `docs/OPERATING.md` lists just the keys there are. If this fails, put what is expected there.
final class OperatingDocumentTest {
  private static final Map<String, List<Setting<?>>> DAEMONS = new LinkedHashMap<>();

  static {
    DAEMONS.put("mgmtd", DaemonSettings.mgmtd());
    DAEMONS.put("meta", DaemonSettings.meta());
    DAEMONS.put("storage", DaemonSettings.storage());
    DAEMONS.put("mount", DaemonSettings.mount());
  }

  @Test
  void everyKeyIsDocumentedAsItIs() throws IOException {
    String document = Files.readString(Path.of("../docs/OPERATING.md"));
    DAEMONS.forEach((daemon, settings) -> assertThat(document).contains(section(daemon, settings)));
  }

  private static String section(String daemon, List<Setting<?>> settings) {
    return settings.stream()
        .map(OperatingDocumentTest::row)
        .collect(
            Collectors.joining(
                "\n",
                "### `skep "
                    + daemon
                    + "`\n\n| key | default | allowed | meaning |\n| --- | --- | --- | --- |\n",
                "\n"));
  }

  private static String row(Setting<?> setting) {
    String preset = setting.defaultText();
    String shown = preset == null ? "must be given" : preset.isEmpty() ? "" : "`" + preset + "`";
    return String.format(
        "| `%s` | %s | %s | %s |",
        setting.key(), shown, setting.type().allowed(), setting.explanation());
  }
}
