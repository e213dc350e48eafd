package io.millrace.kafka.handler;

import java.nio.ByteBuffer;

/** Bytes of a request that are to be kept longer than the request. */
final class Bytes {

  private Bytes() {}

  static byte[] copy(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(from.position(), bytes);
    return bytes;
  }
}
