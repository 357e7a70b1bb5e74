/// This process's targets as members of buddy groups: what `mirror` needs of a storage server.
@NullMarked
package org.skep.storage.group;

import org.jspecify.annotations.NullMarked;
