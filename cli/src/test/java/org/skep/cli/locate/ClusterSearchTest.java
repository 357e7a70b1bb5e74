package org.skep.cli.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.Endpoint;

/// Which of the places that may name a cluster wins.
final class ClusterSearchTest {
  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @Test
  void theOptionWins() throws IOException {
    environment.put("SKEP_MGMTD", "environment");
    up(directory.resolve("skep-data"), "127.0.0.1:1");
    ClusterLocation found = search().find(wanted("one,two:9", null, true));
    assertThat(found.management())
        .containsExactly(new Endpoint.Tcp("one", 8008), new Endpoint.Tcp("two", 9));
    assertThat(found.authFile()).isEmpty();
  }

  @Test
  void thenTheDirectoryOfAnUpWithItsSecret() throws IOException {
    environment.put("SKEP_MGMTD", "environment");
    up(directory.resolve("other"), "unix:/run/x", "127.0.0.1:1");
    ClusterLocation found = search().find(wanted(null, Path.of("other"), false));
    assertThat(found.management()).hasSize(2);
    assertThat(found.authFile()).contains(directory.resolve("other/secret"));
  }

  @Test
  void thenTheEnvironment() throws IOException {
    environment.put("SKEP_MGMTD", "127.0.0.1:77");
    environment.put("SKEP_AUTH_FILE", "my-secret");
    up(directory.resolve("skep-data"), "127.0.0.1:1");
    ClusterLocation found = search().find(wanted(null, null, false));
    assertThat(found.management()).containsExactly(new Endpoint.Tcp("127.0.0.1", 77));
    assertThat(found.authFile()).contains(directory.resolve("my-secret"));
  }

  @Test
  void thenTheMountOfThePathAndTheSecretOfItsUp() throws IOException {
    Path home = directory.resolve("home");
    up(home, "unix:" + home + "/run/mgmtd.sock");
    Files.writeString(directory.resolve("mount.toml"), "mgmtd = \"configured\"\n");
    MountTable mounts =
        new MountTable(
            List.of(
                new MountTable.Entry(
                    Path.of("/mnt/it"), MountTable.TYPE, "unix:" + home + "/run/mgmtd.sock")));
    ClusterSearch.Wanted wanted =
        new ClusterSearch.Wanted(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.of(Path.of("/mnt/it/a/b")));
    ClusterLocation found = search(mounts).find(wanted);
    assertThat(found.management()).containsExactly(new Endpoint.Unix(home + "/run/mgmtd.sock"));
    assertThat(found.authFile()).contains(home.resolve("secret"));
  }

  @Test
  void thenTheConfiguration() throws IOException {
    Files.writeString(
        directory.resolve("mount.toml"), "mgmtd = [\"configured\"]\nauth-file = \"/s\"\n");
    up(directory.resolve("skep-data"), "127.0.0.1:1");
    ClusterLocation found = search().find(wanted(null, null, false));
    assertThat(found.management()).containsExactly(new Endpoint.Tcp("configured", 8008));
    assertThat(found.authFile()).contains(Path.of("/s"));
    assertThat(found.origin()).endsWith("mount.toml:1");
  }

  @Test
  void lastTheUpInTheWorkingDirectory() throws IOException {
    up(directory.resolve("skep-data"), "127.0.0.1:1");
    assertThat(search().find(wanted(null, null, false)).management())
        .containsExactly(new Endpoint.Tcp("127.0.0.1", 1));
  }

  @Test
  void nothingIsExplained() {
    assertThatThrownBy(() -> search().find(wanted(null, null, false)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("which cluster? Give --mgmtd");
    assertThatThrownBy(() -> search().find(wanted("host", null, false)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("--auth-file");
    assertThatThrownBy(() -> search().find(wanted(null, Path.of("other"), false)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("skep up --dir other");
  }

  private ClusterSearch search() {
    return search(new MountTable(List.of()));
  }

  private ClusterSearch search(MountTable mounts) {
    return new ClusterSearch(
        environment,
        () -> mounts,
        directory,
        directory.resolve("mount.toml"),
        directory.resolve("secret"));
  }

  private static ClusterSearch.Wanted wanted(String management, Path dir, boolean noAuth) {
    return new ClusterSearch.Wanted(
        Optional.ofNullable(management),
        Optional.ofNullable(dir),
        Optional.empty(),
        Optional.empty(),
        noAuth,
        Optional.empty());
  }

  private static void up(Path home, String... management) throws IOException {
    Files.createDirectories(home);
    new UpState(
            ProcessIdentity.own(),
            List.of(management),
            Path.of("/mnt/it"),
            Optional.of(home.resolve("secret")),
            true,
            List.of())
        .write(home);
  }
}
