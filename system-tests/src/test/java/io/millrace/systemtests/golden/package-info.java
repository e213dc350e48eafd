/** Data directories that earlier versions made, and that this one must open. */
@NullMarked
package io.millrace.systemtests.golden;

import org.jspecify.annotations.NullMarked;
