/// What a person at a terminal sees while something takes long.
@NullMarked
package org.skep.cli.terminal;

import org.jspecify.annotations.NullMarked;
