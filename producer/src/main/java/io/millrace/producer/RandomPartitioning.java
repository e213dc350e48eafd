package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Any partition, for each message anew; one without a leader half as readily. */
final class RandomPartitioning implements Partitioning {

  @Override
  public int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos) {
    int chosen = Chance.SYSTEM.below(queues.length);
    return queues[chosen].leader >= 0 ? chosen : Chance.SYSTEM.below(queues.length);
  }
}
