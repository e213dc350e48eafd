/**
 * A broker for tests: {@link io.millrace.junit.MillraceExtension} starts one before them and stops
 * it after them.
 */
@NullMarked
package io.millrace.junit;

import org.jspecify.annotations.NullMarked;
