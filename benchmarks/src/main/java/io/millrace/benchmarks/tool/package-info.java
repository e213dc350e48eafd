/** Kafka's own measuring tools, run as processes, and what they print. */
@NullMarked
package io.millrace.benchmarks.tool;

import org.jspecify.annotations.NullMarked;
