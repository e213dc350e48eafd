package io.millrace.producer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A topic as the brokers describe it.
 *
 * @param partitions by number
 * @param brokers those of the cluster
 * @param clusterId what the cluster calls itself; null if it has no name
 */
public record TopicMetadata(
    String topic, List<Partition> partitions, List<Broker> brokers, @Nullable String clusterId) {

  /**
   * One partition.
   *
   * @param leader the broker's number, -1 if there is none now
   * @param offline replicas that are not there now
   */
  public record Partition(
      int number,
      int leader,
      List<Integer> replicas,
      List<Integer> inSync,
      List<Integer> offline) {}

  /** One broker, and where it is reached. */
  public record Broker(int number, String host, int port, @Nullable String rack) {}
}
