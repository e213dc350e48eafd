package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A client beside the bad ones that minds its own business: it writes a record and reads it back,
 * again and again, and should notice nothing.
 */
final class HealthyClient implements AutoCloseable {

  private static final String TOPIC = "healthy";
  private static final long PAUSE_NANOS = 5_000_000;
  private static final Duration POLL = Duration.ofMillis(50);

  private final String bootstrap;
  private final Thread thread = new Thread(this::run, "healthy client");
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicLong slowestNanos = new AtomicLong();
  private volatile long rounds;
  private volatile boolean stopped;

  HealthyClient(String bootstrap) {
    this.bootstrap = bootstrap;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Records written and read back. */
  long rounds() {
    return rounds;
  }

  /** The longest it took to write a record and read it back since the last call, ms. */
  long slowestMs() {
    return slowestNanos.getAndSet(0) / 1_000_000;
  }

  private void run() {
    // One attempt only: an error that a retry would hide is noticed.
    Map<String, Object> producing =
        Map.of(
            "bootstrap.servers", bootstrap,
            "enable.idempotence", "false",
            "retries", "0",
            "linger.ms", "0");
    Map<String, Object> reading =
        Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "none");
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(TOPIC, 0);
      producer.partitionsFor(TOPIC);
      consumer.assign(List.of(partition));
      consumer.seek(partition, 0);
      while (!stopped) {
        long began = System.nanoTime();
        byte[] value = ByteBuffer.allocate(200).putLong(rounds).array();
        long offset = producer.send(new ProducerRecord<>(TOPIC, value)).get().offset();
        readBack(consumer, offset, value);
        if (rounds > 0) {
          long took = System.nanoTime() - began;
          slowestNanos.accumulateAndGet(took, Math::max);
        }
        rounds++;
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (Throwable e) {
      failure.set(e);
    }
  }

  private static void readBack(KafkaConsumer<byte[], byte[]> consumer, long offset, byte[] value) {
    while (true) {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
        if (one.offset() == offset) {
          assertThat(one.value()).isEqualTo(value);
          return;
        }
      }
    }
  }

  void requireNoFailure() {
    if (failure.get() != null) {
      throw new AssertionError("the healthy client noticed something", failure.get());
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.join();
  }
}
