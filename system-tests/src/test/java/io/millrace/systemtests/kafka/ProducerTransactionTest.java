package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.producer.DeliveryReport;
import io.millrace.producer.GroupMember;
import io.millrace.producer.GroupOffset;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import io.millrace.producer.ProducerListeners;
import io.millrace.producer.ProducerMessage;
import io.millrace.server.Fault;
import io.millrace.server.Faults;
import io.millrace.systemtests.OlderFlowProxy;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Transactions as Millrace's producer makes them, by both flows of the protocol, read by the
 * official consumer. How the broker does over one shard and two is for {@link TransactionTest}.
 */
@ParameterizedClass(name = "over {0} shards")
@ValueSource(ints = 2)
class ProducerTransactionTest extends BrokerTest {

  enum Flow {
    SECOND,
    OLDER
  }

  private static final int PARTITIONS = 3;
  private static final Duration LONG = Duration.ofSeconds(20);

  private @Nullable OlderFlowProxy older;

  ProducerTransactionTest() {
    super("group.initial.rebalance.delay.ms", "0");
  }

  @AfterParameterizedClassInvocation
  void closeProxy() throws Exception {
    if (older != null) {
      older.close();
      older = null;
    }
  }

  private String address(Flow flow) {
    if (flow == Flow.SECOND) {
      return broker().kafka();
    }
    if (older == null) {
      older = OlderFlowProxy.before(broker().kafka());
    }
    return older.address();
  }

