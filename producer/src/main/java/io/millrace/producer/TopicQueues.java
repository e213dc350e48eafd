package io.millrace.producer;

import io.millrace.record.Header;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One topic that is produced to: its partitions' queues, and the messages that wait until it is
 * known which partitions there are (librdkafka's partition -1).
 */
final class TopicQueues {

  static final PartitionQueue[] NONE = {};

  final String name;

  /**
   * Since when the brokers have not known it: since it was first asked for, or since they stopped
   * to. The loop's.
   */
  long unknownSinceNanos;

  /** Whether they knew it at the last answer. The loop's. */
  boolean known;

  final Partitioning partitioning;

  /**
   * The queues by partition; empty until the topic is known. Replaced by a longer one, never
   * changed.
   */
  volatile PartitionQueue[] partitions = NONE;

  /** Why it cannot be produced to; null while it can, or may yet be. */
  volatile @Nullable ProducerError error;

  /** A message without a partition. */
  record Unassigned(
      int partition,
      long timestamp,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      long payload,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos,
      long acceptedNanos) {

    /** The most bytes that it takes in a batch. */
    int recordBytesMax() {
      return (int) MessageBatch.recordBytesMax(key, value, headers);
    }
  }

  // Under the lock.
  private final ArrayDeque<Unassigned> unassigned = new ArrayDeque<>();
  private long unassignedBytes;

  TopicQueues(String name, Partitioning partitioning, long nowNanos) {
    this.name = name;
    this.partitioning = partitioning;
    this.unknownSinceNanos = nowNanos;
  }

  boolean isKnown() {
    return partitions.length > 0;
  }

  /**
   * Lets a message wait for the topic's partitions.
   *
   * @return false if they are known by now
   */
  synchronized boolean park(Unassigned message) {
    if (isKnown()) {
      return false;
    }
    unassigned.add(message);
    unassignedBytes += message.payload;
    return true;
  }

  /** The oldest waiting message, which no longer waits; null if there is none. */
  synchronized @Nullable Unassigned unpark() {
    Unassigned first = unassigned.poll();
    if (first != null) {
      unassignedBytes -= first.payload;
    }
    return first;
  }

  /** The oldest waiting message, which goes on waiting. */
  synchronized @Nullable Unassigned oldest() {
    return unassigned.peek();
  }

  /** Makes a batch of one message that never had a partition. */
  interface Alone {
    MessageBatch batch(TopicQueues topic, Unassigned message);
  }

  /**
   * Takes out a message that waits and was never sent.
   *
   * @return a batch of that message; null if none with this callback waits
   */
  @Nullable MessageBatch cancel(DeliveryCallback callback, Alone alone) {
    synchronized (this) {
      for (Unassigned one : unassigned) {
        if (one.callback == callback) {
          unassigned.remove(one);
          unassignedBytes -= one.payload;
          return alone.batch(this, one);
        }
      }
    }
    for (PartitionQueue queue : partitions) {
      MessageBatch taken = queue.cancel(callback);
      if (taken != null) {
        return taken;
      }
    }
    return null;
  }

  synchronized int waitingMessages() {
    return unassigned.size();
  }

  synchronized long waitingBytes() {
    return unassignedBytes;
  }
}
