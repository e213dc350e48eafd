package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By the application's own {@link Partitioner}. */
final class OwnPartitioning implements Partitioning {

  private final String topic;
  private final Partitioner own;

  OwnPartitioning(String topic, Partitioner own) {
    this.topic = topic;
    this.own = own;
  }

  /**
   * @throws ProducerException with {@code _APPLICATION} if the partitioner threw
   */
  @Override
  public int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos) {
    try {
      return own.partition(
          topic,
          key,
          value,
          headers == null ? List.of() : headers,
          queues.length,
          partition ->
              partition >= 0 && partition < queues.length && queues[partition].leader >= 0);
    } catch (RuntimeException | Error e) {
      ProducerException failed =
          new ProducerException(
              ProducerError.of(
                  LocalError.APPLICATION,
                  "the partitioner of "
                      + topic
                      + " ("
                      + own.getClass().getName()
                      + ") threw "
                      + e));
      failed.initCause(e);
      throw failed;
    }
  }
}
