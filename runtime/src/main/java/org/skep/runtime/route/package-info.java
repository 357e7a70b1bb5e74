/// From a target or group to the process that serves it now: maps, retries, bounded waits that say
/// what they wait for.
@NullMarked
package org.skep.runtime.route;

import org.jspecify.annotations.NullMarked;
