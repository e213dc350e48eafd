package io.millrace.systemtests.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.producer.GroupMember;
import io.millrace.producer.GroupOffset;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import io.millrace.systemtests.OlderFlowProxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions of our producer with Apache Kafka, by version 2 of the protocol and before. */
@Tag("interop")
class ProducerTransactionsInteropTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int PARTITIONS = 3;

  @TempDir static Path directory;
  private static SecuredKafka kafka;
  private static OlderFlowProxy proxy;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    kafka = new SecuredKafka(directory).start();
    proxy = OlderFlowProxy.before(kafka.internal());
    admin = Admin.create(Map.of("bootstrap.servers", kafka.internal()));
  }

  @AfterAll
  static void stop() throws Exception {
    if (kafka != null) {
      admin.close();
      proxy.close();
      kafka.close();
    }
  }

  private static String topic(String name) throws Exception {
    admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1))).all().get();
    return name;
  }

  private static Producer open(boolean older, String id, Object... set) throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", older ? proxy.address() : kafka.internal());
    settings.put("transactional.id", id);
    for (int i = 0; i < set.length; i += 2) {
      settings.put((String) set[i], set[i + 1]);
    }
    Producer producer = Producer.open(settings);
    producer.initTransactions(LONG);
    return producer;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> committed(String topic) {
    return ReadCommitted.all(kafka.internal(), topic, PARTITIONS).stream()
        .map(ConsumerRecord::value)
        .toList();
  }

  private static int epoch(String id) throws Exception {
    return admin.describeTransactions(List.of(id)).description(id).get().producerEpoch();
  }

  private interface Call {
    void make() throws Exception;
  }

  private static ProducerError refused(Call call) {
    return catchThrowableOfType(ProducerException.class, call::make).error();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void committedTransactionsShowAndAbortedOnesDoNot(boolean older) throws Exception {
    String topic = topic("ends-" + older);
    List<String> wanted = new ArrayList<>();
    try (Producer producer = open(older, topic)) {
      int began = epoch(topic);
      for (int n = 0; n < 60; n++) {
        producer.beginTransaction();
        for (int i = 0; i < 10; i++) {
          producer.produce(topic, bytes("key " + i), bytes(n + "/" + i));
        }
        if (n % 3 == 2) {
          if (n % 2 == 0) {
            producer.flush(LONG);
          }
          producer.abortTransaction(LONG);
        } else {
          producer.commitTransaction(LONG);
          for (int i = 0; i < 10; i++) {
            wanted.add(n + "/" + i);
          }
        }
      }
      // By version 2 each transaction has its own.
      assertThat(epoch(topic) - began).isGreaterThanOrEqualTo(older ? 0 : 50);
      assertThat(epoch(topic) - began).isLessThan(older ? 50 : 100);
    }
    assertThat(committed(topic)).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void offsetsMoveWithTheCommit(boolean older) throws Exception {
    String topic = topic("offsets-" + older);
    TopicPartition partition = new TopicPartition(topic, 1);
    try (Producer producer = open(older, topic)) {
      for (int n = 1; n <= 4; n++) {
        producer.beginTransaction();
        producer.produce(topic, null, bytes("" + n));
        producer.sendOffsetsToTransaction(
            List.of(new GroupOffset(topic, 1, n)), GroupMember.of(topic), LONG);
        if (n % 2 == 0) {
          producer.commitTransaction(LONG);
        } else {
          producer.abortTransaction(LONG);
        }
        // The end of a transaction is answered before it has reached the log of offsets.
        var settled = new ListConsumerGroupOffsetsOptions().requireStable(true);
        var offsets =
            admin.listConsumerGroupOffsets(topic, settled).partitionsToOffsetAndMetadata().get();
        if (n == 1) {
          assertThat(offsets).doesNotContainKey(partition);
        } else {
          assertThat(offsets.get(partition).offset()).isEqualTo(n / 2 * 2);
        }
      }
      producer.beginTransaction();
      ProducerError error =
          refused(() ->
              producer.sendOffsetsToTransaction(
                  List.of(new GroupOffset(topic, 1, 9)),
                  new GroupMember(topic, 7, "nobody", null),
                  LONG));
      assertThat(error.txnRequiresAbort()).as(error.toString()).isTrue();
      producer.abortTransaction(LONG);
      producer.beginTransaction();
      producer.produce(topic, null, bytes("after"));
      producer.commitTransaction(LONG);
    }
    assertThat(committed(topic)).containsExactlyInAnyOrder("2", "4", "after");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void laterProducerFencesTheEarlier(boolean older) throws Exception {
    String topic = topic("fenced-" + older);
    try (Producer first = open(older, topic)) {
      first.beginTransaction();
      first.produce(topic, null, bytes("lost"));
      assertThat(first.flush(LONG)).isZero();
      try (Producer second = open(older, topic)) {
        second.beginTransaction();
        second.produce(topic, null, bytes("kept"));
        ProducerError error = refused(() -> first.commitTransaction(LONG));
        assertThat(error.name()).isEqualTo("_FENCED");
        assertThat(error.fatal()).isTrue();
        second.commitTransaction(LONG);
      }
    }
    assertThat(committed(topic)).containsExactly("kept");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void messageThatIsTooLargeMakesItsTransactionFail(boolean older) throws Exception {
    String topic = topic("large-" + older);
    admin
        .incrementalAlterConfigs(
            Map.of(
                new org.apache.kafka.common.config.ConfigResource(
                    org.apache.kafka.common.config.ConfigResource.Type.TOPIC, topic),
                List.of(
                    new org.apache.kafka.clients.admin.AlterConfigOp(
                        new org.apache.kafka.clients.admin.ConfigEntry("max.message.bytes", "1000"),
                        org.apache.kafka.clients.admin.AlterConfigOp.OpType.SET))))
        .all()
        .get();
    try (Producer producer = open(older, topic)) {
      producer.beginTransaction();
      producer.produce(topic, null, new byte[5000]);
      ProducerError error = refused(() -> producer.commitTransaction(LONG));
      assertThat(error.name()).isEqualTo("MESSAGE_TOO_LARGE");
      assertThat(error.txnRequiresAbort()).isTrue();
      producer.abortTransaction(LONG);
      producer.beginTransaction();
      producer.produce(topic, null, bytes("small"));
      producer.commitTransaction(LONG);
    }
    assertThat(committed(topic)).containsExactly("small");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void timeoutAboveTheLimitIsRefused(boolean older) {
    ProducerError error =
        refused(() -> open(older, "too-long-" + older, "transaction.timeout.ms", 3_600_000));
    assertThat(error.name()).isEqualTo("INVALID_TRANSACTION_TIMEOUT");
    assertThat(error.fatal()).isTrue();
  }
}
