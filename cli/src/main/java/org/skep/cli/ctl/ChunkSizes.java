package org.skep.cli.ctl;

import org.skep.cli.settings.DaemonSettings;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The values of `--chunksize`.
final class ChunkSizes implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String text) {
    try {
      return DaemonSettings.chunkBytes(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
