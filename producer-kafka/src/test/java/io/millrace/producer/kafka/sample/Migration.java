package io.millrace.producer.kafka.sample;

import io.millrace.producer.Delivery;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerListeners;
import io.millrace.producer.ProducerMessage;
import io.millrace.producer.QueueFullException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What programs for other clients look like with our producer itself. */
final class Migration {

  private Migration() {}

  static long fromKafkaClients(
      String address, byte[] key, byte[] value, byte[] trace, List<String> failures)
      throws Exception {
    // sample: from-kafka-clients
    Producer producer =
        Producer.open(Map.of("bootstrap.servers", address, "profile", "kafka_clients"));
    producer.produce(
        ProducerMessage.to("visits")
            .key(key)
            .value(value)
            .header("trace", trace)
            .onDelivery(report -> {
              if (!report.isDelivered()) {
                failures.add(report.error().toString());
              }
            }));
    Delivery sent = producer.send(ProducerMessage.to("visits").key(key).value(value));
    long offset = sent.get().offset();
    producer.flush(Duration.ofSeconds(10));
    producer.close();
    // end
    return offset;
  }

  static long fromLibrdkafka(String address, byte[] key, byte[] value, List<Object> delivered)
      throws Exception {
    // sample: from-librdkafka
    Producer producer =
        Producer.open(
            Map.of(
                "bootstrap.servers",
                address,
                "queue.buffering.max.ms",
                5,
                "partitioner",
                "consistent_random"),
            new ProducerListeners().everyReport(report -> delivered.add(report.opaque())));
    try {
      producer.produce(ProducerMessage.to("visits").key(key).value(value).opaque("first"));
    } catch (QueueFullException e) {
      producer.flush(Duration.ofMillis(100));
    }
    long left = producer.flush(Duration.ofSeconds(10));
    producer.close();
    // end
    return left;
  }
}
