package io.millrace.producer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that {@link Producer#doctor()} has found.
 *
 * @param rule which rule
 * @param sentence what was seen, which setting to change to what, and why
 * @param numbers the numbers that it stands on, by name
 */
public record Finding(Rule rule, String sentence, Map<String, Double> numbers) {

  /** What is looked at. */
  public enum Rule {
    /** Batches hold few messages: {@code linger.ms}. */
    SMALL_BATCHES("few messages share a batch, and there are many batches"),
    /** More is accepted than is delivered: {@code batch.size}, or more producers. */
    BACKLOG_GROWS("more is accepted than is delivered"),
    /** One partition gets most: the keys. */
    KEY_SKEW("one partition of a topic gets far more than its share"),
    /** {@code record-send-rate} is not stable. */
    SEND_RATE_UNSTABLE("`record-send-rate` leaps from second to second"),
    /** {@code record-error-rate} is above 0. */
    ERRORS("`record-error-rate` is more than a thousandth of what is sent"),
    /** {@code request-latency-avg} is above 100 ms. */
    SLOW_REQUESTS("`request-latency-avg` is above 100 ms"),
    /** {@code buffer-available-bytes} is below a half. */
    LITTLE_ROOM("`buffer-available-bytes` is below 50 %, or the same for the count of messages"),
    /** {@code batch-size-avg} is far from {@code batch.size}. */
    BATCHES_NOT_FILLED("`batch-size-avg` is less than half of `batch.size`");

    private final String meaning;

    Rule(String meaning) {
      this.meaning = meaning;
    }

    /** What is seen where it applies. */
    public String meaning() {
      return meaning;
    }
  }

  public Finding {
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
  }

  @Override
  public String toString() {
    return sentence;
  }
}
