package io.millrace.producer.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Whose producer a scenario runs over: Kafka's own, or ours behind Kafka's interface. */
enum Side {
  KAFKA,
  MILLRACE;

  /** A scenario; returns what came out of it, for comparison. */
  interface Scenario<T> {
    T run(Side side) throws Exception;
  }

  /** Runs a scenario over both, demands that the same comes out of it, and returns that. */
  static <T> T same(Scenario<T> scenario) throws Exception {
    T expected = scenario.run(KAFKA);
    assertThat(scenario.run(MILLRACE)).as("ours, after Kafka's").isEqualTo(expected);
    return expected;
  }

  <K, V> Producer<K, V> open(Map<String, Object> configs) {
    return open(configs, null, null);
  }

  <K, V> Producer<K, V> open(
      Map<String, Object> configs, Serializer<K> keys, Serializer<V> values) {
    return switch (this) {
      case KAFKA -> new KafkaProducer<>(configs, keys, values);
      case MILLRACE -> new MillraceProducer<>(configs, keys, values);
    };
  }

  /** One of texts, at an address, with further settings in pairs. */
  Producer<String, String> texts(String address, Object... pairs) {
    return open(configs(address, pairs), new StringSerializer(), new StringSerializer());
  }

  static Map<String, Object> configs(String address, Object... pairs) {
    Map<String, Object> configs = new HashMap<>(Map.of("bootstrap.servers", address));
    for (int i = 0; i < pairs.length; i += 2) {
      configs.put((String) pairs[i], pairs[i + 1]);
    }
    return configs;
  }

  /** A name that the other side does not use. */
  String topic(String name) {
    return name + "-" + name().toLowerCase(java.util.Locale.ROOT);
  }

  // --- what came out ---

  /** The partition, offset, timestamp and sizes of a record that was stored. */
  static String said(RecordMetadata metadata) {
    return metadata.partition()
        + "@"
        + (metadata.hasOffset() ? metadata.offset() : "none")
        + " at "
        + (metadata.hasTimestamp() ? metadata.timestamp() : "none")
        + " key "
        + metadata.serializedKeySize()
        + " value "
        + metadata.serializedValueSize();
  }

  /** How a call ends: with a value, or with an exception's class. */
  static String end(Callable<?> call) {
    try {
      return String.valueOf(call.call());
    } catch (Exception e) {
      return "thrown " + e.getClass().getSimpleName();
    }
  }

  /** How a record ends: sent, thrown at once, or failed by the future. */
  static String outcome(Producer<String, String> producer, ProducerRecord<String, String> record) {
    List<String> heard = new ArrayList<>();
    Future<RecordMetadata> future;
    try {
      future =
          producer.send(
              record,
              (metadata, e) -> heard.add(e == null ? "stored" : name(e) + " " + said(metadata)));
    } catch (Exception e) {
      return "thrown " + name(e) + ", heard " + heard;
    }
    try {
      future.get(20, TimeUnit.SECONDS);
      return "stored, heard " + heard;
    } catch (ExecutionException e) {
      return "failed " + name(e.getCause()) + ", heard " + heard;
    } catch (Exception e) {
      return "never done: " + e;
    }
  }

  static String name(Throwable thrown) {
    return thrown.getClass().getSimpleName();
  }

  /** Everything in a partition, once there is as much as that. */
  static List<ConsumerRecord<byte[], byte[]>> read(
      String address, String topic, int partition, int count) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", address),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition from = new TopicPartition(topic, partition);
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
      for (long end = System.nanoTime() + 20_000_000_000L;
          all.size() < count && System.nanoTime() < end; ) {
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
      assertThat(all).hasSize(count);
      return all;
    }
  }
}
