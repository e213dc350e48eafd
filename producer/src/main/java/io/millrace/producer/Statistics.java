package io.millrace.producer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the loop has done, counted as it does it, and printed as librdkafka prints its own. Owned by
 * the loop.
 *
 * <p>Counters go on for ever. Windows hold what came since the last document; they are kept only if
 * documents are asked for.
 *
 * @see <a href="../../../../../../../docs/clients/producer-statistics.md">
 *     docs/clients/producer-statistics.md</a>
 */
final class Statistics {

  private static final AtomicInteger PRODUCERS = new AtomicInteger();

  /** Of one broker. */
  static final class OfBroker {
    final LinkCounts link;
    String state = "INIT";
    long stateSinceNanos;
    long retries;
    int messagesInFlight;
    final Window internalLatency = new Window();
    final Window roundTrip = new Window();
    final Window throttle = new Window();
    final Map<String, PartitionQueue> partitions = new HashMap<>();

    OfBroker(Onlookers onlookers, int nodeId, boolean windows) {
      this.link = new LinkCounts(onlookers, nodeId, windows);
    }
  }

  /** Of one topic. */
  static final class OfTopic {
    final Window batchBytes = new Window();
    final Window batchMessages = new Window();
  }

  final String name;
  final String clientId;
  final long beganNanos;
  final Map<Integer, OfBroker> brokers = new HashMap<>();
  private final Map<String, OfTopic> topics = new HashMap<>();
  private final Metrics metrics;
  private final Notices notices;
  private final Onlookers onlookers;
  private final long intervalNanos;
  private long dueNanos;
  long messages;
  long messageBytes;

  /** The state of the producer id that the last document showed, and since when. */
  String identityState = "";

  long identitySinceNanos;

  /**
   * @param intervalNanos {@code statistics.interval.ms}; 0 for never
   */
  Statistics(Onlookers onlookers, long intervalNanos, long nowNanos) {
    this.onlookers = onlookers;
    this.metrics = onlookers.metrics();
    this.notices = onlookers.notices();
    this.clientId = metrics.clientId();
    this.name = clientId + "#producer-" + PRODUCERS.incrementAndGet();
    this.intervalNanos = intervalNanos;
    this.beganNanos = nowNanos;
    this.dueNanos = intervalNanos > 0 ? nowNanos + intervalNanos : Long.MAX_VALUE;
  }

  boolean isOn() {
    return intervalNanos > 0;
  }

  /** When the next document is due, by the monotonic clock. */
  long dueNanos() {
    return dueNanos;
  }

  /** Whether it is due; if so the one after it is due an interval later. */
  boolean isDue(long nowNanos) {
    if (nowNanos - dueNanos < 0) {
      return false;
    }
    dueNanos = Math.max(dueNanos + intervalNanos, nowNanos + intervalNanos / 2);
    return true;
  }

  OfBroker broker(int nodeId) {
    return brokers.computeIfAbsent(nodeId, id -> new OfBroker(onlookers, id, isOn()));
  }

  OfTopic topic(String topic) {
    return topics.computeIfAbsent(topic, t -> new OfTopic());
  }

  /** Only these topics are known any more. */
  void keepTopics(java.util.Set<String> known) {
    topics.keySet().retainAll(known);
  }

  // --- what happens ---

  /** A produce request is on its way. */
  void sent(int nodeId, List<MessageBatch> batches, long bytes, long nowNanos) {
    OfBroker broker = broker(nodeId);
    metrics.sent(batches, nowNanos);
    for (MessageBatch batch : batches) {
      if (notices.sees(Debug.MSG)) {
        tell(nodeId, batch);
      }
      broker.messagesInFlight += batch.count();
      if (batch.attempts > 1) {
        broker.retries++;
      }
      if (isOn()) {
        sent(broker, batch, nowNanos);
      }
    }
  }

  private void tell(int nodeId, MessageBatch batch) {
    notices.debug(
        Debug.MSG,
        "SEND",
        batch.queue
            + ": "
            + batch.count()
            + " messages in "
            + batch.sentBytes()
            + " bytes to broker "
            + nodeId
            + (batch.attempts > 1 ? ", attempt " + batch.attempts : "")
            + (batch.lastError == null ? "" : "; before: " + batch.lastError));
  }

  private void sent(OfBroker broker, MessageBatch batch, long nowNanos) {
    OfTopic topic = topic(batch.queue.topic.name);
    topic.batchBytes.add(batch.sizeInBytes());
    topic.batchMessages.add(batch.count());
    batch.queue.batchesSent++;
    batch.queue.batchBytesSent += batch.sizeInBytes();
    broker.partitions.put(batch.queue.toString(), batch.queue);
    if (batch.attempts == 1) {
      for (int i = 0; i < batch.count(); i++) {
        broker.internalLatency.add((nowNanos - batch.acceptedNanos(i)) / 1000);
      }
    }
  }

  /**
   * A produce request is answered.
   *
   * @param throttleMs below 0 if it gets no answer
   */
  void answered(
      int nodeId, List<MessageBatch> batches, long sentNanos, int throttleMs, long nowNanos) {
    OfBroker broker = broker(nodeId);
    done(broker, batches);
    if (throttleMs >= 0) {
      metrics.answered(nodeId, sentNanos, throttleMs, nowNanos);
    }
    if (isOn()) {
      broker.roundTrip.add((nowNanos - sentNanos) / 1000);
      broker.throttle.add(throttleMs);
    }
  }

  /** A produce request was not answered. */
  void failed(int nodeId, List<MessageBatch> batches, ProducerError why) {
    done(broker(nodeId), batches);
  }

  private static void done(OfBroker broker, List<MessageBatch> batches) {
    for (MessageBatch batch : batches) {
      broker.messagesInFlight -= batch.count();
    }
  }

  /** A batch is stored. */
  void stored(MessageBatch batch) {
    if (notices.sees(Debug.MSG)) {
      notices.debug(Debug.MSG, "STORED", batch.queue + ": " + batch.count() + " messages");
    }
    messages += batch.count();
    messageBytes += batch.payloadBytes();
    batch.queue.storedMessages += batch.count();
    batch.queue.storedBytes += batch.payloadBytes();
  }

  /** Begins the next windows. */
  void clearWindows(Iterable<TopicQueues> known) {
    for (TopicQueues topic : known) {
      for (PartitionQueue queue : topic.partitions) {
        queue.batchesSent = 0;
        queue.batchBytesSent = 0;
      }
    }
    for (OfBroker broker : brokers.values()) {
      broker.internalLatency.clear();
      broker.roundTrip.clear();
      broker.throttle.clear();
      broker.link.untilWritten.clear();
      broker.partitions.clear();
    }
    for (OfTopic topic : topics.values()) {
      topic.batchBytes.clear();
      topic.batchMessages.clear();
    }
  }
}
