/**
 * The messages of the Kafka protocol: one class each, every version inside, generated from Kafka's
 * schemas.
 *
 * <p>Fields are public and mutable, and start with the schema's default. {@code read} and {@code
 * write} take the version: a field which that version lacks keeps its default on reading; on
 * writing it is dropped when the schema calls it ignorable, and otherwise refused with {@link
 * io.millrace.wire.UnsupportedFieldException} if it is set. Instances are not thread safe.
 */
@NullMarked
package io.millrace.wire.message;

import org.jspecify.annotations.NullMarked;
