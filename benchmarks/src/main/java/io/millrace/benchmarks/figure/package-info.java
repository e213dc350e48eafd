/** Figures: samples, ratios between two peers, and the report that shows them. */
@NullMarked
package io.millrace.benchmarks.figure;

import org.jspecify.annotations.NullMarked;
