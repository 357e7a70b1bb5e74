/// The keys of each daemon's configuration: in its file, as options, and as environment variables.
/// `docs/OPERATING.md` lists them, and a test compares.
@NullMarked
package org.skep.cli.settings;

import org.jspecify.annotations.NullMarked;
