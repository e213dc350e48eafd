package io.millrace.producer;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far a consumer group has come in a partition.
 *
 * @param offset the next one to be consumed, at least 0
 * @param leaderEpoch of the record before it, -1 if not known
 * @param metadata a text that is kept beside it; null for none
 */
public record GroupOffset(
    String topic, int partition, long offset, int leaderEpoch, @Nullable String metadata) {

  /** A place in a partition; refused if it cannot be one. */
  public GroupOffset {
    Objects.requireNonNull(topic, "topic");
    if (partition < 0 || offset < 0) {
      throw new IllegalArgumentException(
          topic + "-" + partition + " at " + offset + " is no place in a partition");
    }
  }

  /** A place of which nothing more is known. */
  public GroupOffset(String topic, int partition, long offset) {
    this(topic, partition, offset, -1, null);
  }
}
