package io.millrace.producer.kafka;

import static io.millrace.producer.kafka.Side.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.junit.MillraceExtension;
import io.millrace.server.Fault;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Transactions of Kafka's producer and of ours. */
@ExtendWith(MillraceExtension.class)
class TransactionContractTest {

  private static Producer<String, String> transactional(
      Side side, Millrace millrace, String id, Object... more) {
    Object[] pairs = java.util.Arrays.copyOf(more, more.length + 2);
    pairs[more.length] = "transactional.id";
    pairs[more.length + 1] = side.topic(id);
    return side.texts(millrace.kafka(), pairs);
  }

  private static String end(Runnable call) {
    try {
      call.run();
      return "done";
    } catch (Exception e) {
      Throwable cause = e.getCause();
      return "thrown "
          + Side.name(e)
          + (cause instanceof KafkaException ? " because of " + Side.name(cause) : "");
    }
  }

  private static String end(Future<RecordMetadata> sent) throws Exception {
    try {
      return "stored at " + sent.get(20, TimeUnit.SECONDS).offset();
    } catch (ExecutionException e) {
      return "failed " + Side.name(e.getCause());
    }
  }

  /** What a reader of committed records sees of a topic, up to a last one. */
  private static List<String> committed(Millrace millrace, String topic, String last) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", millrace.kafka(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition from = new TopicPartition(topic, 0);
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      List<String> seen = new ArrayList<>();
      for (long until = System.nanoTime() + 20_000_000_000L;
          !seen.contains(last) && System.nanoTime() < until; ) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(one -> seen.add(new String(one.value(), StandardCharsets.UTF_8)));
      }
      return seen;
    }
  }

  @Test
  void whatIsCommittedShowsAndWhatIsAbortedDoesNot(Millrace millrace) throws Exception {
    List<String> seen =
        same(side -> {
          String topic = side.topic("committed");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer = transactional(side, millrace, "committed")) {
            producer.initTransactions();
            for (int i = 0; i < 6; i++) {
              producer.beginTransaction();
              producer.send(new ProducerRecord<>(topic, "k", "a" + i));
              Future<RecordMetadata> second =
                  producer.send(new ProducerRecord<>(topic, "k", "b" + i));
              if (i % 2 == 0) {
                producer.flush();
                producer.abortTransaction();
              } else {
                producer.commitTransaction();
              }
              assertThat(second).as("all callbacks have run").isDone();
            }
          }
          return committed(millrace, topic, "b5");
        });
    assertThat(seen).containsExactly("a1", "b1", "a3", "b3", "a5", "b5");
  }

  @Test
  void recordsThatWaitFailWhenTheirTransactionIsAborted(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("lingering");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer =
              transactional(
                  side,
                  millrace,
                  "lingering",
                  "linger.ms",
                  50_000,
                  "delivery.timeout.ms",
                  100_000)) {
            producer.initTransactions();
            producer.beginTransaction();
            Future<RecordMetadata> sent = producer.send(new ProducerRecord<>(topic, "v"));
            producer.abortTransaction();
            return List.of(end(sent));
          }
        });
    assertThat(ends).containsExactly("failed TransactionAbortedException");
  }

  @Test
  void callsOutOfTurnAreRefused(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("turns");
          millrace.createTopic(topic, 1);
          ProducerRecord<String, String> record = new ProducerRecord<>(topic, "v");
          List<String> all = new ArrayList<>();
          try (Producer<String, String> producer = transactional(side, millrace, "turns")) {
            all.add("begin first " + end(producer::beginTransaction));
            all.add("send first " + Side.outcome(producer, record));
            all.add("init " + end(producer::initTransactions));
            all.add("send before begin " + Side.outcome(producer, record));
            all.add("commit nothing " + end(producer::commitTransaction));
            all.add("begin " + end(producer::beginTransaction));
            all.add("begin again " + end(producer::beginTransaction));
            all.add("send " + Side.outcome(producer, record));
            all.add("commit " + end(producer::commitTransaction));
            all.add("abort nothing " + end(producer::abortTransaction));
            all.add("init again " + end(producer::initTransactions));
          }
          return all;
        });
    assertThat(ends)
        .contains(
            "begin first thrown IllegalStateException",
            "send before begin thrown IllegalStateException, heard []",
            "begin again thrown IllegalStateException",
            "commit done",
            "init again thrown IllegalStateException");
  }

  @Test
  void transactionWithARecordThatWasRefusedCannotBeCommitted(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("incomplete");
          millrace.createTopic(topic, 1);
          List<String> all = new ArrayList<>();
          try (Producer<String, String> producer =
              transactional(side, millrace, "incomplete", "max.request.size", 1500)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "v"));
            all.add(end(producer.send(new ProducerRecord<>(topic, "v".repeat(2000)))));
            all.add(Side.outcome(producer, new ProducerRecord<>(topic, "v")));
            all.add(end(producer::commitTransaction));
            all.add(end(producer::abortTransaction));
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "good"));
            all.add(end(producer::commitTransaction));
          }
          all.addAll(committed(millrace, topic, "good"));
          return all;
        });
    assertThat(ends)
        .containsExactly(
            "failed RecordTooLargeException",
            "thrown KafkaException, heard []",
            "thrown KafkaException because of RecordTooLargeException",
            "done",
            "done",
            "good");
  }

  @Test
  void transactionWithARecordThatFailedCannotBeCommitted(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("failed");
          millrace.createTopic(topic, 1);
          List<String> all = new ArrayList<>();
          try (Producer<String, String> producer = transactional(side, millrace, "failed")) {
            producer.initTransactions();
            producer.beginTransaction();
            Fault fault = Fault.fail(ApiKey.PRODUCE, ErrorCode.INVALID_TIMESTAMP).ofTopic(topic);
            try (var faults = millrace.faults(fault)) {
              all.add(end(producer.send(new ProducerRecord<>(topic, "v"))));
            }
            // Kafka's producer wraps what it knew before the commit, and not what it met in it.
            String commit = end(producer::commitTransaction);
            all.add(commit.replace("thrown KafkaException because of", "thrown"));
            all.add(end(producer::abortTransaction));
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "good"));
            all.add(end(producer::commitTransaction));
          }
          all.addAll(committed(millrace, topic, "good"));
          return all;
        });
    assertThat(ends)
        .containsExactly(
            "failed InvalidTimestampException",
            "thrown InvalidTimestampException",
            "done",
            "done",
            "good");
  }

  @Test
  void producerThatIsFencedCannotGoOn(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("fenced");
          millrace.createTopic(topic, 1);
          List<String> all = new ArrayList<>();
          Producer<String, String> first = transactional(side, millrace, "fenced");
          first.initTransactions();
          first.beginTransaction();
          first.send(new ProducerRecord<>(topic, "of the first")).get();
          try (Producer<String, String> second = transactional(side, millrace, "fenced")) {
            second.initTransactions();
            all.add("commit " + end(first::commitTransaction));
            all.add("again " + end(first::commitTransaction));
            all.add("begin " + end(first::beginTransaction));
            all.add("abort " + end(first::abortTransaction));
            first.close();
            second.beginTransaction();
            second.send(new ProducerRecord<>(topic, "of the second"));
            second.commitTransaction();
          }
          all.addAll(committed(millrace, topic, "of the second"));
          return all;
        });
    assertThat(ends)
        .contains("commit thrown ProducerFencedException", "begin thrown ProducerFencedException")
        .endsWith("of the second")
        .doesNotContain("of the first");
  }

  @Test
  void offsetsMoveWithTheCommitAndNotWithTheAbort(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          String topic = side.topic("offsets");
          millrace.createTopic(topic, 1);
          TopicPartition partition = new TopicPartition(topic, 0);
          ConsumerGroupMetadata group = new ConsumerGroupMetadata(side.topic("group"));
          List<String> all = new ArrayList<>();
          try (Producer<String, String> producer = transactional(side, millrace, "offsets");
              KafkaConsumer<byte[], byte[]> consumer =
                  new KafkaConsumer<>(
                      Map.of("bootstrap.servers", millrace.kafka(), "group.id", group.groupId()),
                      new ByteArrayDeserializer(),
                      new ByteArrayDeserializer())) {
            producer.initTransactions();
            for (boolean commits : List.of(true, false)) {
              producer.beginTransaction();
              producer.sendOffsetsToTransaction(Map.of(), group);
              producer.sendOffsetsToTransaction(
                  Map.of(
                      partition, new OffsetAndMetadata(commits ? 5 : 9, Optional.of(0), "a note")),
                  group);
              if (commits) {
                producer.commitTransaction();
              } else {
                producer.abortTransaction();
              }
              OffsetAndMetadata stored = consumer.committed(Set.of(partition)).get(partition);
              all.add(stored.offset() + " " + stored.metadata() + " " + stored.leaderEpoch());
            }
            producer.beginTransaction();
            ConsumerGroupMetadata stranger =
                new ConsumerGroupMetadata(group.groupId(), 7, "stranger", Optional.empty());
            all.add(
                end(() ->
                    producer.sendOffsetsToTransaction(
                        Map.of(partition, new OffsetAndMetadata(11)), stranger)));
            all.add(end(producer::abortTransaction));
          }
          return all;
        });
    assertThat(ends)
        .containsExactly(
            "5 a note Optional[0]", "5 a note Optional[0]", "thrown CommitFailedException", "done");
  }

  @Test
  void closingAbortsWhatIsOpen(Millrace millrace) throws Exception {
    List<String> seen =
        same(side -> {
          String topic = side.topic("closed");
          millrace.createTopic(topic, 1);
          Producer<String, String> producer = transactional(side, millrace, "closed");
          producer.initTransactions();
          producer.beginTransaction();
          producer.send(new ProducerRecord<>(topic, "left")).get();
          producer.close();
          try (Producer<String, String> other = side.texts(millrace.kafka())) {
            other.send(new ProducerRecord<>(topic, "last")).get();
          }
          return committed(millrace, topic, "last");
        });
    assertThat(seen).containsExactly("last");
  }

  @Test
  void timeoutThatTheBrokerDoesNotAllowIsRefused(Millrace millrace) throws Exception {
    for (Side side : Side.values()) {
      try (Producer<String, String> producer =
          transactional(side, millrace, "long", "transaction.timeout.ms", 2_000_000_000)) {
        // Kafka's producer says no more than KafkaException.
        assertThatExceptionOfType(KafkaException.class)
            .as(side.name())
            .isThrownBy(producer::initTransactions)
            .withMessageContaining("timeout");
      }
    }
  }

  @Test
  void callThatFindsNobodyTimesOut() throws Exception {
    try (ServerSocket nobody = new ServerSocket(0)) {
      String address = "127.0.0.1:" + nobody.getLocalPort();
      String end =
          same(side -> {
            Producer<String, String> producer =
                side.texts(address, "transactional.id", "t", "max.block.ms", 300);
            try {
              return end(producer::initTransactions);
            } finally {
              producer.close(Duration.ZERO);
            }
          });
      assertThat(end).isEqualTo("thrown TimeoutException");
    }
  }

  @Test
  void timesThatKafkaTakesWithAShortTransactionAreTaken(Millrace millrace) throws Exception {
    String end =
        same(side -> {
          String topic = side.topic("short");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer =
              transactional(
                  side,
                  millrace,
                  "short",
                  "transaction.timeout.ms",
                  8000,
                  "delivery.timeout.ms",
                  120_000,
                  "request.timeout.ms",
                  30_000,
                  "linger.ms",
                  150)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "v"));
            return end(producer::commitTransaction);
          }
        });
    assertThat(end).isEqualTo("done");
  }
}
