/// How a command ends: [ExitCode] and [CommandFailure]. Every other package of the module stands on
/// this one.
@NullMarked
package org.skep.cli.outcome;

import org.jspecify.annotations.NullMarked;
