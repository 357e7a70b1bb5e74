/// What both kinds of groups do alike to bring a secondary up to date: when a run is due
/// ([ResyncLoop]), how long it may go on ([RunTerm]), how it is handed over to management
/// ([HandOver]), and what is remembered of it ([RunReport]). What a run does is the kind's own.
@NullMarked
package org.skep.mirror.resync;

import org.jspecify.annotations.NullMarked;