  private Producer open(Flow flow, Object... set) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", address(flow));
    settings.put("retry.backoff.ms", 10);
    settings.put("linger.ms", 0);
    settings.putAll(map(set));
    return closing(Producer.open(settings));
  }

  private Producer transactional(Flow flow, String id, Object... set) throws Exception {
    Object[] all = java.util.Arrays.copyOf(set, set.length + 2);
    all[set.length] = "transactional.id";
    all[set.length + 1] = id;
    Producer producer = open(flow, all);
    producer.initTransactions(LONG);
    return producer;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void send(Producer producer, String topic, String value) {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      producer.produce(
          ProducerMessage.to(topic).partition(partition).value(bytes(value + "-" + partition)));
    }
  }

  private static ProducerError refused(Call call) {
    return catchThrowableOfType(ProducerException.class, call::make).error();
  }

  private interface Call {
    void make() throws Exception;
  }

  // --- commit and abort ---

  @ParameterizedTest
  @EnumSource
  void committedMessagesAreReadWhereverTheyAre(Flow flow) throws Exception {
    String topic = topic(PARTITIONS);
    String other = topic(PARTITIONS);
    Producer producer = transactional(flow, unique("id"));
    for (int round = 0; round < 5; round++) {
      producer.beginTransaction();
      send(producer, topic, "a" + round);
      send(producer, other, "b" + round);
      producer.commitTransaction(LONG);
      assertThat(committed(topic)).hasSize((round + 1) * PARTITIONS).contains("a" + round + "-2");
      assertThat(committed(other)).hasSize((round + 1) * PARTITIONS).contains("b" + round + "-0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void abortedMessagesAreReadByThoseOnlyWhoReadEverything(Flow flow) throws Exception {
    String topic = topic(PARTITIONS);
    Producer producer = transactional(flow, unique("id"));
    for (int round = 0; round < 6; round++) {
      producer.beginTransaction();
      send(producer, topic, (round % 2 == 0 ? "no" : "yes") + round);
      producer.flush(LONG);
      if (round % 2 == 0) {
        producer.abortTransaction(LONG);
      } else {
        producer.commitTransaction(LONG);
      }
    }
    assertThat(committed(topic)).hasSize(3 * PARTITIONS).allMatch(v -> v.startsWith("yes"));
    assertThat(all(topic)).hasSize(6 * PARTITIONS);
  }

  @ParameterizedTest
  @EnumSource
  void abortGivesUpWhatWaitsAndReportsIt(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"), "linger.ms", 60_000);
    producer.beginTransaction();
    List<String> reports = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      producer.produce(topic, null, bytes("" + i), report -> reports.add(name(report)));
    }
    producer.abortTransaction(LONG);
    assertThat(reports).hasSize(10).containsOnly("_PURGE_QUEUE");
    assertThat(producer.queueLength()).isZero();
    producer.beginTransaction();
    producer.produce(topic, null, bytes("kept"));
    producer.commitTransaction(LONG);
    assertThat(all(topic)).containsExactly("kept");
  }

  private static String name(DeliveryReport report) {
    ProducerError error = report.error();
    return error == null ? "delivered" : error.name();
  }

  @ParameterizedTest
  @EnumSource
  void commitWaitsForWhatIsInFlight(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    try (Faults faults =
        broker().faults(Fault.delay(ApiKey.PRODUCE, Duration.ofMillis(300)).ofTopic(topic))) {
      producer.beginTransaction();
      AtomicInteger delivered = new AtomicInteger();
      for (int i = 0; i < 3; i++) {
        producer.produce(topic, null, bytes("" + i), report -> delivered.incrementAndGet());
      }
      producer.commitTransaction(LONG);
      assertThat(delivered).hasValue(3);
      assertThat(faults.happened()).isPositive();
    }
    assertThat(committed(topic)).containsExactly("0", "1", "2");
  }

  @ParameterizedTest
  @EnumSource
  void emptyTransactionsEndWithoutABroker(Flow flow) throws Exception {
    Producer producer = transactional(flow, unique("id"));
    try (Faults faults = broker().faults(Fault.dropRequest(ApiKey.END_TXN))) {
      producer.beginTransaction();
      producer.commitTransaction(LONG);
      producer.beginTransaction();
      producer.abortTransaction(LONG);
      assertThat(faults.happened()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingAbortsWhatIsOpen(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    producer.beginTransaction();
    producer.produce(topic, null, bytes("lost"));
    producer.flush(LONG);
    producer.close();
    assertThat(latest(new TopicPartition(topic, 0), IsolationLevel.READ_COMMITTED)).isEqualTo(2);
    assertThat(committed(topic)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void threeHundredTransactionsFollowOneAnother(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    for (int i = 0; i < 300; i++) {
      producer.beginTransaction();
      producer.produce(topic, null, bytes("" + i));
      if (i % 10 == 9) {
        producer.abortTransaction(LONG);
      } else {
        producer.commitTransaction(LONG);
      }
    }
    assertThat(committed(topic)).hasSize(270).doesNotContain("9", "299").contains("298");
  }

  // --- calls out of turn ---

  @ParameterizedTest
  @EnumSource
  void messagesAndCallsOutOfTurnAreRefused(Flow flow) throws Exception {
    String topic = topic(1);
    Producer plain = open(flow);
    assertThat(refused(plain::beginTransaction).name()).isEqualTo("_NOT_CONFIGURED");
    Producer producer = open(flow, "transactional.id", unique("id"));
    assertThat(refused(() -> producer.produce(topic, null, bytes("x"))).name()).isEqualTo("_STATE");
    assertThat(refused(producer::beginTransaction).name()).isEqualTo("_STATE");
    producer.initTransactions(LONG);
    assertThat(refused(() -> producer.initTransactions(LONG)).name()).isEqualTo("_STATE");
    assertThat(refused(() -> producer.produce(topic, null, bytes("x"))).name()).isEqualTo("_STATE");
    assertThat(refused(() -> producer.commitTransaction(LONG)).name()).isEqualTo("_STATE");
    assertThat(refused(() -> producer.abortTransaction(LONG)).name()).isEqualTo("_STATE");
    assertThat(
            refused(() ->
                    producer.sendOffsetsToTransaction(
                        List.of(new GroupOffset(topic, 0, 1)), GroupMember.of("g"), LONG))
                .name())
        .isEqualTo("_STATE");
    producer.beginTransaction();
    assertThat(refused(producer::beginTransaction).name()).isEqualTo("_STATE");
    producer.produce(topic, null, bytes("y"));
    producer.commitTransaction(LONG);
    assertThat(refused(() -> producer.produce(topic, null, bytes("x"))).name()).isEqualTo("_STATE");
    assertThat(producer.queueLength()).isZero();
    assertThat(all(topic)).containsExactly("y");
  }

  @ParameterizedTest
  @EnumSource
  void callbacksCannotEndTransactions(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    producer.beginTransaction();
    CompletableFuture<ProducerError> seen = new CompletableFuture<>();
    producer.produce(
        topic,
        null,
        bytes("x"),
        report -> seen.complete(refused(() -> producer.commitTransaction(LONG))));
    producer.commitTransaction(LONG);
    assertThat(done(seen).name()).isEqualTo("_STATE");
    assertThat(committed(topic)).containsExactly("x");
  }

  @ParameterizedTest
  @EnumSource
  void secondThreadIsRefused(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    producer.beginTransaction();
    CountDownLatch reported = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    producer.produce(
        topic,
        null,
        bytes("x"),
        report -> {
          reported.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    reported.await();
    CompletableFuture<Void> commit =
        CompletableFuture.runAsync(() -> {
          try {
            producer.commitTransaction(LONG);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    eventually()
        .until(() ->
            refused(() -> producer.abortTransaction(Duration.ZERO)).name().equals("_CONFLICT")
                || commit.isDone());
    assertThat(commit).isNotDone();
    goOn.countDown();
    done(commit);
    assertThat(committed(topic)).containsExactly("x");
  }

  // --- predecessors and zombies ---

  @ParameterizedTest
  @EnumSource
  void laterProducerFencesTheEarlierAndAbortsItsTransaction(Flow flow) throws Exception {
    String topic = topic(1);
    String id = unique("id");
    Producer first = transactional(flow, id);
    first.beginTransaction();
    first.produce(topic, null, bytes("lost"));
    assertThat(first.flush(LONG)).isZero();
    Producer second = transactional(flow, id);
    assertThat(latest(new TopicPartition(topic, 0), IsolationLevel.READ_COMMITTED)).isEqualTo(2);
    second.beginTransaction();
    second.produce(topic, null, bytes("kept"));
    ProducerError error = refused(() -> first.commitTransaction(LONG));
    assertThat(error.name()).isEqualTo("_FENCED");
    assertThat(error.fatal()).isTrue();
    assertThat(error.message()).contains("transactional.id=" + id);
    assertThat(refused(() -> first.abortTransaction(LONG)).name()).isEqualTo("_FENCED");
    assertThat(refused(first::beginTransaction).name()).isEqualTo("_FENCED");
    assertThat(refused(() -> first.produce(topic, null, bytes("no"))).name()).isEqualTo("_FATAL");
    assertThat(first.fatalError()).isNotNull();
    second.commitTransaction(LONG);
    assertThat(committed(topic)).containsExactly("kept");
  }

  @ParameterizedTest
  @EnumSource
  void fencedProducerCannotAppend(Flow flow) throws Exception {
    String topic = topic(1);
    String id = unique("id");
    Producer first = transactional(flow, id);
    transactional(flow, id);
    first.beginTransaction();
    AtomicReference<String> report = new AtomicReference<>();
    first.produce(topic, null, bytes("no"), r -> report.set(name(r)));
    ProducerError error = refused(() -> first.commitTransaction(LONG));
    if (!error.fatal()) {
      // By version 2 a batch with an old epoch is refused as such; the abort tells the rest.
      assertThat(error.txnRequiresAbort()).isTrue();
      error = refused(() -> first.abortTransaction(LONG));
    }
    assertThat(error.name()).isEqualTo("_FENCED");
    assertThat(report.get()).isNotEqualTo("delivered");
    assertThat(all(topic)).isEmpty();
  }

  // --- offsets ---

  @ParameterizedTest
  @EnumSource
  void offsetsMoveWithTheTransaction(Flow flow) throws Exception {
    String topic = topic(2);
    String group = unique("group");
    TopicPartition partition = new TopicPartition(topic, 1);
    Producer producer = transactional(flow, unique("id"));
    producer.beginTransaction();
    producer.sendOffsetsToTransaction(
        List.of(new GroupOffset(topic, 1, 7, 3, "here")), GroupMember.of(group), LONG);
    producer.abortTransaction(LONG);
    assertThat(offset(group, partition)).isNull();
    producer.beginTransaction();
    producer.produce(topic, null, bytes("x"));
    producer.sendOffsetsToTransaction(List.of(), GroupMember.of(group), LONG);
    producer.sendOffsetsToTransaction(
        List.of(new GroupOffset(topic, 0, 5), new GroupOffset(topic, 1, 8, -1, "there")),
        GroupMember.of(group),
        LONG);
    assertThat(offset(group, partition)).isNull();
    producer.commitTransaction(LONG);
    assertThat(offset(group, partition)).isEqualTo(new OffsetAndMetadata(8, "there"));
    assertThat(offset(group, new TopicPartition(topic, 0)).offset()).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource
  void memberThatIsNoMoreMakesTheTransactionFail(Flow flow) throws Exception {
    String topic = topic(1);
    String group = unique("group");
    KafkaConsumer<String, String> consumer = consumer("group.id", group);
    consumer.subscribe(List.of(topic));
    eventually()
        .until(() -> {
          consumer.poll(Duration.ofMillis(20));
          return !consumer.assignment().isEmpty();
        });
    var said = consumer.groupMetadata();
    Producer producer = transactional(flow, unique("id"));
    List<GroupOffset> offsets = List.of(new GroupOffset(topic, 0, 4));
    producer.beginTransaction();
    ProducerError error =
        refused(() ->
            producer.sendOffsetsToTransaction(
                offsets,
                new GroupMember(group, said.generationId() - 1, said.memberId(), null),
                LONG));
    assertThat(error.name()).isEqualTo("ILLEGAL_GENERATION");
    assertThat(error.txnRequiresAbort()).isTrue();
    assertThat(refused(() -> producer.commitTransaction(LONG)).txnRequiresAbort()).isTrue();
    assertThat(refused(() -> producer.produce(topic, null, bytes("x"))).txnRequiresAbort())
        .isTrue();
    producer.abortTransaction(LONG);
    producer.beginTransaction();
    producer.sendOffsetsToTransaction(
        offsets, new GroupMember(group, said.generationId(), said.memberId(), null), LONG);
    producer.commitTransaction(LONG);
    assertThat(offset(group, new TopicPartition(topic, 0)).offset()).isEqualTo(4);
  }

  // --- errors of the coordinator ---

  /** Reasons that pass are not seen. */
  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "NOT_COORDINATOR",
        "COORDINATOR_NOT_AVAILABLE",
        "COORDINATOR_LOAD_IN_PROGRESS",
        "CONCURRENT_TRANSACTIONS",
        "NETWORK_EXCEPTION",
        "REQUEST_TIMED_OUT"
      })
  void reasonsThatPassAreNotSeen(ErrorCode error) throws Exception {
    for (Flow flow : Flow.values()) {
      String topic = topic(1);
      String group = unique("group");
      List<Fault> faults = new ArrayList<>();
      for (ApiKey api :
          List.of(
              ApiKey.FIND_COORDINATOR,
              ApiKey.INIT_PRODUCER_ID,
              ApiKey.ADD_OFFSETS_TO_TXN,
              ApiKey.TXN_OFFSET_COMMIT,
              ApiKey.ADD_PARTITIONS_TO_TXN,
              ApiKey.END_TXN)) {
        faults.add(Fault.fail(api, error).times(2));
      }
      try (Faults installed = broker().faults(faults.toArray(Fault[]::new))) {
        Producer producer = transactional(flow, unique("id"));
        producer.beginTransaction();
        producer.produce(topic, null, bytes("x"));
        producer.sendOffsetsToTransaction(
            List.of(new GroupOffset(topic, 0, 1)), GroupMember.of(group), LONG);
        producer.commitTransaction(LONG);
        assertThat(installed.happened()).isEqualTo(flow == Flow.SECOND ? 8 : 12);
      }
      assertThat(committed(topic)).containsExactly("x");
      assertThat(offset(group, new TopicPartition(topic, 0)).offset()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "TRANSACTION_ABORTABLE",
        "TOPIC_AUTHORIZATION_FAILED",
        "INVALID_PRODUCER_ID_MAPPING",
        "UNKNOWN_PRODUCER_ID"
      })
  void abortableErrorOfTheCoordinatorIsOverWithTheAbort(ErrorCode error) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(Flow.OLDER, unique("id"));
    producer.beginTransaction();
    try (Faults faults =
        broker().faults(Fault.fail(ApiKey.ADD_PARTITIONS_TO_TXN, error).times(1))) {
      producer.produce(topic, null, bytes("lost"));
      ProducerError seen = refused(() -> producer.commitTransaction(LONG));
      assertThat(seen.name()).isEqualTo(error.name());
      assertThat(seen.txnRequiresAbort()).isTrue();
      assertThat(faults.happened()).isEqualTo(1);
    }
    producer.abortTransaction(LONG);
    requireItGoesOn(producer, topic);
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "GROUP_AUTHORIZATION_FAILED",
        "FENCED_INSTANCE_ID",
        "UNKNOWN_MEMBER_ID",
        "ILLEGAL_GENERATION",
        "TRANSACTION_ABORTABLE"
      })
  void abortableErrorOfTheGroupIsOverWithTheAbort(ErrorCode error) throws Exception {
    for (Flow flow : Flow.values()) {
      String topic = topic(1);
      Producer producer = transactional(flow, unique("id"));
      producer.beginTransaction();
      producer.produce(topic, null, bytes("lost"));
      try (Faults faults = broker().faults(Fault.fail(ApiKey.TXN_OFFSET_COMMIT, error).times(1))) {
        ProducerError seen =
            refused(() ->
                producer.sendOffsetsToTransaction(
                    List.of(new GroupOffset(topic, 0, 1)), GroupMember.of("group"), LONG));
        assertThat(seen.name()).isEqualTo(error.name());
        assertThat(seen.txnRequiresAbort()).isTrue();
        assertThat(faults.happened()).isEqualTo(1);
      }
      producer.abortTransaction(LONG);
      requireItGoesOn(producer, topic);
    }
  }

  private void requireItGoesOn(Producer producer, String topic) throws Exception {
    for (int i = 0; i < 3; i++) {
      producer.beginTransaction();
      producer.produce(topic, null, bytes("kept" + i));
      producer.commitTransaction(LONG);
    }
    assertThat(committed(topic)).containsExactly("kept0", "kept1", "kept2");
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "PRODUCER_FENCED",
        "INVALID_PRODUCER_EPOCH",
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        "INVALID_TXN_STATE",
        "UNKNOWN_SERVER_ERROR"
      })
  void fatalErrorOfTheCoordinatorEndsTheProducer(ErrorCode error) throws Exception {
    for (Flow flow : Flow.values()) {
      String topic = topic(1);
      Producer producer = transactional(flow, unique("id"));
      producer.beginTransaction();
      producer.produce(topic, null, bytes("x"));
      try (Faults faults = broker().faults(Fault.fail(ApiKey.END_TXN, error).times(1))) {
        ProducerError seen = refused(() -> producer.commitTransaction(LONG));
        boolean fenced =
            error == ErrorCode.PRODUCER_FENCED || error == ErrorCode.INVALID_PRODUCER_EPOCH;
        assertThat(seen.name()).isEqualTo(fenced ? "_FENCED" : error.name());
        assertThat(seen.fatal()).isTrue();
        assertThat(seen.txnRequiresAbort()).isFalse();
        assertThat(faults.happened()).isEqualTo(1);
      }
      assertThat(refused(() -> producer.abortTransaction(LONG)).fatal()).isTrue();
      assertThat(refused(producer::beginTransaction).fatal()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {
        "UNKNOWN_PRODUCER_ID",
        "INVALID_PRODUCER_EPOCH",
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        "INVALID_TXN_STATE",
        "TRANSACTION_ABORTABLE",
        "MESSAGE_TOO_LARGE",
        "INVALID_RECORD"
      })
  void messageThatIsRefusedMakesItsTransactionFail(ErrorCode error) throws Exception {
    for (Flow flow : Flow.values()) {
      String topic = topic(1);
      Producer producer = transactional(flow, unique("id"));
      producer.beginTransaction();
      AtomicReference<String> report = new AtomicReference<>();
      try (Faults faults =
          broker().faults(Fault.fail(ApiKey.PRODUCE, error).ofTopic(topic).times(1))) {
        producer.produce(topic, null, bytes("lost"), r -> report.set(name(r)));
        ProducerError seen = refused(() -> producer.commitTransaction(LONG));
        assertThat(seen.name()).isEqualTo(error.name());
        assertThat(seen.txnRequiresAbort()).isTrue();
        assertThat(faults.happened()).isEqualTo(1);
      }
      producer.abortTransaction(LONG);
      assertThat(report).hasValue(error.name());
      requireItGoesOn(producer, topic);
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersThatAreLostAreAskedForAgain(Flow flow) throws Exception {
    String topic = topic(1);
    try (Faults faults =
        broker()
            .faults(
                Fault.dropAnswer(ApiKey.INIT_PRODUCER_ID).times(1),
                Fault.dropAnswer(ApiKey.TXN_OFFSET_COMMIT).times(1),
                Fault.dropAnswer(ApiKey.PRODUCE).ofTopic(topic).times(1),
                Fault.dropAnswer(ApiKey.END_TXN).after(1).times(2))) {
      Producer producer = transactional(flow, unique("id"));
      for (int i = 0; i < 4; i++) {
        producer.beginTransaction();
        producer.produce(topic, null, bytes("" + i));
        producer.sendOffsetsToTransaction(
            List.of(new GroupOffset(topic, 0, i)), GroupMember.of("answers"), LONG);
        producer.commitTransaction(LONG);
      }
      assertThat(faults.happened()).isEqualTo(5);
    }
    assertThat(committed(topic)).containsExactly("0", "1", "2", "3");
  }

  // --- time ---

  @ParameterizedTest
  @EnumSource
  void callWhoseTimeIsOverIsGoneOnWithByTheSameCall(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    producer.beginTransaction();
    producer.produce(topic, null, bytes("x"));
    producer.flush(LONG);
    try (Faults faults = broker().faults(Fault.delay(ApiKey.END_TXN, Duration.ofMillis(500)))) {
      ProducerError error = refused(() -> producer.commitTransaction(Duration.ofMillis(30)));
      assertThat(error.name()).isEqualTo("_TIMED_OUT");
      assertThat(error.retriable()).isTrue();
      assertThat(refused(producer::beginTransaction).name()).isEqualTo("_CONFLICT");
      assertThat(refused(() -> producer.abortTransaction(LONG)).name()).isEqualTo("_CONFLICT");
      eventually().until(() -> committed(topic).equals(List.of("x")));
      producer.commitTransaction(LONG);
      assertThat(faults.happened()).isEqualTo(1);
    }
    producer.beginTransaction();
    producer.produce(topic, null, bytes("y"));
    producer.commitTransaction(LONG);
    assertThat(committed(topic)).containsExactly("x", "y");
  }

  @ParameterizedTest
  @EnumSource
  void commitThatHasNotAskedYetCanBecomeAnAbort(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"));
    try (Faults faults =
        broker().faults(Fault.fail(ApiKey.PRODUCE, ErrorCode.NOT_ENOUGH_REPLICAS).ofTopic(topic))) {
      producer.beginTransaction();
      List<String> reports = new ArrayList<>();
      producer.produce(topic, null, bytes("x"), report -> reports.add(name(report)));
      assertThat(refused(() -> producer.commitTransaction(Duration.ofMillis(100))).retriable())
          .isTrue();
      assertThat(refused(() -> producer.produce(topic, null, bytes("y"))).name())
          .isEqualTo("_STATE");
      producer.abortTransaction(LONG);
      assertThat(reports).hasSize(1).allMatch(name -> name.startsWith("_PURGE_"));
      assertThat(faults.happened()).isPositive();
    }
    requireItGoesOn(producer, topic);
  }

  @ParameterizedTest
  @EnumSource
  void coordinatorAbortsWhatTakesTooLong(Flow flow) throws Exception {
    String topic = topic(1);
    Producer producer = transactional(flow, unique("id"), "transaction.timeout.ms", 1000);
    producer.beginTransaction();
    producer.produce(topic, null, bytes("late"));
    assertThat(producer.flush(LONG)).isZero();
    TopicPartition partition = new TopicPartition(topic, 0);
    eventually().until(() -> latest(partition, IsolationLevel.READ_COMMITTED) == 2);
    ProducerError error = refused(() -> producer.commitTransaction(LONG));
    assertThat(error.fatal() || error.txnRequiresAbort()).isTrue();
    assertThat(committed(topic)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void timeoutAboveTheLimitIsRefused(Flow flow) {
    Producer producer =
        open(flow, "transactional.id", unique("id"), "transaction.timeout.ms", 16 * 60 * 1000);
    ProducerError error = refused(() -> producer.initTransactions(LONG));
    assertThat(error.name()).isEqualTo("INVALID_TRANSACTION_TIMEOUT");
    assertThat(error.fatal()).isTrue();
  }

  // --- the three ways ---

  @ParameterizedTest
  @EnumSource
  void inTransactionTakesTheWayThatTheErrorWants(Flow flow) throws Exception {
    String topic = topic(1);
    String id = unique("id");
    Producer producer = transactional(flow, id);
    assertThat(
            producer.<Integer, RuntimeException>inTransaction(() -> {
              producer.produce(topic, null, bytes("one"));
              return 1;
            }))
        .isEqualTo(1);
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(() ->
            producer.inTransaction(
                3,
                LONG,
                () -> {
                  runs.incrementAndGet();
                  producer.produce(topic, null, bytes("no"));
                  throw new java.io.IOException("of the application");
                }))
        .hasMessage("of the application");
    assertThat(runs).hasValue(1);
    try (Faults faults =
        broker()
            .faults(
                Fault.fail(ApiKey.PRODUCE, ErrorCode.UNKNOWN_PRODUCER_ID).ofTopic(topic).times(1),
                Fault.delay(ApiKey.END_TXN, Duration.ofMillis(200)).times(1))) {
      runs.set(0);
      producer.inTransaction(
          3,
          Duration.ofMillis(700),
          () -> {
            producer.produce(topic, null, bytes("two-" + runs.incrementAndGet()));
            return true;
          });
      assertThat(faults.happened()).isEqualTo(2);
    }
    assertThat(committed(topic)).containsExactly("one", "two-2");
    transactional(flow, id);
    runs.set(0);
    ProducerError error =
        refused(() ->
            producer.inTransaction(
                3,
                LONG,
                () -> {
                  runs.incrementAndGet();
                  producer.produce(topic, null, bytes("no"));
                  return true;
                }));
    assertThat(error.name()).isEqualTo("_FENCED");
    assertThat(runs).hasValue(1);
  }

  // --- what is there ---

  @ParameterizedTest
  @EnumSource
  void coordinatorKnowsWhatIsOpen(Flow flow) throws Exception {
    String topic = topic(2);
    String id = unique("id");
    Producer producer = transactional(flow, id, "transaction.timeout.ms", 50_000);
    producer.beginTransaction();
    producer.produce(ProducerMessage.to(topic).partition(1).value(bytes("x")));
    assertThat(producer.flush(LONG)).isZero();
    var open = done(admin().describeTransactions(List.of(id)).description(id));
    assertThat(open.state()).isEqualTo(TransactionState.ONGOING);
    assertThat(open.topicPartitions()).containsExactly(new TopicPartition(topic, 1));
    assertThat(open.transactionTimeoutMs()).isEqualTo(50_000);
    int epoch = open.producerEpoch();
    producer.commitTransaction(LONG);
    var done = done(admin().describeTransactions(List.of(id)).description(id));
    assertThat(done.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    assertThat(done.producerEpoch() > epoch).as("version 2").isEqualTo(flow == Flow.SECOND);
  }

  @ParameterizedTest
  @EnumSource
  void statisticsTellTheState(Flow flow) throws Exception {
    String topic = topic(1);
    AtomicReference<String> statistics = new AtomicReference<>("");
    Producer producer =
        closing(
            Producer.open(
                Map.of(
                    "bootstrap.servers",
                    address(flow),
                    "transactional.id",
                    unique("id"),
                    "statistics.interval.ms",
                    5),
                new ProducerListeners().statistics(statistics::set)));
    eventually().until(() -> says(statistics, "Init", false, "Init"));
    producer.initTransactions(LONG);
    eventually().until(() -> says(statistics, "Ready", false, "Assigned"));
    producer.beginTransaction();
    eventually().until(() -> says(statistics, "InTransaction", true, "Assigned"));
    try (Faults faults =
        broker().faults(Fault.fail(ApiKey.PRODUCE, ErrorCode.INVALID_RECORD).ofTopic(topic))) {
      producer.produce(topic, null, bytes("x"));
      eventually().until(() -> says(statistics, "AbortableError", false, "Assigned"));
      assertThat(faults.happened()).isEqualTo(1);
    }
    producer.abortTransaction(LONG);
    eventually().until(() -> says(statistics, "Ready", false, "Assigned"));
  }

  private static boolean says(
      AtomicReference<String> statistics, String state, boolean takes, String identity) {
    String text = statistics.get().replaceAll("\\s", "");
    return text.contains("\"txn_state\":\"" + state + "\"")
        && text.contains("\"txn_may_enq\":" + takes)
        && text.contains("\"idemp_state\":\"" + identity + "\"");
  }

  private long latest(TopicPartition partition, IsolationLevel isolation) {
    return done(admin()
            .listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
            .partitionResult(partition))
        .offset();
  }

  private @Nullable OffsetAndMetadata offset(String group, TopicPartition partition) {
    return done(admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .get(partition);
  }

  private List<String> committed(String topic) {
    return read(topic, "read_committed");
  }

  private List<String> all(String topic) {
    return read(topic, "read_uncommitted");
  }

  private List<String> read(String topic, String isolation) {
    try (KafkaConsumer<String, String> reader = consumer("isolation.level", isolation)) {
      List<TopicPartition> partitions =
          reader.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      reader.assign(partitions);
      reader.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
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
}
