/** The whole broker, seen from outside. */
@NullMarked
package io.millrace.systemtests;

import org.jspecify.annotations.NullMarked;
