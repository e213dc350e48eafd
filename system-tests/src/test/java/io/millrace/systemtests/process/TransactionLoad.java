package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Producers that write transactions over all partitions of a topic, each with an offset of its own
 * group, while the broker dies under them. A producer whose call fails is given up; the next of the
 * same id takes over, and whether the last transaction counts is not known.
 */
final class TransactionLoad implements AutoCloseable {

  private enum Told {
    COMMITTED,
    ABORTED,
    NOTHING
  }

  private final String bootstrap;
  private final String topic;
  private final int partitions;
  private final Map<String, Told> told = new ConcurrentHashMap<>();
  private final AtomicLong ending = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  TransactionLoad(String bootstrap, String topic, int partitions, int producers, Random random) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.partitions = partitions;
    for (int i = 0; i < producers; i++) {
      String id = "transactions-" + i;
      Random own = new Random(random.nextLong());
      threads.add(new Thread(() -> run(id, own), id));
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** Transactions whose end was asked for. */
  long ending() {
    return ending.get();
  }

  /** Transactions whose end was answered. */
  long ended() {
    return ended.get();
  }

  private void run(String id, Random random) {
    int n = 0;
    while (!stopped) {
      try (KafkaProducer<String, String> producer = producer(id)) {
        producer.initTransactions();
        while (!stopped) {
          transaction(producer, id, ++n, random);
        }
      } catch (KafkaException e) {
        // The broker was killed, or a late answer fenced this one: the next takes over.
      }
    }
  }

  private void transaction(
      KafkaProducer<String, String> producer, String id, int n, Random random) {
    String value = id + ":" + n;
    boolean commit = random.nextInt(4) > 0;
    told.put(value, commit ? Told.NOTHING : Told.ABORTED);
    producer.beginTransaction();
    for (int partition = 0; partition < partitions; partition++) {
      producer.send(new ProducerRecord<>(topic, partition, id, value));
    }
    producer.sendOffsetsToTransaction(
        Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(n)),
        new ConsumerGroupMetadata(id));
    producer.flush();
    ending.incrementAndGet();
    if (commit) {
      producer.commitTransaction();
      told.put(value, Told.COMMITTED);
    } else {
      producer.abortTransaction();
    }
    ended.incrementAndGet();
  }

  private KafkaProducer<String, String> producer(String id) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers", bootstrap,
            "transactional.id", id,
            "max.block.ms", 3000,
            "request.timeout.ms", 2000,
            "delivery.timeout.ms", 3000,
            "retry.backoff.ms", 10,
            "reconnect.backoff.ms", 10,
            "reconnect.backoff.max.ms", 50),
        new StringSerializer(),
        new StringSerializer());
  }

  /** Ends the load, and looks whether each transaction is there as a whole or not at all. */
  void finishAndCheck() throws InterruptedException {
    stop();
    List<Set<String>> visible = new ArrayList<>();
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("isolation.level", "read_committed");
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      for (int partition = 0; partition < partitions; partition++) {
        visible.add(read(reader, new TopicPartition(topic, partition)));
      }
    }
    told.forEach((value, outcome) -> {
      boolean there = visible.get(0).contains(value);
      for (Set<String> values : visible) {
        assertThat(values.contains(value)).as("%s in every partition", value).isEqualTo(there);
      }
      if (outcome != Told.NOTHING) {
        assertThat(there)
            .as("%s, which was %s", value, outcome)
            .isEqualTo(outcome == Told.COMMITTED);
      }
    });
    for (Thread thread : threads) {
      checkOffset(thread.getName(), visible.get(0));
    }
  }

  private void checkOffset(String id, Set<String> visible) {
    long last = 0;
    for (String value : visible) {
      if (value.startsWith(id + ":")) {
        last = Math.max(last, Long.parseLong(value.substring(id.length() + 1)));
      }
    }
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, String> member =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "group.id", id),
            new StringDeserializer(),
            new StringDeserializer())) {
      OffsetAndMetadata offset = member.committed(Set.of(partition)).get(partition);
      assertThat(offset == null ? 0 : offset.offset()).as("offset of %s", id).isEqualTo(last);
    }
  }

  private static Set<String> read(KafkaConsumer<String, String> reader, TopicPartition partition) {
    reader.assign(List.of(partition));
    reader.seekToBeginning(List.of(partition));
    long end = reader.endOffsets(List.of(partition)).get(partition);
    Set<String> values = new HashSet<>();
    while (reader.position(partition) < end) {
      reader
          .poll(Duration.ofMillis(100))
          .forEach(record ->
              assertThat(values.add(record.value())).as("%s once", record.value()).isTrue());
    }
    return values;
  }

  private void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    // Whatever the last producers left open is decided by those that come after them.
    for (Thread thread : threads) {
      try (KafkaProducer<String, String> producer = producer(thread.getName())) {
        producer.initTransactions();
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
