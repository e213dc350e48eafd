/**
 * Samples of the producer as users copy them, and the pages that show them. A sample stands between
 * {@code // sample: NAME} and {@code // end}; {@link io.millrace.systemtests.sample.SamplesTest}
 * runs each.
 */
@NullMarked
package io.millrace.systemtests.sample;

import org.jspecify.annotations.NullMarked;
