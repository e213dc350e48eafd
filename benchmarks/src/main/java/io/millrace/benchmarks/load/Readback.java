package io.millrace.benchmarks.load;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Checks after a run that what was acknowledged is there: the count of records by the end offsets
 * of all partitions, and the bytes by a sample from the beginning, the middle and the end of some
 * of them.
 */
final class Readback {
  private static final int SAMPLED_PARTITIONS_MAX = 8;
  private static final Duration FETCH_MAX = Duration.ofSeconds(20);

  private Readback() {}

  /**
   * Checks a topic that only this run wrote to.
   *
   * @param markersMax how many offsets besides may be taken by the ends of transactions
   * @param known the payloads that may be in it
   * @throws IllegalStateException if records are missing, too many, or have other bytes
   */
  static void verify(
      String bootstrap,
      String topic,
      int partitions,
      long records,
      long markersMax,
      Set<ByteBuffer> known) {
    Map<TopicPartition, Long> ends;
    try (Topics topics = new Topics(bootstrap)) {
      ends = topics.endOffsets(topic, partitions);
    }
    long readable = ends.values().stream().mapToLong(Long::longValue).sum();
    if (readable < records || readable > records + markersMax) {
      throw new IllegalStateException(
          "%s: %d records were acknowledged, %d are in the log"
              .formatted(topic, records, readable));
    }
    List<Map.Entry<TopicPartition, Long>> sampled =
        ends.entrySet().stream()
            .filter(end -> end.getValue() > 0)
            .limit(SAMPLED_PARTITIONS_MAX)
            .toList();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
      for (Map.Entry<TopicPartition, Long> one : sampled) {
        long end = one.getValue();
        // Where there are markers the last offset is one.
        for (long offset : new long[] {0, end / 2, end - (markersMax > 0 ? 2 : 1)}) {
          ConsumerRecord<byte[], byte[]> record =
              fetch(consumer, one.getKey(), offset, markersMax > 0 ? offset + 1 : offset);
          if (!known.contains(ByteBuffer.wrap(record.value()))) {
            throw new IllegalStateException(
                "%s: other bytes at offset %d than were sent".formatted(one.getKey(), offset));
          }
        }
      }
    }
  }

  /** A consumer of this JVM that reads by assignment. */
  static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 1 << 20,
            ConsumerConfig.RETRY_BACKOFF_MS_CONFIG, 20,
            ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 20,
            ConsumerConfig.RECONNECT_BACKOFF_MS_CONFIG, 20,
            ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 20),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /** The record at an offset. */
  static ConsumerRecord<byte[], byte[]> fetch(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
    return fetch(consumer, partition, offset, offset);
  }

  /** The first record from an offset on, which is at the last one at the latest. */
  private static ConsumerRecord<byte[], byte[]> fetch(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long offset, long last) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, offset);
    long deadline = System.nanoTime() + FETCH_MAX.toNanos();
    while (System.nanoTime() < deadline) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        if (record.offset() < offset || record.offset() > last) {
          throw new IllegalStateException(
              "%s: asked for offset %d, got %d".formatted(partition, offset, record.offset()));
        }
        return record;
      }
    }
    throw new IllegalStateException("%s: no record at offset %d".formatted(partition, offset));
  }
}
