/// Logging, set up in code: nothing is searched on the class path, so that short commands start
/// fast. [EventLine] is the text format, [EventJson] the other one.
@NullMarked
package org.skep.cli.log;

import org.jspecify.annotations.NullMarked;
