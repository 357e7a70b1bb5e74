/// `skep fsck`: [org.skep.fsck.Fsck] at a terminal.
@NullMarked
package org.skep.cli.fsck;

import org.jspecify.annotations.NullMarked;
