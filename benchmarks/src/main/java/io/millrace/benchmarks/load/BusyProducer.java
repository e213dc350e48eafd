package io.millrace.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Produces at full speed from a thread of this JVM until it is ended, and knows what was
 * acknowledged.
 */
final class BusyProducer {
  private static final long NOTHING = -1;

  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicLongArray lastOffsets;
  private final Thread thread;
  private volatile boolean ending;
  private volatile @Nullable Acknowledged last;

  /**
   * A record that was acknowledged.
   *
   * @param payload its index among the payloads
   */
  record Acknowledged(int partition, long offset, int payload) {}

  private BusyProducer(String bootstrap, String topic, int partitions, List<String> payloads) {
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.ACKS_CONFIG,
                "all"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    lastOffsets = new AtomicLongArray(partitions);
    for (int i = 0; i < partitions; i++) {
      lastOffsets.set(i, NOTHING);
    }
    List<byte[]> bytes =
        payloads.stream().map(text -> text.getBytes(StandardCharsets.US_ASCII)).toList();
    thread = Thread.ofPlatform().name("busy-producer").unstarted(() -> produce(topic, bytes));
  }

  static BusyProducer start(String bootstrap, String topic, int partitions, List<String> payloads) {
    BusyProducer busy = new BusyProducer(bootstrap, topic, partitions, payloads);
    busy.thread.start();
    return busy;
  }

  /** Ends it at once; what is not acknowledged yet never will be. */
  void end() {
    ending = true;
    producer.close(Duration.ZERO);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The record whose ack came last. */
  Acknowledged last() {
    Acknowledged found = last;
    if (found == null) {
      throw new IllegalStateException("nothing was acknowledged");
    }
    return found;
  }

  /** The highest acknowledged offset of a partition, or -1. */
  long lastOffset(int partition) {
    return lastOffsets.get(partition);
  }

  private void produce(String topic, List<byte[]> payloads) {
    Random random = new Random(1);
    while (!ending) {
      int payload = random.nextInt(payloads.size());
      try {
        Future<RecordMetadata> _ =
            producer.send(
                new ProducerRecord<>(topic, payloads.get(payload)),
                (metadata, error) -> {
                  if (error == null) {
                    lastOffsets.accumulateAndGet(
                        metadata.partition(), metadata.offset(), Math::max);
                    last = new Acknowledged(metadata.partition(), metadata.offset(), payload);
                  }
                });
      } catch (KafkaException | IllegalStateException e) {
        if (!ending) {
          throw e;
        }
      }
    }
  }
}
