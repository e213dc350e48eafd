package io.millrace.systemtests.badinput;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes records that say their number, each in a batch of its own, and reads them back. */
final class NumberedRecords {

  static final String TOPIC = "numbered";
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final String bootstrap;

  NumberedRecords(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  /** The value of one: findable in a file, and nothing else is like it. */
  static String value(int number) {
    return "<record number " + number + ">" + ".".repeat(100);
  }

  /** Writes some, each acknowledged before the next. */
  void write(int first, int count) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = first; i < first + count; i++) {
        producer.send(new ProducerRecord<>(TOPIC, 0, "key-" + i, value(i))).get();
      }
    }
  }

  /**
   * What is read from an offset on.
   *
   * @param failure why it went no further; null if it reached the end
   */
  record Reading(List<String> values, long endOffset, @Nullable KafkaException failure) {}

  Reading read(long from) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "none"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(PARTITION));
      consumer.seek(PARTITION, from);
      long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
      long giveUp = System.nanoTime() + PATIENCE_NANOS;
      try {
        while (consumer.position(PARTITION) < end) {
          for (ConsumerRecord<String, String> one : consumer.poll(POLL)) {
            values.add(one.value());
          }
          if (System.nanoTime() > giveUp) {
            throw new AssertionError("neither the end nor an error; read " + values.size());
          }
        }
        return new Reading(values, end, null);
      } catch (KafkaException e) {
        return new Reading(values, end, e);
      }
    }
  }
}
