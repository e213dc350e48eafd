package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The next partition for each message, leaving out those without a leader while others have one.
 */
final class RoundRobinPartitioning implements Partitioning {

  private final AtomicInteger next = new AtomicInteger();

  @Override
  public int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos) {
    for (int i = 0; i < queues.length; i++) {
      int chosen = next(queues.length);
      if (queues[chosen].leader >= 0) {
        return chosen;
      }
    }
    return next(queues.length);
  }

  private int next(int partitions) {
    return Integer.remainderUnsigned(next.getAndIncrement(), partitions);
  }
}
