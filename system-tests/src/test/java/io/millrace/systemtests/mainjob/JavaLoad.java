package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.mainjob.AccessLog.Line;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The official Java producer, idempotent. It knows where each line went. */
final class JavaLoad implements Load {

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final Map<Integer, Place> places = new ConcurrentHashMap<>();
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** Where a line went. */
  record Place(TopicPartition partition, long offset) {}

  JavaLoad(String bootstrap, String topic) {
    this.topic = topic;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                "true",
                ProducerConfig.LINGER_MS_CONFIG,
                "5",
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                "200"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @Override
  public void send(Line line) {
    producer.send(
        new ProducerRecord<>(
            topic,
            line.address().getBytes(AccessLog.BYTES),
            line.value().getBytes(AccessLog.BYTES)),
        (metadata, refusal) -> {
          if (refusal != null) {
            failure.compareAndSet(null, refusal);
          } else {
            places.put(
                line.number(),
                new Place(new TopicPartition(topic, metadata.partition()), metadata.offset()));
            arrived.incrementAndGet();
          }
        });
  }

  @Override
  public void finish() {
    producer.flush();
    Exception refusal = failure.get();
    if (refusal != null) {
      throw new IllegalStateException("a line was not acknowledged", refusal);
    }
  }

  @Override
  public int arrived() {
    return arrived.get();
  }

  /** Where each line went, by its number. */
  Map<Integer, Place> places() {
    return places;
  }

  @Override
  public void close() {
    producer.close();
  }
}
