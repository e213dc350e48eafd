package io.millrace.producer;

import io.millrace.record.Header;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one partition on their way out: the open batch, batches that are full, and those
 * the loop has taken.
 *
 * <p>Threads of the application append under the queue's lock. Everything below the line belongs to
 * the loop, which keeps what it has sent in the order of sending, and puts what must be sent again
 * back to its place.
 */
final class PartitionQueue {

  final TopicQueues topic;
  final int partition;

  private final BatchLimits limits;
  private final BufferPool pool;

  // Under the lock.
  private @Nullable MessageBatch open;
  private final ArrayDeque<MessageBatch> full = new ArrayDeque<>();
  private int sizeHint = BufferPool.SIZE_MIN;

  /** Whether the loop was told of something that it has not yet looked at. */
  private boolean announced;

  /** Messages that wait here, sealed or not; those the loop has taken are not counted. */
  private int messages;

  private long bytes;

  /** Messages that were ever appended. */
  private long appended;

  /** Batches that were ever begun. */
  private long begun;

  /** Whether its topic is forgotten: whoever still knows the queue looks for the new one. */
  private boolean retired;

  // --- the loop's ---

  /** Batches that were sent and are not answered, in the order of their sequences. */
  final ArrayDeque<MessageBatch> inFlight = new ArrayDeque<>();

  /** Batches to be sent again, or for the first time before all others, in their order. */
  final ArrayList<MessageBatch> again = new ArrayList<>();

  /** The broker that leads it, -1 for none. The loop's to change; partitioners look at it. */
  volatile int leader = -1;

  int leaderEpoch = -1;

  /** Sequence of the next batch that is numbered. */
  int nextSequence;

  long producerId = -1;
  short epoch = -1;

  /** What was stored, for the statistics. */
  long storedMessages;

  long storedBytes;

  /** Batches sent since the last statistics, and their bytes before compression. */
  int batchesSent;

  long batchBytesSent;

  /** Whether its numbers no longer fit what the broker has. */
  boolean needsNewEpoch;

  /** Whether it stands among the loop's active queues. */
  boolean active;

  /** No request may go to the new leader before everything sent to the old one is answered. */
  boolean leaderChanged;

  PartitionQueue(TopicQueues topic, int partition, BatchLimits limits, BufferPool pool) {
    this.topic = topic;
    this.partition = partition;
    this.limits = limits;
    this.pool = pool;
  }

  long deliveryNanosMax() {
    return limits.deliveryNanosMax();
  }

  @Override
  public String toString() {
    return topic.name + "-" + partition;
  }

  /**
   * Appends a message.
   *
   * @param recordBytesMax what {@link MessageBatch#recordBytesMax} says of it
   * @return what the loop must hear of
   */
  Appended append(
      long timestamp,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      int recordBytesMax,
      long payload,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos,
      long nowNanos) {
    synchronized (this) {
      if (retired) {
        return Appended.RETIRED;
      }
      MessageBatch batch = open;
      boolean sealed = false;
      if (batch != null && !limits.fits(batch, recordBytesMax)) {
        full.add(batch);
        batch = null;
        sealed = true;
      }
      boolean first = batch == null;
      if (batch == null) {
        batch = new MessageBatch(this, pool, sizeHint, begun++, nowNanos);
        open = batch;
      }
      batch.append(
          timestamp,
          key,
          value,
          headers,
          recordBytesMax,
          payload,
          callback,
          opaque,
          deadlineNanos,
          nowNanos);
      messages++;
      appended++;
      bytes += payload;
      if (limits.isFull(batch)) {
        full.add(batch);
        open = null;
        sealed = true;
      }
      if (!sealed && !first || announced && !sealed) {
        return Appended.NOTHING_NEW;
      }
      boolean known = announced;
      announced = true;
      if (known) {
        return Appended.DUE;
      }
      return sealed ? Appended.NEW_AND_DUE : Appended.NEW;
    }
  }

  /** Appends a message that waited for its topic. */
  Appended append(TopicQueues.Unassigned message) {
    return append(
        message.timestamp(),
        message.key(),
        message.value(),
        message.headers(),
        message.recordBytesMax(),
        message.payload(),
        message.callback(),
        message.opaque(),
        message.deadlineNanos(),
        message.acceptedNanos());
  }

  /** What the loop must hear of after an append. */
  enum Appended {
    NOTHING_NEW,
    /** The queue has its first message: it is due after the linger. */
    NEW,
    /** A batch is full in a queue that the loop knows of. */
    DUE,
    /** A batch is full in a queue that the loop does not know of. */
    NEW_AND_DUE,
    /** Nothing was appended: the topic is forgotten, and must be looked up again. */
    RETIRED
  }

  /** Takes a message out that was never sent; null if none with this callback waits. */
  synchronized @Nullable MessageBatch cancel(DeliveryCallback callback) {
    List<MessageBatch> waiting = new ArrayList<>(full);
    if (open != null) {
      waiting.add(open);
    }
    for (MessageBatch batch : waiting) {
      int index = batch.indexOf(callback);
      if (index < 0) {
        continue;
      }
      @Nullable MessageBatch[] parts = batch.divide(i -> i == index);
      MessageBatch rest = parts[1];
      if (batch == open) {
        open = rest;
      } else {
        List<MessageBatch> others = new ArrayList<>(full);
        full.clear();
        for (MessageBatch other : others) {
          if (other != batch) {
            full.add(other);
          } else if (rest != null) {
            full.add(rest);
          }
        }
      }
      messages--;
      MessageBatch taken = parts[0];
      if (taken != null) {
        bytes -= taken.payloadBytes();
      }
      return taken;
    }
    return null;
  }

