/// The targets of this process: which of them may be asked ([ServedTargets]) and how each is doing
/// ([StorageTarget]).
@NullMarked
package org.skep.storage.target;

import org.jspecify.annotations.NullMarked;
