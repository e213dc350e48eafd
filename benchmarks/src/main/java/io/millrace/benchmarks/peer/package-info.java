/** The brokers under test, started as processes of their own. */
@NullMarked
package io.millrace.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
