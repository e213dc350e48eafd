package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the partition of each message that names none. Given to {@link Producer#open} as the
 * setting {@code partitioner}. Must be thread safe.
 *
 * <pre>{@code
 * Map<String, Integer> regions = Map.of("us-east", 0, "us-west", 1, "eu", 2);
 * Partitioner byRegion =
 *     (topic, key, value, headers, partitions, available) ->
 *         key == null ? 0 : regions.getOrDefault(regionOf(key), 0);
 * Producer.open(Map.of("bootstrap.servers", "127.0.0.1:9092", "partitioner", byRegion));
 * }</pre>
 */
@FunctionalInterface
public interface Partitioner {

  /**
   * Called once for each message, once the topic's partitions are known: by the thread that
   * produces, or by the producer's own for messages that waited for that. It should not wait for
   * anything.
   *
   * @param headers in their order; empty if there are none
   * @param partitions how many partitions the topic has, at least 1
   * @param available whether the partition of a number has a leader at the moment; messages for
   *     others wait until it has one
   * @return the partition, from 0 to {@code partitions - 1}. With any other number the message
   *     fails with {@code _UNKNOWN_PARTITION}, and with what is thrown as {@code _APPLICATION}: in
   *     the call if the topic is known by then, else in its report
   */
  int partition(
      String topic,
      byte @Nullable [] key,
      byte @Nullable [] value,
      List<Header> headers,
      int partitions,
      IntPredicate available);
}
