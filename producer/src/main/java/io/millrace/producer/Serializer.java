package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Turns keys or values into bytes. */
@FunctionalInterface
public interface Serializer<T> {

  /** UTF-8. */
  Serializer<String> TEXT =
      (topic, text) -> text == null ? null : text.getBytes(StandardCharsets.UTF_8);

  /** Bytes as they are. */
  Serializer<byte[]> BYTES = (topic, bytes) -> bytes;

  /**
   * @return null for no key, or for a tombstone
   */
  byte @Nullable [] serialize(String topic, @Nullable T what);
}
