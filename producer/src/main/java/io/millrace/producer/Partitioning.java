package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses the partition of a message for which the application has chosen none. Any thread. */
interface Partitioning {

  /**
   * @param queues the topic's partitions, at least one
   * @return a partition's number
   */
  int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos);
}
