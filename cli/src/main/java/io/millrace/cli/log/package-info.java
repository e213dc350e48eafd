/**
 * Log lines on standard error: the one thing of SLF4J's interface that a command needs.
 *
 * <p>A library that does more takes a sixth of a second of a start to find itself and to learn how
 * dates are written in this part of the world.
 */
@NullMarked
package io.millrace.cli.log;

import org.jspecify.annotations.NullMarked;
