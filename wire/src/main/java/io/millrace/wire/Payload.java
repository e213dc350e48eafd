package io.millrace.wire;

import java.nio.ByteBuffer;

/**
 * A run of bytes inside a message that the message does not look at, such as record batches.
 *
 * <p>What was read is a {@link BufferPayload}. Whoever writes may bring another kind, a region of a
 * file for example: the writer asks for its size and hands it on, unread, among the {@linkplain
 * WireWriter#parts() parts}; sending it is the business of the connection, which knows the kind.
 */
public interface Payload {

  /** No bytes. */
  Payload EMPTY = new BufferPayload(ByteBuffer.allocate(0));

  /** Its bytes; must stay the same until it is sent. */
  int size();
}
