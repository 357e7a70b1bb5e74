package org.skep.cli.ctl;

/// `--output`.
public enum OutputFormat {
  /// The tables of the model.
  text,
  /// A list of objects with all that is known.
  json
}