  // --- the loop's ---

  /** From now on the next append is told of again. */
  synchronized void heard() {
    announced = false;
  }

  /**
   * When the next batch is due, by the monotonic clock: at once if one is full or must be sent
   * again, after the linger if one is open, never if there is none.
   */
  long dueNanos(long lingerNanos) {
    if (!again.isEmpty()) {
      return again.get(0).nextAttemptNanos;
    }
    synchronized (this) {
      if (!full.isEmpty()) {
        return Long.MIN_VALUE;
      }
      MessageBatch batch = open;
      return batch == null ? Long.MAX_VALUE : batch.createdNanos + lingerNanos;
    }
  }

  /** Takes the next batch out, due or not; null if there is none. */
  @Nullable MessageBatch take() {
    if (!again.isEmpty()) {
      return again.remove(0);
    }
    synchronized (this) {
      MessageBatch batch = full.poll();
      if (batch == null) {
        batch = open;
        open = null;
      }
      if (batch != null) {
        messages -= batch.count();
        bytes -= batch.payloadBytes();
        sizeHint = Math.min(batch.sizeInBytes() + (batch.sizeInBytes() >> 3), limits.bytesMax());
      }
      return batch;
    }
  }

  /** Bytes of the batch that {@link #take} would take, 0 if there is none. */
  int nextBytes() {
    if (!again.isEmpty()) {
      return again.get(0).sizeInBytes();
    }
    synchronized (this) {
      MessageBatch batch = full.isEmpty() ? open : full.peek();
      return batch == null ? 0 : batch.sizeInBytes();
    }
  }

  boolean hasNumberedAgain() {
    for (MessageBatch batch : again) {
      if (batch.hasSequence()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Takes out what waits here and is too late: of batches without a number those messages, of
   * others all, from the deadline of the first on: for what a broker may have of them stands and
   * falls together.
   */
  List<MessageBatch> takeExpired(long nowNanos) {
    if (nowNanos - firstDeadlineNanos() < 0) {
      return List.of();
    }
    List<MessageBatch> expired = new ArrayList<>();
    List<MessageBatch> late = new ArrayList<>();
    again.removeIf(batch -> nowNanos - batch.firstDeadlineNanos() >= 0 && late.add(batch));
    synchronized (this) {
      List<MessageBatch> waiting = new ArrayList<>(full);
      if (open != null) {
        waiting.add(open);
        open = null;
      }
      full.clear();
      for (MessageBatch batch : waiting) {
        if (nowNanos - batch.firstDeadlineNanos() < 0) {
          full.add(batch);
          continue;
        }
        MessageBatch rest = expire(batch, nowNanos, expired);
        messages -= batch.count();
        bytes -= batch.payloadBytes();
        if (rest != null) {
          full.add(rest);
          messages += rest.count();
          bytes += rest.payloadBytes();
        }
      }
    }
    for (MessageBatch batch : late) {
      MessageBatch rest = expire(batch, nowNanos, expired);
      if (rest != null) {
        rest.nextAttemptNanos = batch.nextAttemptNanos;
        putBack(rest);
      }
    }
    return expired;
  }

  private static @Nullable MessageBatch expire(
      MessageBatch batch, long nowNanos, List<MessageBatch> expired) {
    if (batch.hasSequence() || batch.maybeStored) {
      expired.add(batch);
      return null;
    }
    @Nullable MessageBatch[] parts = batch.divide(i -> nowNanos - batch.deadlineNanos(i) >= 0);
    if (parts[0] != null) {
      expired.add(parts[0]);
    }
    return parts[1];
  }

  /**
   * Puts a batch back that must be sent again, to its place in the order of sequences. Those that
   * have lost their numbers stand behind all that have one: these are settled under the old epoch,
   * before the others can be numbered in a new one.
   */
  void putBack(MessageBatch batch) {
    int at = 0;
    while (at < again.size() && isBefore(again.get(at), batch)) {
      at++;
    }
    again.add(at, batch);
  }

  private static boolean isBefore(MessageBatch one, MessageBatch other) {
    if (one.hasSequence() != other.hasSequence()) {
      return one.hasSequence();
    }
    return one.hasSequence() ? one.isNumberedBefore(other) : one.place <= other.place;
  }

  /** The earliest deadline among the messages that wait here; {@code Long.MAX_VALUE} if none. */
  synchronized long firstDeadlineNanos() {
    long first = Long.MAX_VALUE;
    for (MessageBatch batch : full) {
      first = Math.min(first, batch.firstDeadlineNanos());
    }
    for (MessageBatch batch : again) {
      first = Math.min(first, batch.firstDeadlineNanos());
    }
    return open == null ? first : Math.min(first, open.firstDeadlineNanos());
  }

  /** Whether nothing waits here and nothing is under way. */
  boolean isEmpty() {
    synchronized (this) {
      if (open != null || !full.isEmpty()) {
        return false;
      }
    }
    return again.isEmpty() && inFlight.isEmpty();
  }

  /**
   * Lets nothing more in, if nothing is in it or under way.
   *
   * @return whether it is retired now
   */
  boolean retire() {
    synchronized (this) {
      retired = open == null && full.isEmpty() && again.isEmpty() && inFlight.isEmpty();
      return retired;
    }
  }

  /** Its topic is not forgotten after all. */
  synchronized void unretire() {
    retired = false;
  }

  synchronized long appended() {
    return appended;
  }

  synchronized int messages() {
    return messages;
  }

  synchronized long bytes() {
    return bytes;
  }
}
