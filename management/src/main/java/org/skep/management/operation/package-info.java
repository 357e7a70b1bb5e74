/// The requests that management answers, one class each. All but [WatchMap] are answered by the
/// leader only; [Desk] is what they share.
@NullMarked
package org.skep.management.operation;

import org.jspecify.annotations.NullMarked;
