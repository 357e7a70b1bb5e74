package org.skep.cli.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;

/// Found by logback as a service: keeps it from looking for configuration files.
public final class QuietConfigurator extends ContextAwareBase implements Configurator {

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logging.apply(context, LogSettings.QUIET);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
