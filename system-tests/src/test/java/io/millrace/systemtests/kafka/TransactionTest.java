package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.junit.jupiter.api.Test;

/** Transactions as the Java client makes them and reads them. */
@OverOneAndTwoShards
class TransactionTest extends BrokerTest {

  private static final int PARTITIONS = 3;

  TransactionTest() {
    super("group.initial.rebalance.delay.ms", "0");
  }

  @Test
  void committedRecordsAreReadWhereverTheyAre() {
    String topic = topic(PARTITIONS);
    String other = topic(PARTITIONS);
    KafkaProducer<String, String> producer = transactional(unique("id"));
    for (int round = 0; round < 5; round++) {
      producer.beginTransaction();
      send(producer, topic, "a" + round);
      send(producer, other, "b" + round);
      producer.commitTransaction();
      assertThat(committed(topic)).hasSize((round + 1) * PARTITIONS).contains("a" + round + "-2");
      assertThat(committed(other)).hasSize((round + 1) * PARTITIONS).contains("b" + round + "-0");
    }
  }

  @Test
  void abortedRecordsAreReadByThoseOnlyWhoReadEverything() {
    String topic = topic(PARTITIONS);
    KafkaProducer<String, String> producer = transactional(unique("id"));
    for (int round = 0; round < 6; round++) {
      producer.beginTransaction();
      send(producer, topic, (round % 2 == 0 ? "no" : "yes") + round);
      producer.flush();
      if (round % 2 == 0) {
        producer.abortTransaction();
      } else {
        producer.commitTransaction();
      }
    }
    assertThat(committed(topic)).hasSize(3 * PARTITIONS).allMatch(v -> v.startsWith("yes"));
    assertThat(all(topic)).hasSize(6 * PARTITIONS);
  }

  @Test
  void openTransactionHoldsBackWhatComesBehindIt() {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaProducer<String, String> open = transactional(unique("open"));
    KafkaProducer<String, String> plain = producer();
    done(plain.send(new ProducerRecord<>(topic, "before")));
    open.beginTransaction();
    done(open.send(new ProducerRecord<>(topic, "open")));
    done(plain.send(new ProducerRecord<>(topic, "behind")));
    assertThat(committed(topic)).containsExactly("before");
    assertThat(all(topic)).containsExactly("before", "open", "behind");
    assertThat(latest(partition, IsolationLevel.READ_COMMITTED)).isEqualTo(1);
    assertThat(latest(partition, IsolationLevel.READ_UNCOMMITTED)).isEqualTo(3);
    open.commitTransaction();
    assertThat(committed(topic)).containsExactly("before", "open", "behind");
    assertThat(latest(partition, IsolationLevel.READ_COMMITTED)).isEqualTo(4);
  }

  @Test
  void waitingReaderIsToldWhenTheTransactionIsCommitted() {
    String topic = topic(1);
    KafkaProducer<String, String> producer = transactional(unique("id"));
    KafkaConsumer<String, String> reader = reader(topic, "read_committed");
    producer.beginTransaction();
    done(producer.send(new ProducerRecord<>(topic, "value")));
    assertThat(reader.poll(Duration.ofMillis(100))).isEmpty();
    producer.commitTransaction();
    assertThat(poll(reader, 1)).containsExactly("value");
  }

