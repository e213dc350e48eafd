package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PartitionQueueTest {

  private final ProducerSettings settings =
      ProducerTable.read(Map.of("bootstrap.servers", "127.0.0.1:1"));
  private final BufferPool pool = new BufferPool(0);
  private final PartitionQueue queue =
      new PartitionQueue(
          new TopicQueues("t", settings.partitioning().forTopic("t"), 0),
          0,
          settings.batchLimits(),
          pool);

  private long begun;

  private MessageBatch batch(long createdNanos, int sequence) {
    MessageBatch batch = new MessageBatch(queue, pool, 0, begun++, createdNanos);
    if (sequence >= 0) {
      batch.number(1, (short) 0, sequence);
    }
    return batch;
  }

  /** If one of them stood behind, it would wait for the new epoch, and the epoch for it. */
  @Test
  void batchesWithANumberGoBeforeThoseThatLostTheirs() {
    MessageBatch lostFirst = batch(10, -1);
    MessageBatch lostThen = batch(20, -1);
    MessageBatch numbered = batch(30, 250);
    MessageBatch numberedBefore = batch(25, 200);
    queue.putBack(lostThen);
    queue.putBack(numbered);
    queue.putBack(lostFirst);
    queue.putBack(numberedBefore);
    assertThat(queue.again).containsExactly(numberedBefore, numbered, lostFirst, lostThen);
  }

  /** Two threads may read the clock in one order and come to the queue in the other. */
  @Test
  void orderIsThatOfTheQueueAndNotOfTheClock() {
    MessageBatch first = batch(20, -1);
    MessageBatch then = batch(10, -1);
    queue.putBack(then);
    queue.putBack(first);
    assertThat(queue.again).containsExactly(first, then);
  }

  @Test
  void numbersGoRound() {
    MessageBatch before = batch(10, Integer.MAX_VALUE - 5);
    MessageBatch after = batch(20, 44);
    queue.putBack(after);
    queue.putBack(before);
    assertThat(queue.again).containsExactly(before, after);
  }
}
