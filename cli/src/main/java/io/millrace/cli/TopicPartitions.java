package io.millrace.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic and some of its partitions, as users write it: {@code orders} or {@code orders:0,2}.
 *
 * @param partitions empty for all
 */
record TopicPartitions(String topic, List<Integer> partitions) {

  /**
   * @throws CommandFailure if the text is no such thing
   */
  static TopicPartitions parse(String option, String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return new TopicPartitions(text, List.of());
    }
    List<Integer> partitions = new ArrayList<>();
    for (String number : text.substring(colon + 1).split(",", -1)) {
      try {
        partitions.add(Integer.parseUnsignedInt(number.strip()));
      } catch (NumberFormatException e) {
        throw CommandFailure.usage(
            option + " wants TOPIC or TOPIC:0,2 with numbers of partitions, not \"" + text + "\"");
      }
    }
    return new TopicPartitions(text.substring(0, colon), partitions);
  }

  /**
   * The partitions meant of a topic that has so many.
   *
   * @throws CommandFailure if one is not there
   */
  List<TopicPartition> of(int count) {
    List<TopicPartition> meant = new ArrayList<>();
    if (partitions.isEmpty()) {
      for (int partition = 0; partition < count; partition++) {
        meant.add(new TopicPartition(topic, partition));
      }
      return meant;
    }
    for (int partition : partitions) {
      if (partition < 0 || partition >= count) {
        throw unknown(topic, partition, count);
      }
      meant.add(new TopicPartition(topic, partition));
    }
    return meant;
  }

  /** What is known of a partition that something was asked of. */
  static <V> V at(Map<TopicPartition, V> known, TopicPartition partition) {
    return Objects.requireNonNull(known.get(partition), partition.toString());
  }

  static CommandFailure unknown(String topic, int partition, int count) {
    return CommandFailure.refused(
        "UNKNOWN_TOPIC_OR_PARTITION",
        topic + " has no partition " + partition + ": it has " + Amounts.count(count, "partition"),
        "they are counted from 0");
  }
}
