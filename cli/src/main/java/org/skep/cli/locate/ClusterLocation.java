package org.skep.cli.locate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.settings.CommonSettings;
import org.skep.cluster.Endpoint;
import org.skep.wire.Secret;

/// Where a cluster is, and how to be let in.
///
/// @param management addresses of management, at least one
/// @param authFile the file with the secret; empty: authentication is off
/// @param origin who said so, for messages
public record ClusterLocation(List<Endpoint> management, Optional<Path> authFile, String origin) {

  public ClusterLocation {
    management = List.copyOf(management);
  }

  /// The secret; null: authentication is off.
  ///
  /// @throws CommandFailure if it can't be read
  public @Nullable Secret secret() {
    return authFile.isPresent() ? readSecret(authFile.get()) : null;
  }

  /// The whole content of the file is the secret, but for a line break at its end.
  ///
  /// @throws CommandFailure saying what is wrong with the file
  public static Secret readSecret(Path file) {
    try {
      if (Files.size(file) > Secret.BYTES_MAX + 1) {
        throw new CommandFailure(
            "the auth-file " + file + " has over " + Secret.BYTES_MAX + " bytes");
      }
      byte[] content = Files.readAllBytes(file);
      int length = content.length;
      if (length > 0 && content[length - 1] == '\n') {
        length--;
      }
      return Secret.of(Arrays.copyOf(content, length));
    } catch (NoSuchFileException e) {
      throw new CommandFailure(
          "the auth-file " + file + " does not exist: copy the cluster's secret there");
    } catch (IOException e) {
      throw new CommandFailure("cannot read the auth-file " + file + ": " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("the auth-file " + file + ": " + e.getMessage());
    }
  }

  /// One address or several, separated by commas.
  ///
  /// @throws CommandFailure naming the one that is none
  public static List<Endpoint> parseManagement(String text) {
    try {
      return List.of(text.split(",")).stream()
          .map(one -> Endpoint.parse(one.strip(), CommonSettings.MANAGEMENT_PORT))
          .toList();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }
}
