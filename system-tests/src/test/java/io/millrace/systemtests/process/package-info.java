/** The broker as a process of its own: started, killed, starved, watched. */
@NullMarked
package io.millrace.systemtests.process;

import org.jspecify.annotations.NullMarked;
