package org.skep.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;

/// What the operator writes, where it comes from, and how mistakes are told.
final class ConfigurationTest {
  private static final Setting<Long> IO_TIMEOUT =
      Setting.of(
          "io-timeout",
          ValueType.duration(0, 86_400_000_000_000L),
          "60s",
          "How long I/O may wait.");
  private static final Setting<Long> CACHE =
      Setting.of("cache", ValueType.size(0, 1L << 40), "64M", "Memory for blocks.");
  private static final Setting<List<Endpoint>> LISTEN =
      Setting.of(
          "listen", ValueType.listOf(ValueType.endpoint(8008)), "0.0.0.0:8008", "Where to listen.");
  private static final Setting<Integer> PEERS =
      Setting.of("raft.peers", ValueType.number(1, 7), "1", "How many peers.");
  private static final Setting<String> PATH =
      Setting.required("path", ValueType.text(), "Where the data is.");
  private static final Setting<String> SECRET = Setting.secret("secret", "Shared by all.");
  private static final List<Setting<?>> ALL =
      List.of(IO_TIMEOUT, CACHE, LISTEN, PEERS, PATH, SECRET);

  private static final String FILE =
      """
      # a comment
      io-timeout = "5s"
      cache = 4096
      listen = ["a:1", "unix:/run/x,y"]

      [raft]
      peers = 3
      """;

  private static Configuration of(
      Map<String, String> options, Map<String, String> environment, String file)
      throws ConfigurationException {
    return Configuration.of(
        ALL, options, environment, file.isEmpty() ? null : ConfigurationFile.parse("f.toml", file));
  }

  @Test
  void eachSourceBeatsTheOnesBelow() throws Exception {
    Map<String, String> option = Map.of("io-timeout", "1s");
    Map<String, String> variable = Map.of("SKEP_IO_TIMEOUT", "2s", "SKEP_RAFT_PEERS", "5");
    assertThat(of(Map.of(), Map.of(), "").get(IO_TIMEOUT)).isEqualTo(60_000_000_000L);
    assertThat(of(Map.of(), Map.of(), FILE).get(IO_TIMEOUT)).isEqualTo(5_000_000_000L);
    assertThat(of(Map.of(), variable, FILE).get(IO_TIMEOUT)).isEqualTo(2_000_000_000L);
    Configuration all = of(option, variable, FILE);
    assertThat(all.get(IO_TIMEOUT)).isEqualTo(1_000_000_000L);
    assertThat(all.get(PEERS)).isEqualTo(5);
    assertThat(all.get(CACHE)).isEqualTo(4096);
    assertThat(all.get(LISTEN))
        .containsExactly(new Endpoint.Tcp("a", 1), new Endpoint.Unix("/run/x,y"));
    assertThat(all.origin(IO_TIMEOUT)).isEqualTo("option --io-timeout");
    assertThat(all.origin(PEERS)).isEqualTo("environment SKEP_RAFT_PEERS");
    assertThat(all.origin(CACHE)).isEqualTo("f.toml:3");
    assertThat(all.isGiven(CACHE)).isTrue();
    assertThat(all.isGiven(SECRET)).isFalse();
  }

  @Test
  void effectiveValuesArePrintedWithTheirOriginButNoSecret() throws Exception {
    String text = of(Map.of("secret", "hush"), Map.of(), FILE).print();
    assertThat(text)
        .isEqualTo(
            """
            io-timeout = "5s" # f.toml:2
            cache = 4096 # f.toml:3
            listen = ["a:1", "unix:/run/x,y"] # f.toml:4
            raft.peers = 3 # f.toml:7
            # path =  # missing
            secret = "(secret)" # option --secret
            """);
    String printed = text.replace("# path", "# p");
    assertThat(of(Map.of(), Map.of(), printed).get(CACHE)).isEqualTo(4096);
  }

  @Test
  void anUnknownKeyIsNamedWithItsLineAndTheNearestOne() {
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "cache = 1\nio-timout = \"5s\"\n"))
        .hasMessage("f.toml:2: unknown key \"io-timout\"; did you mean \"io-timeout\"?");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "\n[raft]\npeer = 1\n"))
        .hasMessage("f.toml:3: unknown key \"raft.peer\"; did you mean \"raft.peers\"?");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "completely-different = 1"))
        .hasMessage("f.toml:1: unknown key \"completely-different\"");
  }

  @Test
  void aBadValueIsNamedWithItsOriginAndWhatIsAllowed() {
    assertThatThrownBy(() -> of(Map.of("raft.peers", "8"), Map.of(), ""))
        .hasMessage("option --raft-peers: raft.peers is \"8\", but must be a number from 1 to 7");
    assertThatThrownBy(() -> of(Map.of(), Map.of("SKEP_CACHE", "lots"), ""))
        .hasMessage(
            "environment SKEP_CACHE: cache is \"lots\", but must be a size from 0 to 1T, like 512K"
                + " or 1G");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "io-timeout = 5"))
        .hasMessage(
            "f.toml:1: io-timeout is \"5\", but must be a time from 0s to 1d, like 500ms or 5s");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "cache = [1, 2]"))
        .hasMessageContaining("f.toml:1: cache is \"1, 2\"");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "listen = [[1], [2]]"))
        .hasMessageContaining("nested");
  }

  @Test
  void whatIsNotTomlIsNamedWithItsLine() {
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "cache = 1\nwhat is this\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("f.toml:2: not TOML: ");
    assertThatThrownBy(() -> of(Map.of(), Map.of(), "cache = 1\ncache = 2\n"))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void whatMustBeGivenIsAskedFor() throws Exception {
    Configuration configuration = of(Map.of(), Map.of(), "");
    assertThatThrownBy(() -> configuration.get(PATH))
        .hasMessage(
            "path is missing: give --path, SKEP_PATH or path in the configuration file (text)");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "512K, 524288",
    "512KiB, 524288",
    "1mb, 1048576",
    "2 G, 2147483648",
    "1T, 1099511627776"
  })
  void sizes(String text, long bytes) throws Exception {
    assertThat(of(Map.of("cache", text), Map.of(), "").get(CACHE)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "7ns, 7",
    "3us, 3000",
    "500ms, 500000000",
    "5s, 5000000000",
    "2m, 120000000000",
    "2min, 120000000000",
    "1h, 3600000000000",
    "1d, 86400000000000"
  })
  void durations(String text, long nanos) throws Exception {
    assertThat(of(Map.of("io-timeout", text), Map.of(), "").get(IO_TIMEOUT)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5G", "1X", "1Kx", "2T", "99999999999999999999", "1KK"})
  void sizesThatAreNone(String text) {
    assertThatThrownBy(() -> of(Map.of("cache", text), Map.of(), ""))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void constantsAreWrittenInLowerCase() {
    ValueType<NodeKind> type = ValueType.oneOf(NodeKind.class);
    assertThat(type.parser().parse(List.of("storage"))).isEqualTo(NodeKind.STORAGE);
    assertThat(type.allowed()).isEqualTo("one of management, metadata, storage, client");
    assertThatThrownBy(() -> type.parser().parse(List.of("STORAGE")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
