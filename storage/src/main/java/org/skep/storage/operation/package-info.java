/// The requests a storage server answers, one class for each. What comes from the wire is checked
/// in [RequestChecks] before it is used.
@NullMarked
package org.skep.storage.operation;

import org.jspecify.annotations.NullMarked;
