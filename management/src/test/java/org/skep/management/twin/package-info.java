/// In-memory twins of management's ports, for tests and the simulation, and their contract suites.
package org.skep.management.twin;
