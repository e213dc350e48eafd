package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.DeliveryCallback;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Millrace's producer while the broker is killed again and again: each accepted message is reported
 * once, each reported as delivered is stored once, and each key's messages are in their order. A
 * message names its topic, partition, key and number, so that a mixed-up buffer would be seen, and
 * is where its report says.
 */
class ProducerKillProcessTest {

  private static final String TOPIC = "killed";
  private static final int PARTITIONS = 6;
  private static final int KEYS = 500;

  @TempDir Path directory;

  @Test
  void reportsAreTrueThoughTheBrokerIsKilled() throws Exception {
    run(100_000, 4);
  }

  @Tag("long")
  @Test
  void aMillionReportsAreTrueThoughTheBrokerIsKilledOften() throws Exception {
    run(1_000_000, 40);
  }

  private void run(int count, int kills) throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ProducerKillProcessTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    int port = BrokerProcess.freePort();
    AtomicReference<BrokerProcess> broker =
        new AtomicReference<>(BrokerProcess.in(directory).port(port).start());
    String bootstrap = broker.get().kafka();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
    }
    AtomicInteger[] reported = new AtomicInteger[count];
    for (int i = 0; i < count; i++) {
      reported[i] = new AtomicInteger();
    }
    AtomicLong delivered = new AtomicLong();
    AtomicLongArray offsets = new AtomicLongArray(count);
    AtomicReference<ProducerError> failure = new AtomicReference<>();
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrap,
            "max.block.ms", 60_000,
            "queue.buffering.max.messages", 20_000,
            "batch.num.messages", 200,
            "delivery.timeout.ms", 240_000);
    try (Producer producer = Producer.open(settings)) {
      Thread killer = new Thread(() -> kill(broker, port, kills, count, delivered, random));
      killer.start();
      for (int i = 0; i < count; i++) {
        int number = i;
        String key = "key-" + i % KEYS;
        DeliveryCallback callback =
            report -> {
              reported[number].incrementAndGet();
              ProducerError error = report.error();
              if (error == null) {
                offsets.set(number, report.offset());
                delivered.incrementAndGet();
              } else {
                failure.compareAndSet(null, error);
              }
            };
        String value = TOPIC + "/" + partition(key) + "/" + key + "/" + i;
        producer.produce(TOPIC, bytes(key), bytes(value), callback);
      }
      assertThat(producer.flush(Duration.ofMinutes(3))).isZero();
      killer.join();
      assertThat(failure.get()).isNull();
      for (int i = 0; i < count; i++) {
        assertThat(reported[i].get()).as("reports of message %d", i).isEqualTo(1);
      }
      check(bootstrap, count, offsets);
    } finally {
      broker.get().close();
    }
  }

  /** Spread over the messages: the n-th kill comes when n parts of them are delivered. */
  private void kill(
      AtomicReference<BrokerProcess> broker,
      int port,
      int kills,
      int count,
      AtomicLong delivered,
      Random random) {
    for (int kill = 1; kill <= kills; kill++) {
      long at = (long) count * kill / (kills + 1) - random.nextInt(count / (kills + 1) / 2);
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(1))
          .until(() -> delivered.get() >= at);
      broker.get().kill();
      broker.set(BrokerProcess.in(directory).port(port).start());
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Where kafka-clients' producer would put it. */
  private static int partition(String key) {
    return BuiltInPartitioner.partitionForKey(bytes(key), PARTITIONS);
  }

  private static void check(String bootstrap, int count, AtomicLongArray offsets) {
    List<TopicPartition> all =
        java.util.stream.IntStream.range(0, PARTITIONS)
            .mapToObj(p -> new TopicPartition(TOPIC, p))
            .toList();
    BitSet seen = new BitSet(count);
    Map<String, Integer> last = new HashMap<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.<String, Object>of("bootstrap.servers", bootstrap),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      long wanted = consumer.endOffsets(all).values().stream().mapToLong(Long::longValue).sum();
      assertThat(wanted).isEqualTo(count);
      for (long read = 0; read < wanted; ) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(10))) {
          String[] parts = record.value().split("/");
          int number = Integer.parseInt(parts[3]);
          assertThat(parts[0]).isEqualTo(TOPIC);
          assertThat(parts[1]).isEqualTo(Integer.toString(record.partition()));
          // A broker that has a batch already may not say where.
          assertThat(offsets.get(number)).isIn(-1L, record.offset());
          assertThat(parts[2]).isEqualTo(record.key()).isEqualTo("key-" + number % KEYS);
          assertThat(seen.get(number)).as("message %d is there before", number).isFalse();
          assertThat(last.getOrDefault(record.key(), -1)).isLessThan(number);
          seen.set(number);
          last.put(record.key(), number);
          read++;
        }
      }
    }
    assertThat(seen.cardinality()).isEqualTo(count);
  }
}
