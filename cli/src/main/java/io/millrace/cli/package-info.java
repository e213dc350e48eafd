/** The command line: one file for each command. */
@NullMarked
package io.millrace.cli;

import org.jspecify.annotations.NullMarked;
