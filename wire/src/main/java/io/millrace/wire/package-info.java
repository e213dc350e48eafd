/**
 * The Kafka protocol over {@link java.nio.ByteBuffer}: primitives, frames, API keys, error codes.
 *
 * <p>The messages themselves are in {@code io.millrace.wire.message}, one class each, generated at
 * build time from the schemas that Kafka's own classes come from. {@link
 * io.millrace.wire.WireReader} and {@link io.millrace.wire.WireWriter} are all they share. Nothing
 * here opens a socket, keeps a thread or knows Kafka's client library.
 *
 * @see <a href="https://kafka.apache.org/protocol">Kafka protocol guide</a>
 */
@NullMarked
package io.millrace.wire;

import org.jspecify.annotations.NullMarked;
