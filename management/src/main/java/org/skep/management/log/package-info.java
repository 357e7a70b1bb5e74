/// The port to the log of commands: [CommandLog] takes commands, a [StateMachine] applies them. The
/// adapter is `RatisLog`; the twin in the tests is `MemoryLog`; both pass one contract suite.
@NullMarked
package org.skep.management.log;

import org.jspecify.annotations.NullMarked;
