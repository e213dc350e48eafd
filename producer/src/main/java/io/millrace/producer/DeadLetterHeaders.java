package io.millrace.producer;

import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The headers that say why a message is a dead letter. Each value is UTF-8 text, numbers in
 * decimal. They come behind the message's own; where a name is there twice, the last one counts.
 *
 * @see <a
 *     href="../../../../../../../docs/clients/dead-letters.md">docs/clients/dead-letters.md</a>,
 *     the table that queues and workers share
 */
enum DeadLetterHeaders {
  TOPIC("x-error-topic", "Where the message was to go, or was."),
  PARTITION("x-error-partition", "The partition there; missing if none was chosen."),
  REASON(
      "x-error-reason",
      "In one word: `delivery`, a producer could not deliver it; of queues `rejected`, `expired`,"
          + " `maxlen` or `delivery_limit`; of workers `failed` or `poison`."),
  CODE("x-error-code", "Number of the error: the protocol's, or librdkafka's below 0."),
  NAME("x-error-name", "Name of the error, as `MESSAGE_TOO_LARGE` or `_MSG_TIMED_OUT`."),
  MESSAGE("x-error-message", "A sentence."),
  ATTEMPTS("x-error-attempts", "How often it was tried; 0 if it was never sent or handed out."),
  TIME("x-error-time", "When it was given up, ms since 1970."),
  PERSISTED(
      "x-error-persisted",
      "Whether it may be stored in `x-error-topic` all the same: `not` or `possibly`."),
  OFFSET("x-error-offset", "Its offset in `x-error-topic`, of messages that were stored there.");

  private static final int TEXT_MAX = 1000;

  private final String key;
  private final String meaning;

  DeadLetterHeaders(String key, String meaning) {
    this.key = key;
    this.meaning = meaning;
  }

  String key() {
    return key;
  }

  String meaning() {
    return meaning;
  }

  private void add(List<Header> headers, String text) {
    byte[] bytes =
        (text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text)
            .getBytes(StandardCharsets.UTF_8);
    headers.add(new Header(key, ByteBuffer.wrap(bytes)));
  }

  /** Adds those of a message that a producer could not deliver. */
  static void add(List<Header> headers, DeadLetter message, int attempts, long nowMs) {
    ProducerError error = message.error();
    TOPIC.add(headers, message.topic());
    if (message.partition() >= 0) {
      PARTITION.add(headers, Integer.toString(message.partition()));
    }
    REASON.add(headers, "delivery");
    CODE.add(headers, Integer.toString(error.code()));
    NAME.add(headers, error.name());
    MESSAGE.add(headers, error.message());
    ATTEMPTS.add(headers, Integer.toString(attempts));
    TIME.add(headers, Long.toString(nowMs));
    PERSISTED.add(headers, DeadLetters.word(error.persisted()));
  }
}
