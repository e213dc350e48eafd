package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Idempotent producers that write into the partitions of one topic for as long as they may, over
 * crashes of the broker, and what the topic must then hold: of each producer and partition the
 * numbers 0, 1, 2, ... in order, each once, and each acknowledged one at the offset that was told.
 */
final class RecordLoad implements AutoCloseable {

  private static final int UNANSWERED_MAX = 100;
  private static final int VALUE_HEAD_BYTES = 12;
  private static final Duration POLL = Duration.ofMillis(100);

  private final String bootstrap;
  private final String topic;
  private final int partitions;
  private final Writer[] writers;
  private final long[] checkedEnd;
  private final Map<List<Integer>, Long> nextNumber = new HashMap<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean stopped;

  RecordLoad(String bootstrap, String topic, int partitions, int producers, Random random) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.partitions = partitions;
    this.checkedEnd = new long[partitions];
    this.writers = new Writer[producers];
    for (int i = 0; i < producers; i++) {
      writers[i] = new Writer(i, new Random(random.nextLong()));
    }
  }

  void start() {
    for (Writer writer : writers) {
      writer.thread.start();
    }
  }

  long acknowledged() {
    return Arrays.stream(writers)
        .flatMap(w -> Arrays.stream(w.acknowledged))
        .mapToLong(AtomicLong::get)
        .sum();
  }

  /** What one producer knows. Each partition's records are acknowledged in order. */
  private final class Writer {
    private final int id;
    private final Random choices;
    private final Thread thread;
    private final Semaphore room = new Semaphore(UNANSWERED_MAX);
    private final long[] sent = new long[partitions];
    private final AtomicLong[] acknowledged =
        IntStream.range(0, partitions).mapToObj(p -> new AtomicLong()).toArray(AtomicLong[]::new);
    private final Map<List<Long>, Long> offsets = new ConcurrentHashMap<>();

    Writer(int id, Random choices) {
      this.id = id;
      this.choices = choices;
      this.thread = new Thread(this::run, "producer " + id + " of " + topic);
      thread.setDaemon(true);
    }

    private void run() {
      Map<String, Object> settings =
          Map.of(
              "bootstrap.servers", bootstrap,
              "acks", "all",
              "enable.idempotence", "true",
              "linger.ms", "1",
              "batch.size", "32768",
              "reconnect.backoff.max.ms", "100",
              "retry.backoff.max.ms", "200",
              "delivery.timeout.ms", "600000",
              "request.timeout.ms", "5000",
              "max.block.ms", "120000");
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
        while (!stopped) {
          room.acquire();
          int partition = choices.nextInt(partitions);
          long number = sent[partition]++;
          producer.send(
              new ProducerRecord<>(topic, partition, null, value(id, number)),
              (metadata, refusal) -> {
                if (refusal != null) {
                  failure.compareAndSet(null, refusal);
                } else {
                  offsets.put(List.of((long) partition, number), metadata.offset());
                  if (!acknowledged[partition].compareAndSet(number, number + 1)) {
                    failure.compareAndSet(
                        null,
                        new IllegalStateException(
                            "record " + number + " acknowledged out of order"));
                  }
                }
                room.release();
              });
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
    }
  }

  /** Mostly small, sometimes large; the same bytes for the same number. */
  private static byte[] value(int producer, long number) {
    Random bytes = new Random(31 * number + producer);
    int size = bytes.nextInt(20) == 0 ? bytes.nextInt(60_000) : bytes.nextInt(2_000);
    byte[] value = new byte[VALUE_HEAD_BYTES + size];
    bytes.nextBytes(value);
    ByteBuffer.wrap(value).putInt(producer).putLong(number);
    return value;
  }

  /**
   * Reads what was added since the last time, and compares. What was acknowledged before this began
   * must be there.
   */
  void check() {
    requireNoFailure();
    Map<List<Integer>, Long> acknowledgedBefore = new HashMap<>();
    for (Writer writer : writers) {
      for (int p = 0; p < partitions; p++) {
        acknowledgedBefore.put(List.of(writer.id, p), writer.acknowledged[p].get());
      }
    }
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> all = partitions();
      consumer.assign(all);
      all.forEach(partition -> consumer.seek(partition, checkedEnd[partition.partition()]));
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(p -> checkedEnd[p.partition()] < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
          check(one);
        }
      }
    }
    acknowledgedBefore.forEach((key, count) ->
        assertThat(nextNumber.getOrDefault(key, 0L))
            .as("records of producer and partition %s that are there", key)
            .isGreaterThanOrEqualTo(count));
  }

  private void check(ConsumerRecord<byte[], byte[]> one) {
    int partition = one.partition();
    assertThat(one.offset())
        .as("next offset of partition %s", partition)
        .isEqualTo(checkedEnd[partition]);
    checkedEnd[partition]++;
    ByteBuffer head = ByteBuffer.wrap(one.value());
    int producer = head.getInt();
    long number = head.getLong();
    List<Integer> key = List.of(producer, partition);
    assertThat(number)
        .as("number at offset %s of partition %s, producer %s", one.offset(), partition, producer)
        .isEqualTo(nextNumber.getOrDefault(key, 0L));
    nextNumber.put(key, number + 1);
    assertThat(one.value()).isEqualTo(value(producer, number));
    Long told = writers[producer].offsets.get(List.of((long) partition, number));
    if (told != null) {
      assertThat(one.offset())
          .as("offset of record %s of producer %s", number, producer)
          .isEqualTo(told);
    }
  }

  /** Ends the producers, with everything acknowledged, and reads everything once more. */
  void finish() throws InterruptedException {
    stopped = true;
    for (Writer writer : writers) {
      writer.thread.join();
    }
    checkFromTheBeginning();
    for (Writer writer : writers) {
      for (int p = 0; p < partitions; p++) {
        assertThat(nextNumber.getOrDefault(List.of(writer.id, p), 0L)).isEqualTo(writer.sent[p]);
      }
    }
  }

  void checkFromTheBeginning() {
    Arrays.fill(checkedEnd, 0);
    nextNumber.clear();
    check();
  }

  void requireNoFailure() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw new AssertionError("a producer failed", cause);
    }
  }

  private List<TopicPartition> partitions() {
    return IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "none"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  @Override
  public void close() {
    stopped = true;
    for (Writer writer : writers) {
      writer.thread.interrupt();
    }
  }
}
