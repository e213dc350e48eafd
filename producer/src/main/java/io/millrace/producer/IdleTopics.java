package io.millrace.producer;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Forgets topics that nothing is sent to. Owned by the loop.
 *
 * <p>A message that comes meanwhile is not lost: the queues of a forgotten topic take none, and
 * whoever holds them looks the topic up again.
 *
 * <p><b>Numbers.</b> Within a producer epoch a partition's sequences go on where they were, even
 * when its topic was forgotten in between. So those of forgotten topics are kept, for at most
 * {@value #KEPT_MAX} partitions; beyond that all are dropped and the producer takes a new epoch, in
 * which every partition begins at 0.
 */
final class IdleTopics {

  static final int KEPT_MAX = 100_000;

  private static final long CHECK_NANOS_MAX = 10_000_000_000L;

  private record Numbers(long producerId, short epoch, int next, boolean needsNewEpoch) {}

  private final ConcurrentHashMap<String, TopicQueues> topics;
  private final Identity identity;
  private final long idleNanosMax;
  private final Map<String, Numbers[]> kept = new HashMap<>();
  private int keptPartitions;
  private long dueNanos;

  /**
   * @param idleNanosMax {@code metadata.max.idle.ms}
   */
  IdleTopics(
      ConcurrentHashMap<String, TopicQueues> topics,
      Identity identity,
      long idleNanosMax,
      long nowNanos) {
    this.topics = topics;
    this.identity = identity;
    this.idleNanosMax = idleNanosMax;
    this.dueNanos = nowNanos;
  }

  /** Forgets what is idle; returns when to look again, by the monotonic clock. */
  long work(long nowNanos) {
    if (topics.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (nowNanos - dueNanos < 0) {
      return dueNanos;
    }
    dueNanos = nowNanos + Math.min(CHECK_NANOS_MAX, idleNanosMax / 2 + 1);
    for (TopicQueues topic : topics.values()) {
      long appended = topic.appended();
      if (appended != topic.appendedThen) {
        topic.appendedThen = appended;
        topic.usedNanos = nowNanos;
      } else if (nowNanos - topic.usedNanos >= idleNanosMax && hasRoom() && topic.retire()) {
        if (identity.isIdempotent()) {
          keep(topic);
        }
        topics.remove(topic.name, topic);
      }
    }
    return dueNanos;
  }

  /** A transactional producer cannot take a new epoch at any time: it forgets no more topics. */
  private boolean hasRoom() {
    return !identity.isTransactional() || keptPartitions < KEPT_MAX;
  }

  private void keep(TopicQueues topic) {
    PartitionQueue[] queues = topic.partitions;
    Numbers[] numbers = new Numbers[queues.length];
    for (int i = 0; i < queues.length; i++) {
      PartitionQueue of = queues[i];
      numbers[i] = new Numbers(of.producerId, of.epoch, of.nextSequence, of.needsNewEpoch);
    }
    keptPartitions += numbers.length;
    if (numbers.length > 0) {
      kept.put(topic.name, numbers);
    }
    if (keptPartitions > KEPT_MAX && !identity.isTransactional()) {
      kept.clear();
      keptPartitions = 0;
      identity.bump();
    }
  }

  /** The queues of a topic are new: if it was known before, its numbers go on. */
  void remember(TopicQueues topic, PartitionQueue[] queues) {
    Numbers[] numbers = kept.remove(topic.name);
    if (numbers == null) {
      return;
    }
    keptPartitions -= numbers.length;
    for (int i = 0; i < Math.min(numbers.length, queues.length); i++) {
      queues[i].producerId = numbers[i].producerId;
      queues[i].epoch = numbers[i].epoch;
      queues[i].nextSequence = numbers[i].next;
      queues[i].needsNewEpoch = numbers[i].needsNewEpoch;
    }
  }

  /** Partitions of forgotten topics whose numbers are kept. */
  int keptPartitions() {
    return keptPartitions;
  }
}
