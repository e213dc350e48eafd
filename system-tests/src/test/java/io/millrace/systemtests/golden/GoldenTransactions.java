package io.millrace.systemtests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/**
 * What golden directories of version 2 and later hold besides: transactions that were committed and
 * aborted, and one that was open. Nothing here may change once a directory with it has been kept.
 */
final class GoldenTransactions {

  private static final String TOPIC = "transactional";
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
  private static final String GROUP = "golden-transactions";
  private static final String ENDED = "golden-ended";
  private static final String OPEN = "golden-open";

  /** Long over when the directory is opened. */
  private static final int TIMEOUT_MS = 60_000;

  private static final int ROUNDS = 6;

  private final String bootstrap;

  GoldenTransactions(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  // --- writing ---

  void write() throws Exception {
    try (Admin admin = admin()) {
      Map<String, String> forEver = Map.of("retention.ms", "-1", "retention.bytes", "-1");
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1).configs(forEver))).all().get();
    }
    KafkaProducer<String, String> open = producer(OPEN);
    try (KafkaProducer<String, String> producer = producer(ENDED)) {
      for (int round = 0; round < ROUNDS; round++) {
        if (round == ROUNDS / 2) {
          write(open, "open", 99);
        }
        write(producer, (commits(round) ? "committed " : "aborted ") + round, round);
        if (commits(round)) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
    open.close(Duration.ZERO);
  }

  private static boolean commits(int round) {
    return round % 2 == 0;
  }

  private static void write(KafkaProducer<String, String> producer, String value, long offset) {
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(TOPIC, 0, "key", value));
    producer.sendOffsetsToTransaction(
        Map.of(PARTITION, new OffsetAndMetadata(offset)), new ConsumerGroupMetadata(GROUP));
    producer.flush();
  }

  // --- checking ---

  /** Checks everything; each time the producer of the ended transactions gets another epoch. */
  void check() throws Exception {
    List<String> committed = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      if (commits(round)) {
        committed.add("committed " + round);
      }
    }
    // The open one is aborted, since its time is over; until then it holds back the rest.
    Awaitility.await("the open transaction ends")
        .atMost(Duration.ofSeconds(TIMEOUT_MS / 1000 + 10))
        .until(() -> describe(OPEN).state() == TransactionState.COMPLETE_ABORT);
    assertThat(read("read_committed")).isEqualTo(committed);
    assertThat(read("read_uncommitted")).hasSize(ROUNDS + 1).contains("open", "aborted 1");
    TransactionDescription before = describe(ENDED);
    assertThat(before.state()).isIn(TransactionState.COMPLETE_ABORT, TransactionState.EMPTY);
    producer(ENDED).close();
    assertThat(describe(ENDED).producerId()).isEqualTo(before.producerId());
    assertThat(describe(ENDED).producerEpoch()).isEqualTo(before.producerEpoch() + 1);
    try (KafkaConsumer<String, String> consumer = consumer("read_committed")) {
      assertThat(consumer.committed(Set.of(PARTITION)).get(PARTITION).offset())
          .isEqualTo(ROUNDS - 2);
    }
  }

  private TransactionDescription describe(String id) throws Exception {
    try (Admin admin = admin()) {
      return admin.describeTransactions(List.of(id)).description(id).get();
    }
  }

  private List<String> read(String isolation) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer(isolation)) {
      consumer.assign(List.of(PARTITION));
      consumer.seekToBeginning(List.of(PARTITION));
      long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
      while (consumer.position(PARTITION) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  // --- clients ---

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrap));
  }

  private KafkaProducer<String, String> producer(String id) {
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", bootstrap,
                "transactional.id", id,
                "transaction.timeout.ms", TIMEOUT_MS),
            new StringSerializer(),
            new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  private KafkaConsumer<String, String> consumer(String isolation) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "group.id",
            GROUP,
            "isolation.level",
            isolation,
            // A consumer that closes waits for its fetch.
            "fetch.max.wait.ms",
            "50",
            "enable.auto.commit",
            "false"),
        new StringDeserializer(),
        new StringDeserializer());
  }
}
