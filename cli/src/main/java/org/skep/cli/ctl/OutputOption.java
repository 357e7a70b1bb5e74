package org.skep.cli.ctl;

import java.util.List;
import java.util.function.Supplier;
import org.skep.cli.json.JsonText;
import picocli.CommandLine.Option;

/// `--output`; to be mixed into a command.
public final class OutputOption {
  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.text;

  public OutputOption() {}

  public OutputFormat format() {
    return format;
  }

  /// The lines in the form that is wanted; the other one is not made.
  List<String> lines(Supplier<List<String>> text, Supplier<?> json) {
    return switch (format) {
      case text -> text.get();
      case json -> List.of(JsonText.of(json.get()));
    };
  }
}
