package org.skep.cli.ctl;

import picocli.CommandLine.Command;

/// `skep mirror resync restart`: [StartResync] that always aborts a running one.
@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description = {
      "Aborts the resync of a mirror group if one runs, and begins anew.",
      "With --timestamp or --timespan all chunk files that changed since are copied; without, only"
          + " what differs."
    },
    footer = {"", "Example:", "  skep mirror resync restart --targetid=3012 --timestamp=0"})
final class RestartResync extends StartResync {
  RestartResync() {}

  @Override
  boolean restart() {
    return true;
  }
}
