/** What is done to a broker, and the order in which two of them are measured. */
@NullMarked
package io.millrace.benchmarks.load;

import org.jspecify.annotations.NullMarked;
