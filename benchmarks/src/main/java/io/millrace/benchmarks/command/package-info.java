/** The subcommands of {@code benchmarks/run}. */
@NullMarked
package io.millrace.benchmarks.command;

import org.jspecify.annotations.NullMarked;
