/** Small programs for what Kafka's tools do not measure; each runs in a process of its own. */
@NullMarked
package io.millrace.benchmarks.client;

import org.jspecify.annotations.NullMarked;
