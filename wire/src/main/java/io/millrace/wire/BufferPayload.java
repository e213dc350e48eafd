package io.millrace.wire;

import java.nio.ByteBuffer;

/**
 * A payload in memory. It shares the bytes of the buffer it was made from, and copies nothing: who
 * owns those bytes must leave them alone while the payload is in use.
 */
public record BufferPayload(ByteBuffer buffer) implements Payload {

  /**
   * @param buffer its remaining bytes are the payload; its position is not moved, then or later
   */
  public BufferPayload {
    buffer = buffer.slice();
  }

  /** The bytes, in a view of their own that the caller may move. */
  @Override
  public ByteBuffer buffer() {
    return buffer.slice();
  }

  @Override
  public int size() {
    return buffer.capacity();
  }

  @Override
  public String toString() {
    return "BufferPayload[" + size() + " bytes]";
  }
}
