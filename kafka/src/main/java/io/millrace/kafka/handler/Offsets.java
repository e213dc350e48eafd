package io.millrace.kafka.handler;

import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is wrong with an offset that a client wants to commit. */
final class Offsets {

  private Offsets() {}

  /**
   * @param topic null if there is none
   * @param byId whether the client named the topic by its id
   */
  static ErrorCode problem(
      Door door,
      @Nullable Topic topic,
      boolean byId,
      int partition,
      long offset,
      @Nullable String metadata) {
    if (topic == null) {
      return byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (partition < 0 || partition >= topic.partitionCount()) {
      return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (offset < 0) {
      return ErrorCode.INVALID_REQUEST;
    }
    int most = door.broker().settings().int32("offset.metadata.max.bytes");
    boolean tooLong = metadata != null && metadata.getBytes(StandardCharsets.UTF_8).length > most;
    return tooLong ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE;
  }
}
