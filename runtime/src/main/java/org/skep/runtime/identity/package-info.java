/// The file that says whose target directory this is, so that no daemon ever serves a directory
/// that is another's, of a newer format, or unexpectedly empty (a file system that is not mounted).
@NullMarked
package org.skep.runtime.identity;

import org.jspecify.annotations.NullMarked;
