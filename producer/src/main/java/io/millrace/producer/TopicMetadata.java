package io.millrace.producer;

import java.util.List;

/**
 * A topic as the brokers describe it.
 *
 * @param partitions by number
 */
public record TopicMetadata(String topic, List<Partition> partitions) {

  /**
   * One partition.
   *
   * @param leader the broker's number, -1 if there is none now
   */
  public record Partition(int number, int leader, List<Integer> replicas, List<Integer> inSync) {}
}
