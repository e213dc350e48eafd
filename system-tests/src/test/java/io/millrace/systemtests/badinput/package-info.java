/** What bad input gets. */
@NullMarked
package io.millrace.systemtests.badinput;

import org.jspecify.annotations.NullMarked;
