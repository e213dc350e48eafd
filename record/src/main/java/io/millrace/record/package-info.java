/** The bytes of a record batch: view, validate, build, compress. */
@NullMarked
package io.millrace.record;

import org.jspecify.annotations.NullMarked;
