package org.skep.cli.ctl;

import org.skep.cluster.StripePattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The words of `--pattern`.
final class PatternKinds implements ITypeConverter<StripePattern.Kind> {
  @Override
  public StripePattern.Kind convert(String word) {
    return switch (word) {
      case "raid0" -> StripePattern.Kind.RAID0;
      case "buddymirror" -> StripePattern.Kind.BUDDY_MIRROR;
      default ->
          throw new TypeConversionException("\"" + word + "\" is neither raid0 nor buddymirror");
    };
  }
}