  @Test
  void interleavedTransactionsAreToldApart() {
    String topic = topic(1);
    List<KafkaProducer<String, String>> producers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      producers.add(transactional(unique("id")));
      producers.get(i).beginTransaction();
    }
    for (int record = 0; record < 5; record++) {
      for (int i = 0; i < producers.size(); i++) {
        done(producers.get(i).send(new ProducerRecord<>(topic, i + ":" + record)));
      }
    }
    producers.get(1).abortTransaction();
    producers.get(3).commitTransaction();
    assertThat(committed(topic)).isEmpty();
    producers.get(0).commitTransaction();
    assertThat(committed(topic)).containsExactly("0:0");
    producers.get(2).abortTransaction();
    assertThat(committed(topic))
        .hasSize(10)
        .allMatch(value -> value.startsWith("0") || value.startsWith("3"));
  }

  @Test
  void laterProducerFencesTheEarlierAndAbortsItsTransaction() {
    String topic = topic(1);
    String id = unique("id");
    KafkaProducer<String, String> first = transactional(id);
    first.beginTransaction();
    done(first.send(new ProducerRecord<>(topic, "lost")));
    KafkaProducer<String, String> second = transactional(id);
    assertThat(latest(new TopicPartition(topic, 0), IsolationLevel.READ_COMMITTED)).isEqualTo(2);
    second.beginTransaction();
    done(second.send(new ProducerRecord<>(topic, "kept")));
    assertThatThrownBy(first::commitTransaction)
        .isInstanceOfAny(ProducerFencedException.class, InvalidProducerEpochException.class);
    second.commitTransaction();
    assertThat(committed(topic)).containsExactly("kept");
  }

  @Test
  void fencedProducerCannotAppend() {
    String topic = topic(1);
    String id = unique("id");
    KafkaProducer<String, String> first = transactional(id);
    transactional(id);
    first.beginTransaction();
    assertThatThrownBy(
            () -> {
              first.send(new ProducerRecord<>(topic, "late")).get();
              first.commitTransaction();
            })
        .isInstanceOfAny(ExecutionException.class, KafkaException.class);
    assertThat(all(topic)).isEmpty();
  }

  @Test
  void offsetsOfATransactionShowWhenItIsCommitted() {
    String topic = topic(2);
    String group = unique("group");
    KafkaProducer<String, String> producer = transactional(unique("id"));
    KafkaConsumer<String, String> consumer = consumer("group.id", group);
    TopicPartition partition = new TopicPartition(topic, 1);
    producer.beginTransaction();
    done(producer.send(new ProducerRecord<>(topic, 0, "key", "value")));
    producer.sendOffsetsToTransaction(
        Map.of(partition, new OffsetAndMetadata(7)), consumer.groupMetadata());
    producer.abortTransaction();
    assertThat(consumer.committed(Set.of(partition)).get(partition)).isNull();
    producer.beginTransaction();
    producer.sendOffsetsToTransaction(
        Map.of(partition, new OffsetAndMetadata(8, "note")), consumer.groupMetadata());
    assertThat(unstableOffset(group, partition)).isNull();
    producer.commitTransaction();
    assertThat(consumer.committed(Set.of(partition)).get(partition))
        .isEqualTo(new OffsetAndMetadata(8, "note"));
  }

  @Test
  void consumedAndProducedInOneTransactionIsThereOnce() {
    String from = topic(2);
    String to = topic(2);
    String group = unique("group");
    KafkaProducer<String, String> source = producer();
    for (int i = 0; i < 40; i++) {
      done(source.send(new ProducerRecord<>(from, i % 2, "key", "value-" + i)));
    }
    KafkaConsumer<String, String> consumer =
        consumer(
            "group.id", group,
            "enable.auto.commit", "false",
            "auto.offset.reset", "earliest",
            "isolation.level", "read_committed",
            "max.poll.records", 5);
    consumer.subscribe(List.of(from));
    KafkaProducer<String, String> producer = transactional(unique("id"));
    int[] read = {0};
    int[] rounds = {0};
    eventually()
        .until(() -> {
          var records = consumer.poll(Duration.ofMillis(20));
          if (records.isEmpty()) {
            return read[0] >= 40;
          }
          producer.beginTransaction();
          records.forEach(
              r -> producer.send(new ProducerRecord<>(to, r.partition(), "", r.value())));
          producer.sendOffsetsToTransaction(records.nextOffsets(), consumer.groupMetadata());
          if (rounds[0]++ % 2 == 0) {
            producer.abortTransaction();
            consumer
                .committed(consumer.assignment())
                .forEach((p, at) -> consumer.seek(p, at == null ? 0 : at.offset()));
          } else {
            producer.commitTransaction();
            read[0] += records.count();
          }
          return false;
        });
    assertThat(committed(to)).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void transactionThatIsOpenForTooLongIsAborted() {
    String topic = topic(1);
    KafkaProducer<String, String> producer =
        transactional(unique("id"), "transaction.timeout.ms", 300);
    producer.beginTransaction();
    done(producer.send(new ProducerRecord<>(topic, "late")));
    TopicPartition partition = new TopicPartition(topic, 0);
    eventually().until(() -> latest(partition, IsolationLevel.READ_COMMITTED) == 2);
    assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
    assertThat(committed(topic)).isEmpty();
  }

  @Test
  void timeoutAboveTheLimitIsRefused() {
    assertThatThrownBy(() -> transactional(unique("id"), "transaction.timeout.ms", 16 * 60 * 1000))
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("transaction.max.timeout.ms");
  }

  @Test
  void openTransactionIsDescribedAndListed() {
    String topic = topic(2);
    String id = unique("id");
    KafkaProducer<String, String> producer = transactional(id, "transaction.timeout.ms", 50_000);
    producer.beginTransaction();
    done(producer.send(new ProducerRecord<>(topic, 1, "key", "value")));
    TopicPartition partition = new TopicPartition(topic, 1);
    TransactionDescription open = describe(id);
    assertThat(open.state()).isEqualTo(TransactionState.ONGOING);
    assertThat(open.topicPartitions()).containsExactly(partition);
    assertThat(open.transactionTimeoutMs()).isEqualTo(50_000);
    assertThat(open.transactionStartTimeMs()).isPresent();
    assertThat(done(admin().listTransactions().all()))
        .anyMatch(one -> one.transactionalId().equals(id) && one.producerId() == open.producerId());
    ProducerState writing =
        done(admin().describeProducers(List.of(partition)).partitionResult(partition))
            .activeProducers()
            .get(0);
    assertThat(writing.currentTransactionStartOffset()).hasValue(0);
    producer.commitTransaction();
    assertThat(describe(id).state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    refused(
        admin().describeTransactions(List.of("nobody")).description("nobody"),
        TransactionalIdNotFoundException.class);
  }

  @Test
  void manyTransactionsOfOneProducerFollowOneAnother() {
    String topic = topic(1);
    KafkaProducer<String, String> producer = transactional(unique("id"));
    for (int i = 0; i < 300; i++) {
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "" + i));
      producer.commitTransaction();
    }
    assertThat(committed(topic)).hasSize(300);
  }

  private TransactionDescription describe(String id) {
    return done(admin().describeTransactions(List.of(id)).description(id));
  }

  private KafkaProducer<String, String> transactional(String id, Object... set) {
    Map<String, Object> settings = map(set);
    settings.put("transactional.id", id);
    List<Object> all = new ArrayList<>();
    settings.forEach((name, value) -> {
      all.add(name);
      all.add(value);
    });
    KafkaProducer<String, String> producer = producer(all.toArray());
    producer.initTransactions();
    return producer;
  }

  private static void send(KafkaProducer<String, String> producer, String topic, String value) {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      producer.send(new ProducerRecord<>(topic, partition, "key", value + "-" + partition));
    }
  }

  private long latest(TopicPartition partition, IsolationLevel isolation) {
    return done(admin()
            .listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
            .partitionResult(partition))
        .offset();
  }

  /** What OffsetFetch tells one who does not insist on decided offsets. */
  private OffsetAndMetadata unstableOffset(String group, TopicPartition partition) {
    return done(admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .get(partition);
  }

  private KafkaConsumer<String, String> reader(String topic, String isolation) {
    KafkaConsumer<String, String> reader = consumer("isolation.level", isolation);
    List<TopicPartition> partitions =
        reader.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    reader.assign(partitions);
    reader.seekToBeginning(partitions);
    return reader;
  }

  private List<String> committed(String topic) {
    return readToEnd(topic, "read_committed");
  }

  private List<String> all(String topic) {
    return readToEnd(topic, "read_uncommitted");
  }

  private List<String> readToEnd(String topic, String isolation) {
    try (KafkaConsumer<String, String> reader = reader(topic, isolation)) {
      Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
      List<String> values = new ArrayList<>();
      eventually()
          .until(() -> {
            reader.poll(Duration.ofMillis(20)).forEach(record -> values.add(record.value()));
            return ends.entrySet().stream()
                .allMatch(end -> reader.position(end.getKey()) >= end.getValue());
          });
      return values;
    }
  }

  private static List<String> poll(KafkaConsumer<String, String> consumer, int count) {
    List<String> read = new ArrayList<>();
    eventually()
        .until(() -> {
          consumer.poll(Duration.ofMillis(20)).forEach(record -> read.add(record.value()));
          return read.size() >= count;
        });
    return read;
  }
}
