/// What metadata and storage servers share about being a member of a buddy group. So far:
/// [EpochGuard], which refuses requests that another server, or another epoch, is meant to answer.
@NullMarked
package org.skep.mirror;

import org.jspecify.annotations.NullMarked;
