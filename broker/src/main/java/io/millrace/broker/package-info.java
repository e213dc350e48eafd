/**
 * What is true whatever protocol asks: topics, groups, producers. The front doors translate; this
 * floor decides.
 */
@NullMarked
package io.millrace.broker;

import org.jspecify.annotations.NullMarked;
