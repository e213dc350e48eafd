/** Clients that we did not write. */
@NullMarked
package io.millrace.systemtests.interop;

import org.jspecify.annotations.NullMarked;
