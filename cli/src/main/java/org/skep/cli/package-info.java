/// The `skep` command: daemons, mount, the operator's tool, and a whole cluster in one process.
///
/// One class for each command, named after it and listed in `Commands`. A command is a
/// `Callable<Integer>` that returns the exit code; what an operator can put right is thrown as
/// [org.skep.cli.outcome.CommandFailure] and shown as one line. Exit codes: 0 done, 1 failed, 64
/// wrong usage, 70 a fault of Skep itself.
///
/// This module alone may print and end the process (see `build-rules`).
@NullMarked
package org.skep.cli;

import org.jspecify.annotations.NullMarked;
