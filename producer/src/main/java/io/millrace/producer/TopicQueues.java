package io.millrace.producer;

import io.millrace.record.Header;
import io.millrace.wire.ErrorCode;
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

  /** What a broker last said instead of its partitions; null if nothing, or if they came. */
  @Nullable ErrorCode refusal;

  /** Whether they knew it at the last answer. The loop's. */
  boolean known;

  /** When it was first asked for, by the monotonic clock. */
  final long madeNanos;

  /** When its partitions were last told; 0 if never. The loop's. */
  long locatedNanos;

  /** When the loop last saw that it was used, and what had been appended by then. The loop's. */
  long usedNanos;

  long appendedThen;

  final Partitioning partitioning;

  /**
   * The queues by partition; empty until the topic is known. Replaced by a longer one, never
   * changed.
   */
  volatile PartitionQueue[] partitions = NONE;

  /** Why it cannot be produced to; null while it can, or may yet be. */
  volatile @Nullable ProducerError error;

  /** A message without a partition. Its bytes are the application's until it waits. */
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
  private final WaitingMessages unassigned = new WaitingMessages();
  private long parked;
  private boolean retired;

  TopicQueues(String name, Partitioning partitioning, long nowNanos) {
    this.name = name;
    this.partitioning = partitioning;
    this.unknownSinceNanos = nowNanos;
    this.usedNanos = nowNanos;
    this.madeNanos = nowNanos;
  }

  boolean isKnown() {
    return partitions.length > 0;
  }

  /** What became of a message that was to wait. */
  enum Parked {
    WAITS,
    /** The partitions are known by now. */
    KNOWN,
    /** The topic is forgotten or refused, and must be looked up again. */
    RETIRED
  }

  /** Lets a message wait for the topic's partitions. */
  synchronized Parked park(Unassigned message) {
    if (retired) {
      return Parked.RETIRED;
    }
    if (isKnown()) {
      return Parked.KNOWN;
    }
    if (error != null) {
      return Parked.RETIRED;
    }
    unassigned.add(message);
    parked++;
    return Parked.WAITS;
  }

  /** Messages that were ever meant for it. */
  long appended() {
    long all;
    synchronized (this) {
      all = parked;
    }
    for (PartitionQueue queue : partitions) {
      all += queue.appended();
    }
    return all;
  }

  /**
   * Lets no message in any more, if none is waiting or under way. By the loop, which takes it from
   * the map of topics next.
   *
   * @return whether it is retired
   */
  boolean retire() {
    synchronized (this) {
      if (!unassigned.isEmpty()) {
        return false;
      }
      retired = true;
    }
    PartitionQueue[] queues = partitions;
    for (int i = 0; i < queues.length; i++) {
      if (!queues[i].retire()) {
        while (--i >= 0) {
          queues[i].unretire();
        }
        synchronized (this) {
          retired = false;
        }
        return false;
      }
    }
    return true;
  }

  /** The oldest waiting message, which no longer waits; null if there is none. */
  synchronized @Nullable Unassigned unpark() {
    return unassigned.poll();
  }

  /** A waiting message whose time is over, and which no longer waits; null if there is none. */
  synchronized @Nullable Unassigned unparkLate(long deliveryNanosMax, long nowNanos) {
    return unassigned.takeLate(deliveryNanosMax, nowNanos);
  }

  /** When to look for such a message again; {@code Long.MAX_VALUE} if none waits. */
  synchronized long firstDueNanos(long deliveryNanosMax) {
    return unassigned.dueNanos(deliveryNanosMax);
  }

  /** Lets no message wait any more, for this reason; those that wait are still to be taken out. */
  synchronized void refuse(ProducerError why) {
    error = why;
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
      Unassigned one = unassigned.take(callback);
      if (one != null) {
        return alone.batch(this, one);
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
    return unassigned.payloadBytes();
  }
}
