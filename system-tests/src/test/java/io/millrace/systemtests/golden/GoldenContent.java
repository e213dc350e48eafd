package io.millrace.systemtests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What a golden directory holds: written once by {@link GoldenMaker}, checked ever after. Nothing
 * here may change once a directory with it has been kept; a later one may hold more.
 */
final class GoldenContent {

  static final String PLAIN = "plain";
  static final String COMPACTED = "compacted";
  static final String DELETED = "deleted";
  static final String NUMBERED = "numbered";
  private static final String GROUP = "golden-group";

  /** A time of 2026; retention is off where it is used. */
  private static final long BASE_TIME_MS = 1_780_000_000_000L;

  private static final int PLAIN_PARTITIONS = 2;
  private static final int PLAIN_RECORDS = 40;
  private static final int KEYS = 7;
  private static final int ROUNDS = 12;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

  private final String bootstrap;

  GoldenContent(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  // --- writing ---

  void write() throws Exception {
    try (Admin admin = admin()) {
      Map<String, String> forEver = Map.of("retention.ms", "-1", "retention.bytes", "-1");
      Map<String, String> compacted =
          Map.of(
              "cleanup.policy",
              "compact",
              "segment.ms",
              "50",
              "min.cleanable.dirty.ratio",
              "0.01",
              "delete.retention.ms",
              "0");
      admin
          .createTopics(
              List.of(
                  new NewTopic(PLAIN, PLAIN_PARTITIONS, (short) 1).configs(forEver),
                  new NewTopic(COMPACTED, 1, (short) 1).configs(compacted),
                  new NewTopic(NUMBERED, 1, (short) 1).configs(forEver),
                  new NewTopic(DELETED, 3, (short) 1)))
          .all()
          .get();
      writePlain();
      writeCompacted();
      writeDeleted(admin);
    }
    try (NumberedProducer numbered = new NumberedProducer(bootstrap)) {
      numbered.write();
    }
    try (KafkaConsumer<String, String> consumer = consumer()) {
      consumer.assign(Set.of());
      consumer.commitSync(commits());
    }
  }

  private void writePlain() throws Exception {
    for (String codec : CODECS) {
      try (KafkaProducer<String, String> producer = producer(codec)) {
        for (int p = 0; p < PLAIN_PARTITIONS; p++) {
          int first = CODECS.indexOf(codec) * PLAIN_RECORDS / CODECS.size();
          for (int i = first; i < first + PLAIN_RECORDS / CODECS.size(); i++) {
            ProducerRecord<String, String> record =
                new ProducerRecord<>(PLAIN, p, BASE_TIME_MS + i, "key " + i, plainValue(p, i));
            record.headers().add("number", Integer.toString(i).getBytes(StandardCharsets.UTF_8));
            producer.send(record);
          }
          producer.flush();
        }
      }
    }
  }

  private static String plainValue(int partition, int number) {
    return "value " + number + " of partition " + partition + " " + "abc ".repeat(number);
  }

  /** Each key again and again; the last key ends with a tombstone. */
  private void writeCompacted() throws Exception {
    try (KafkaProducer<String, String> producer = producer("none")) {
      for (int round = 0; round < ROUNDS; round++) {
        for (int key = 0; key < KEYS; key++) {
          boolean tombstone = round == ROUNDS - 1 && key == KEYS - 1;
          String value = tombstone ? null : "round " + round;
          producer
              .send(new ProducerRecord<>(COMPACTED, 0, BASE_TIME_MS + round, "key " + key, value))
              .get();
        }
      }
    }
  }

  private void writeDeleted(Admin admin) throws Exception {
    try (KafkaProducer<String, String> producer = producer("none")) {
      producer.send(new ProducerRecord<>(DELETED, 0, "key", "gone with its topic")).get();
    }
    admin.deleteTopics(List.of(DELETED)).all().get();
  }

  private static Map<TopicPartition, OffsetAndMetadata> commits() {
    return Map.of(
        new TopicPartition(PLAIN, 0),
        new OffsetAndMetadata(17, "seventeen"),
        new TopicPartition(PLAIN, 1),
        new OffsetAndMetadata(PLAIN_RECORDS, ""),
        new TopicPartition(COMPACTED, 0),
        new OffsetAndMetadata(3, "three"));
  }

  // --- checking ---

  /** Checks everything; each time the numbered producer adds a batch. */
  void check() throws Exception {
    checkPlain();
    checkCompacted();
    checkTopics();
    try (KafkaConsumer<String, String> consumer = consumer()) {
      assertThat(consumer.committed(commits().keySet())).isEqualTo(commits());
    }
    try (NumberedProducer numbered = new NumberedProducer(bootstrap)) {
      List<ConsumerRecord<String, String>> records = read(new TopicPartition(NUMBERED, 0));
      numbered.check(records.get(0).value(), records.size());
    }
  }

  private void checkPlain() {
    for (int p = 0; p < PLAIN_PARTITIONS; p++) {
      List<ConsumerRecord<String, String>> records = read(new TopicPartition(PLAIN, p));
      assertThat(records).hasSize(PLAIN_RECORDS);
      for (int i = 0; i < PLAIN_RECORDS; i++) {
        ConsumerRecord<String, String> one = records.get(i);
        assertThat(one.offset()).isEqualTo(i);
        assertThat(one.timestamp()).isEqualTo(BASE_TIME_MS + i);
        assertThat(one.key()).isEqualTo("key " + i);
        assertThat(one.value()).isEqualTo(plainValue(p, i));
        assertThat(new String(one.headers().lastHeader("number").value(), StandardCharsets.UTF_8))
            .isEqualTo(Integer.toString(i));
      }
    }
    try (KafkaConsumer<String, String> consumer = consumer()) {
      TopicPartition partition = new TopicPartition(PLAIN, 1);
      assertThat(
              consumer
                  .offsetsForTimes(Map.of(partition, BASE_TIME_MS + 11))
                  .get(partition)
                  .offset())
          .isEqualTo(11);
    }
  }

  private void checkCompacted() {
    Map<String, String> last = new LinkedHashMap<>();
    for (ConsumerRecord<String, String> one : read(new TopicPartition(COMPACTED, 0))) {
      last.put(one.key(), one.value());
    }
    for (int key = 0; key < KEYS - 1; key++) {
      assertThat(last).containsEntry("key " + key, "round " + (ROUNDS - 1));
    }
    assertThat(last.get("key " + (KEYS - 1))).isNull();
  }

  private void checkTopics() throws Exception {
    try (Admin admin = admin()) {
      assertThat(admin.listTopics().names().get())
          .contains(PLAIN, COMPACTED, NUMBERED)
          .doesNotContain(DELETED);
      assertThat(admin.describeTopics(List.of(PLAIN)).allTopicNames().get().get(PLAIN).partitions())
          .hasSize(PLAIN_PARTITIONS);
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, PLAIN);
      Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      assertThat(config.get("retention.ms").value()).isEqualTo("-1");
      assertThatThrownBy(() -> admin.describeTopics(List.of(DELETED)).allTopicNames().get())
          .isNotNull();
    }
  }

  private List<ConsumerRecord<String, String>> read(TopicPartition partition) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer()) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(POLL).forEach(records::add);
      }
    }
    return records;
  }

  /** Records that are left in the compacted topic. */
  int compactedRecords() {
    return read(new TopicPartition(COMPACTED, 0)).size();
  }

  static int compactedRecordsWritten() {
    return ROUNDS * KEYS;
  }

  // --- clients ---

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrap));
  }

  private KafkaProducer<String, String> producer(String codec) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrap, "compression.type", codec, "linger.ms", "20"),
        new StringSerializer(),
        new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "group.id",
            GROUP,
            "enable.auto.commit",
            "false",
            // A consumer that closes waits for its fetch.
            "fetch.max.wait.ms",
            "50",
            "auto.offset.reset",
            "none"),
        new StringDeserializer(),
        new StringDeserializer());
  }
}
