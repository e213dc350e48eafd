package io.millrace.producer;

import java.util.Map;

/**
 * One number of a producer, named as kafka-clients names it.
 *
 * @param name such as {@code record-send-rate}
 * @param group {@code producer-metrics}, {@code producer-topic-metrics} or {@code
 *     producer-node-metrics}
 * @param meaning what it counts, and in what
 * @param tags {@code client-id}, and {@code topic} or {@code node-id}
 * @param value not a number where there is nothing to take a mean of
 * @see Producer#metrics()
 */
public record Metric(
    String name, String group, String meaning, Map<String, String> tags, double value) {

  public Metric {
    tags = Map.copyOf(tags);
  }
}
