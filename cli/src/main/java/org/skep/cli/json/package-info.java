/// JSON output, written by hand: nothing to load for a short command.
@NullMarked
package org.skep.cli.json;

import org.jspecify.annotations.NullMarked;
