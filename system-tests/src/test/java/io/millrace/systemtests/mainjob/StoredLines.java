package io.millrace.systemtests.mainjob;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is stored in the topic, with a group or without, up to its end. */
final class StoredLines {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private StoredLines() {}

  /** A record of the topic. */
  record Stored(int partition, long offset, long timestamp, String key, String value) {
    int number() {
      return AccessLog.Line.number(value);
    }
  }

  /** All that is there, read without a group. */
  static List<Stored> all(String bootstrap, String topic, int partitions) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, Map.of())) {
      List<TopicPartition> every =
          IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
      consumer.assign(every);
      consumer.seekToBeginning(every);
      return toEnd(consumer, consumer.endOffsets(every));
    }
  }

  /** What a group reads from where it stands, or from the beginning; it then stands at the end. */
  static List<Stored> byGroup(String bootstrap, String topic, int partitions, String group) {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.GROUP_ID_CONFIG,
            group,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            "false");
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, settings)) {
      List<TopicPartition> every =
          IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(every);
      consumer.subscribe(List.of(topic));
      List<Stored> read = toEnd(consumer, ends);
      consumer.commitSync();
      return read;
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(
      String bootstrap, Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<Stored> toEnd(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    List<Stored> read = new ArrayList<>();
    long giveUp = System.nanoTime() + PATIENCE_NANOS;
    while (!isAtEnd(consumer, ends)) {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
        read.add(
            new Stored(
                one.partition(),
                one.offset(),
                one.timestamp(),
                new String(one.key(), AccessLog.BYTES),
                new String(one.value(), AccessLog.BYTES)));
      }
      if (System.nanoTime() > giveUp) {
        throw new IllegalStateException(
            "the end of the topic was not reached; read " + read.size() + " records");
      }
    }
    return read;
  }

  private static boolean isAtEnd(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    if (!consumer.assignment().equals(ends.keySet())) {
      return false;
    }
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }
}
