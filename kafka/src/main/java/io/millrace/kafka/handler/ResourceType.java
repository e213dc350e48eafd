package io.millrace.kafka.handler;

import org.jspecify.annotations.Nullable;

/** What settings may belong to, under the numbers of Kafka's protocol. */
enum ResourceType {
  TOPIC(2),
  BROKER(4),
  /** Kafka's log levels; none here. */
  BROKER_LOGGER(8),
  /** What metrics clients are to push (KIP-714); none here. */
  CLIENT_METRICS(16),
  GROUP(32);

  private final byte code;

  ResourceType(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }

  static @Nullable ResourceType of(byte code) {
    for (ResourceType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }
}
