/// The operator's tool, `skep ctl`: one class for each mode, [Ctl] finds it. What modes print is
/// made by pure classes ([TargetTable], [NodeListing], [EntryText]) to the model's layout, byte for
/// byte, so that scripts that parse it go on working.
@NullMarked
package org.skep.cli.ctl;

import org.jspecify.annotations.NullMarked;
