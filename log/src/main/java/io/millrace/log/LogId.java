package io.millrace.log;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/**
 * Which log: the topic's id, never its name, and the partition's number. A topic made again under
 * the same name has another id, so it never meets its own past.
 */
public record LogId(UUID topicId, int partition) {

  /** The directory of this log below the store's root: {@code TOPIC-ID/PARTITION}. */
  String directory() {
    return topicDirectory(topicId) + "/" + partition;
  }

  /** A topic id as Kafka prints it: 22 characters of URL-safe base 64. */
  public static String topicDirectory(UUID topicId) {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    bytes.putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /**
   * The reverse of {@link #topicDirectory}.
   *
   * @throws IllegalArgumentException if the text is no topic id
   */
  public static UUID topicId(String text) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    if (bytes.length != 16) {
      throw new IllegalArgumentException("not a topic id: " + text);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  @Override
  public String toString() {
    return directory();
  }
}
