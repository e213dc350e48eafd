/** Where consumers stand in a log. An offset cursor is one number. */
@NullMarked
package io.millrace.cursor;

import org.jspecify.annotations.NullMarked;
