/**
 * Writes the Java sources of the wire module from Kafka's message schemas.
 *
 * <p>{@link SchemaJar} finds the schemas inside the kafka-clients jar, {@link SchemaReader} turns
 * each into a {@link MessageSchema} or refuses what it does not know, {@link MessageClass} and
 * {@link ApiKeyClass} write the Java, {@link SourceFolder} touches only files that changed. It runs
 * during the build and is part of no program.
 */
@NullMarked
package io.millrace.wire.generator;

import org.jspecify.annotations.NullMarked;
