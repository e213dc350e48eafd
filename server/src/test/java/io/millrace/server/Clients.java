package io.millrace.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka clients for tests. */
final class Clients {

  private static final long WAIT_S = 30;

  private Clients() {}

  static KafkaProducer<String, String> producer(String bootstrap, Map<String, Object> settings) {
    Properties all = new Properties();
    all.put("bootstrap.servers", bootstrap);
    all.put("linger.ms", 0);
    all.putAll(settings);
    return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
  }

  static KafkaProducer<String, String> producer(String bootstrap) {
    return producer(bootstrap, Map.of());
  }

  static RecordMetadata send(KafkaProducer<String, String> producer, String topic, String value) {
    return await(producer.send(new ProducerRecord<>(topic, 0, null, value)));
  }

  static RecordMetadata await(Future<RecordMetadata> sent) {
    try {
      return sent.get(WAIT_S, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the record was not acknowledged", e);
    }
  }

  /** All values of partition 0, up to its end now. */
  static List<String> values(String bootstrap, String topic) {
    Properties all = new Properties();
    all.put("bootstrap.servers", bootstrap);
    TopicPartition partition = new TopicPartition(topic, 0);
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }
}
