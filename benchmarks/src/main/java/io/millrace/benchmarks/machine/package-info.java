/** What the machine did: processor time and memory from {@code /proc}, and what its disk can do. */
@NullMarked
package io.millrace.benchmarks.machine;

import org.jspecify.annotations.NullMarked;
